// <span-panel>: what the sender said of the selected span. The server makes it; here it is fetched, kept and stepped.
// pages/trace.js loads this when a span is selected first.

import {announce, copyText} from "../copying.js";
import {bindKeys, focusRows} from "../keys.js";
import {SPAN} from "../lib/entries.js";
import {Recent} from "../lib/recent.js";
import {findText} from "../lib/whole-values.js";
import {PanelFrame} from "./panel-frame.js";
import {applyPins, togglePin} from "./panel-pins.js";
import "./usual-strip.js";
import {fetchJson, fetchText, parseFragment} from "../requests.js";
import {showMoments} from "../zones.js";

/** Whoever runs through rows does not ask for each. */
const FETCH_AFTER_MS = 120;
const KEPT = 32;
const CONFLICT = 409;

class SpanPanel extends HTMLElement {
  #kept = new Recent(KEPT); // row → HTML
  #asked = new Map(); // row → {answer, controller} under way
  #open = new Map(); // section → whether it is open
  #shown = -1;
  #timer = 0;
  #wantsFocus = false;

  attach(view, wantsFocus = false) {
    this.view = view;
    this.frame = new PanelFrame(this);
    this.addEventListener("click", (event) => this.#click(event));
    this.addEventListener("toggle", (event) => this.#toggle(event.target), true);
    view.addEventListener("select", ({detail}) => this.#select(detail?.focus));
    bindKeys("Span panel", [{keys: ["Escape"], text: "Back to the rows", run: () => focusRows(), within: this}]);
    this.#adopt(wantsFocus);
  }

  /** Takes over what the server rendered, if it is of the trace as the page has it. */
  #adopt(wantsFocus) {
    const {aside, view} = this;
    if (aside?.dataset.build === view.block.header.build) {
      const row = Number(aside.dataset.row);
      this.#kept.set(row, aside.outerHTML);
      if (row === view.selected) this.#show(row, aside.outerHTML);
    }
    if (view.selected !== this.#shown) this.#select(wantsFocus);
  }

  get aside() {
    return this.querySelector(":scope > aside");
  }

  // Which span

  #select(focus = false) {
    const row = this.view.selected;
    clearTimeout(this.#timer);
    this.#abort([row, this.#neighbour(1), this.#neighbour(-1)]);
    if (row < 0) return this.#hide();
    this.#wantsFocus = focus;
    this.#setVisible(true);
    if (row === this.#shown) {
      this.aside.ariaBusy = "false";
      this.#takeFocus();
    } else if (this.#kept.has(row)) {
      this.#show(row, this.#kept.get(row));
    } else {
      this.aside?.setAttribute("aria-busy", "true");
      this.#timer = setTimeout(() => this.#load(row), FETCH_AFTER_MS);
    }
  }

  #hide() {
    const hadFocus = this.contains(document.activeElement);
    this.#setVisible(false);
    if (hadFocus) focusRows();
  }

  #setVisible(isVisible) {
    if (this.hidden === !isVisible) return;
    this.hidden = !isVisible;
    document.body.classList.toggle("with-panel", isVisible);
    this.frame.tellRoom();
  }

  async #load(row) {
    try {
      const html = this.#kept.get(row) ?? (await this.#ask(row));
      if (row === this.view.selected) this.#show(row, html);
    } catch (problem) {
      if (problem.name !== "AbortError" && row === this.view.selected) this.#fail(problem);
    }
  }

