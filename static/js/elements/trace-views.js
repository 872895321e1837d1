// <trace-views>: the tabs of a trace's page, and what is shown instead of the waterfall. The server draws each view as
// a fragment; what stands in one needs no script for links and forms with `data-swap`, which fetch it anew, nor for
// `data-row` (selects that row) and `data-rows` (`3,17-20`: marks them; once more: only them; once more: not; where there
// are many, `data-rows-from` says where to ask for them).

import {announce, copyText} from "../copying.js";
import {bindKeys} from "../keys.js";
import {readAddress, readRows, WATERFALL} from "../lib/address.js";
import {count} from "../lib/words.js";
import {fetchFragment, fetchText} from "../requests.js";
import {showMoments} from "../zones.js";

/** Views with a script of their own: an element in the fragment with `attach(view)`. */
const SCRIPTS = {
  flame: () => import("./view-flame.js"),
  graph: () => import("./view-graph.js"),
  table: () => import("./view-table.js"),
};
const SWAPS = "a[data-swap], form[data-swap]";
const CHOOSES = ":is(.trace-view, .head) :is([data-row], [data-rows], [data-rows-from])";
const NONE = new Int32Array(0);
const CONFLICT = 409;

class TraceViews extends HTMLElement {
  #asking = new AbortController();
  #params = new Map(); // view → its parameters as they were last
  #scrolls = new Map(); // view → how far the page was scrolled
  #shown = "";
  #foreign = []; // parameters that belong to nobody
  #marks = ""; // the rows that were marked last