  #ask(row) {
    if (!this.#asked.has(row)) {
      const controller = new AbortController();
      const answer = this.#fetch(row, controller.signal).finally(() => this.#asked.delete(row));
      this.#asked.set(row, {answer, controller});
    }
    return this.#asked.get(row).answer;
  }

  async #fetch(row, signal) {
    const address = new URL(this.dataset.address, location);
    address.searchParams.set("row", row);
    address.searchParams.set("build", this.view.block.header.build);
    const html = await fetchText(address, {signal});
    this.#kept.set(row, html);
    return html;
  }

  /** Gives up every question but those for these rows. */
  #abort(rows) {
    for (const [row, {controller}] of this.#asked) if (!rows.includes(row)) controller.abort();
  }

  /** Once nobody steps on: what an open section asks for, and the neighbours. */
  #settle() {
    for (const details of this.querySelectorAll("details[data-raw][open]")) this.#loadRaw(details);
    for (const row of [this.#neighbour(1), this.#neighbour(-1)]) {
      if (row >= 0 && !this.#kept.has(row)) this.#ask(row).catch(() => {});
    }
  }

  /** The span shown next below (1) or above (−1), −1 for none. */
  #neighbour(by) {
    const {view} = this;
    let position = view.positionOf(view.selected);
    if (position < 0) return -1;
    do position += by;
    while (position >= 0 && position < view.entryCount && view.kindAt(position) !== SPAN);
    return position >= 0 && position < view.entryCount ? view.rowAt(position) : -1;
  }

  // Its content

  /** Puts a span in the place of the one before: where one had scrolled to, what was open and the focus stay. */
  #show(row, html) {
    const next = parseFragment(html);
    for (const details of next.querySelectorAll("details[data-section]")) {
      details.open = this.#open.get(details.dataset.section) ?? details.open;
    }
    applyPins(next, this.dataset.pinned);
    const focused = this.#describeFocus();
    this.#replace(next);
    showMoments(this);
    this.#shown = row;
    this.view.setSpanId(next.dataset.spanId);
    for (const [name, by] of [["previous", -1], ["next", 1]]) {
      this.#find(`[data-do=${name}]`)?.setAttribute("aria-disabled", this.#neighbour(by) < 0);
    }
    if (focused) (this.#find(focused) ?? this.aside).focus({preventScroll: true});
    this.#takeFocus();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#settle(), FETCH_AFTER_MS);
  }

  #replace(next) {
    const {aside} = this;
    if (!aside) return this.prepend(next);
    for (const name of Object.keys(aside.dataset)) delete aside.dataset[name];
    Object.assign(aside.dataset, next.dataset);
    aside.removeAttribute("aria-busy");
    aside.replaceChildren(...next.childNodes);
  }

  #fail({message, status}) {
    const next = document.createElement("aside");
    Object.assign(next, {className: "panel", id: "details", tabIndex: -1});
    next.setAttribute("aria-labelledby", "span-name");
    next.append(this.querySelector("template[data-part=failure]").content.cloneNode(true));
    next.querySelector("[role=alert]").textContent = message;
    next.querySelector(`[data-do=${status === CONFLICT ? "retry" : "reload"}]`).remove();
    this.#shown = -1;
    this.#replace(next);
    this.#takeFocus();
  }

  #takeFocus() {
    if (this.#wantsFocus && this.aside) {
      this.#wantsFocus = false;
      this.aside.focus({preventScroll: true});
    }
  }

  /** A selector for what has the focus in the panel, "" if nothing has. */
  #describeFocus() {
    const element = document.activeElement;
    if (!this.aside?.contains(element) || element === this.aside) return "";
    const key = element.closest("[data-key]")?.dataset.key;
    const action = element.dataset.do ? `[data-do="${element.dataset.do}"]` : "";
    const section = element.closest("[data-section]")?.dataset.section;
    if (!action && section) return `[data-section="${section}"] > summary`;
    return (key ? `[data-key="${CSS.escape(key)}"] ` : "") + action;
  }

  #find(selector) {
    return this.aside.querySelector(selector);
  }

  #toggle(details) {
    const {section, raw} = details.dataset;
    if (section) this.#open.set(section, details.open);
    if (raw && details.open) this.#loadRaw(details);
  }

  async #loadRaw(details) {
    if (details.querySelector("pre")) return;
    const pre = document.createElement("pre");
    pre.tabIndex = 0;
    details.append(pre);
    try {
      pre.textContent = JSON.stringify(await fetchJson(details.dataset.raw), null, 2);
    } catch (problem) {
      pre.remove();
      announce(problem.message);
    }
  }

  // What one can do

  #click(event) {
    const element = event.target.closest("[data-do], [data-go]");
    if (!element || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (element.dataset.go) return this.view.select(Number(element.dataset.go));
    this.#actions[element.dataset.do](element)?.catch?.(({message}) => announce(message));
  }

  #actions = {
    previous: () => this.#step(-1),
    next: () => this.#step(1),
    close: () => this.view.select(-1),
    dock: () => {
      this.frame.dock();
      this.view.scrollTo(this.view.positionOf(this.view.selected));
    },
    retry: () => this.#load(this.view.selected),
    reload: () => location.reload(),
    pin: (button) => {
      togglePin(button.closest("[data-key]").dataset.key);
      this.#show(this.#shown, this.#kept.get(this.#shown));
    },
    raw: (button) => {
      const isRaw = button.ariaPressed !== "true";
      const cell = button.closest("dd");
      button.ariaPressed = isRaw;
      cell.querySelector(".raw").hidden = !isRaw;
      cell.querySelector(".pretty").hidden = isRaw;
    },
    whole: async (link) => {
      const shown = link.closest("dd")?.querySelector(".raw") ?? link.parentElement.querySelector("pre");
      const text = await this.#readWhole(link);
      for (const part of link.closest(".stack")?.querySelectorAll("pre, details") ?? []) if (part !== shown) part.remove();
      shown.textContent = text;
      link.remove();
    },
    copy: async (button) => {
      const cell = button.closest("dd");
      const text = cell.querySelector(".raw").textContent;
      const isExact = !cell.querySelector(".cut") && !text.includes("⟨U+");
      return copyText(isExact ? text : await this.#readWhole(button), button);
    },
    "copy-stack": async (button) => {
      const stack = button.closest(".stack");
      return copyText(stack.querySelector(".cut") ? await this.#readWhole(button) : joinStack(stack, "pre"), button);
    },
    "copy-own": (button) => copyText(joinStack(button.closest(".stack"), ":scope > pre"), button),
  };

  #step(by) {
    const row = this.#neighbour(by);
    if (row >= 0) this.view.select(row);
  }

  /** The whole value around an element, as the API has it. */
  async #readWhole(element) {
    const {source, name} = element.closest("[data-source]").dataset;
    const span = await (this.#span?.address === this.aside.dataset.api ? this.#span.answer : this.#readSpan());
    return findText(span, source, name ?? Number(element.closest("[data-index]").dataset.index));
  }

  #readSpan() {
    const address = this.aside.dataset.api;
    this.#span = {address, answer: fetchJson(address)};
    return this.#span.answer;
  }

  #span = null;
}

const joinStack = (stack, selector) => Array.from(stack.querySelectorAll(selector), (pre) => pre.textContent).join("\n");

customElements.define("span-panel", SpanPanel);