  /**
   * @param {object} view the TraceView
   * @param {object} address the ViewAddress
   */
  attach(view, address) {
    const part = (selector) => document.querySelector(selector);
    Object.assign(this, {view, address, main: part("main"), split: part(".split"), rowTools: part(".of-rows"), waterfall: part("section.waterfall")});
    const {view: name, others} = readAddress(location.search);
    this.#shown = this.section?.dataset.view ?? WATERFALL;
    if (this.section) {
      this.#params.set(name, others);
      this.#attachSection();
    } else {
      this.#foreign = others;
    }
    this.main.addEventListener("click", (event) => this.#click(event));
    this.main.addEventListener("submit", (event) => this.#submit(event));
    this.main.addEventListener("viewparams", ({detail}) => this.#keep(detail));
    // `autofocus` would be tried when the page loads, too.
    this.main.addEventListener("toggle", ({target, newState}) => newState === "open" && target.querySelector("[data-focus]")?.focus(), true);
    addEventListener("popstate", () => this.#follow());
    bindKeys(
      "Trace",
      this.tabs.map((tab, at) => ({keys: [`${at + 1}`], text: tab.textContent, run: () => this.#open(tab.dataset.view)})),
    );
    bindKeys("Trace", [
      {keys: ["="], text: "Compare with a usual trace like this", run: () => location.assign(this.dataset.compare)},
    ]);
    this.toggleAttribute("data-ready", true);
  }

  get tabs() {
    return [...this.querySelectorAll("a[data-view]")];
  }

  get section() {
    return document.querySelector("section.trace-view");
  }

  // What is asked for

  #click(event) {
    const {target} = event;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button || event.defaultPrevented) return;
    const run = (act) => {
      event.preventDefault();
      act();
    };
    const tab = target.closest(".view-tabs a[data-view]");
    if (tab) return run(() => this.#open(tab.dataset.view));
    const link = target.closest("a[data-swap]");
    if (link) return run(() => this.#swap(new URL(link.getAttribute("href"), location).search));
    const copy = target.closest("a[data-copy-from]");
    if (copy) return run(() => this.#copy(copy));
    const {row, rows, rowsFrom} = target.closest(CHOOSES)?.dataset ?? {};
    if (rowsFrom) run(() => this.#markFrom(rowsFrom));
    else if (rows !== undefined) run(() => this.#mark(rows));
    else if (row !== undefined) run(() => this.view.select(Number(row)));
  }

  #submit(event) {
    const form = event.target.closest("form[data-swap]");
    if (!form) return;
    event.preventDefault();
    this.#swap(`?${new URLSearchParams(new FormData(form, event.submitter))}`);
  }

  /** Copies what a link leads to. */
  async #copy(link) {
    try {
      await copyText(await fetchText(link.href), link);
    } catch ({message}) {
      announce(message);
    }
  }

  /** Marks the rows that an address lists. */
  async #markFrom(address) {
    try {
      this.#mark(await fetchText(address));
    } catch ({message}) {
      announce(message);
    }
  }

  /** Marks rows as find does. */
  #mark(rows) {
    const {view} = this;
    const isAgain = rows === this.#marks && view.matches.length > 0 && !view.findText;
    if (isAgain) {
      if (view.onlyMatches) view.setMatches(NONE);
      view.setOnlyMatches(!view.onlyMatches);
    } else {
      this.#marks = rows;
      const found = readRows(rows).filter((row) => row < view.count);
      view.setFindText("");
      view.setMatches(Int32Array.from(found));
      if (found.length) {
        view.reveal(found[0]);
        view.scrollTo(view.positionOf(found[0]));
      }
    }
    announce(`${count(view.matches.length)} found`);
  }

  /** A tab: the view as it was when it was left. */
  #open(name) {
    if (name !== this.#shown) this.#go(name, this.#params.get(name) ?? []);
  }

  /** The view that a query names, or the one shown, with its parameters; those of the page stay. */
  #swap(search) {
    const {view: name, others} = readAddress(search);
    this.#go(name || this.#shown, others);
  }

  #go(name, params) {
    this.address.push({view: name === WATERFALL ? "" : name, others: [...params, ...this.#foreign]});
    this.#show(name, params);
  }

  /** The view shown has drawn itself as other parameters say. */
  #keep(params) {
    this.#params.set(this.#shown, params);
    this.address.push({view: this.#shown, others: [...params, ...this.#foreign]});
  }

  /** Back and forward: what the address says now. */
  #follow() {
    const {view: name, others} = readAddress(location.search);
    const params = others.filter((each) => !this.#foreign.includes(each));
    this.address.write();
    const isSame = (name || WATERFALL) === this.#shown && `${params}` === `${this.#params.get(name) ?? []}`;
    if (!isSame) this.#show(name || WATERFALL, params);
  }

  // What is shown

  async #show(name, params) {
    this.#asking.abort();
    const {signal} = (this.#asking = new AbortController());
    const isOther = name !== this.#shown;
    if (isOther) this.#scrolls.set(this.#shown, scrollY);
    this.#params.set(name, params);
    this.#shown = name;
    for (const tab of this.tabs) {
      if (tab.dataset.view === name) tab.ariaCurrent = "page";
      else tab.removeAttribute("aria-current");
    }
    if (name === WATERFALL) return this.#replace(null, isOther);
    this.section?.setAttribute("aria-busy", "true");
    try {
      const section = await this.#fetch(name, params, signal);
      if (!signal.aborted) this.#replace(section, isOther);
    } catch (problem) {
      if (!signal.aborted) this.#replace(this.#explain(name, problem), isOther);
    }
  }

  #fetch(name, params, signal) {
    const {clock, build} = this.view.block.header;
    const asked = [`clock=${clock}`, `build=${encodeURIComponent(build)}`, ...params];
    if (this.view.spanId) asked.push(`span=${this.view.spanId}`);
    return fetchFragment(`${this.dataset.address}${name}?${asked.join("&")}`, {signal});
  }

  /** What went wrong, and what to do. */
  #explain(name, {message, status}) {
    const section = this.querySelector("template").content.firstElementChild.cloneNode(true);
    const [retry, reload] = section.querySelectorAll("button");
    section.dataset.view = name;
    section.querySelector("[role=alert]").textContent = message;
    retry.hidden = status === CONFLICT;
    retry.addEventListener("click", () => this.#show(name, this.#params.get(name)));
    reload.addEventListener("click", () => location.reload());
    return section;
  }

  /** Puts a view in the place of the one before; null is the waterfall. */
  #replace(section, isOther) {
    const before = this.section ?? this.waterfall;
    const focused = before.contains(document.activeElement) ? describe(document.activeElement) : null;
    if (this.section) this.section.remove();
    for (const part of [this.waterfall, this.rowTools]) part.hidden = Boolean(section);
    if (section) {
      this.waterfall.before(section);
      showMoments(section);
      this.#attachSection();
    }
    if (isOther) this.#scroll();
    if (focused) (find(section, isOther ? {} : focused) ?? section ?? this.waterfall.querySelector("[role=treegrid]")).focus({preventScroll: true});
  }

  /** Where the view was when it was left, and the tabs in sight. */
  #scroll() {
    const {view} = this;
    if (this.#shown === WATERFALL) dispatchEvent(new Event("resize")); // it could not measure while it was hidden
    const top = this.#scrolls.get(this.#shown) ?? Math.min(scrollY, this.split.offsetTop - this.main.offsetTop);
    scrollTo({top, behavior: "instant"});
    if (this.#shown === WATERFALL && view.selected >= 0) view.scrollTo(view.positionOf(view.selected));
  }

  async #attachSection() {
    const {section} = this;
    await SCRIPTS[section.dataset.view]?.();
    if (section.isConnected) for (const element of section.querySelectorAll("*")) element.attach?.(this.view);
  }
}

/** What tells an element from others in the same view, drawn anew. */
const describe = (element) => ({
  id: element.id,
  name: element.name,
  value: element.type === "radio" || element.localName === "button" ? element.value : undefined,
  text: element.textContent.trim(),
  tag: element.localName,
  at: element.selectionStart,
});

function find(section, {id, name, value, text, tag, at}) {
  if (!section || !tag) return null;
  const isIt = (element) =>
    id ? element.id === id : name ? element.name === name && (value === undefined || element.value === value) : element.textContent.trim() === text;
  const found = [...section.querySelectorAll(tag)].find(isIt);
  if (found && typeof at === "number") found.setSelectionRange(at, at);
  return found;
}

customElements.define("trace-views", TraceViews);
