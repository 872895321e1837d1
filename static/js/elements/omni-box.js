// <omni-box>: the box at the top with suggestions. Without one chosen, Enter sends the text to the server, which knows
// ids in every spelling. https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

import {makeCaps} from "../key-caps.js";
import {listBindings} from "../keys.js";
import {arrange} from "../lib/palette.js";
import {fetchJson} from "../requests.js";
import {chooseTheme, THEMES} from "../themes.js";
import {chooseZone, listZones} from "../zones.js";

const TYPING_MS = 60;
const NOTHING = {trace: "", services: [], operations: []};

class OmniBox extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.input = this.querySelector("input");
    this.list = this.form.appendChild(makeList(this.input));
    this.options = [];
    this.input.addEventListener("focus", ({relatedTarget}) => (this.before = relatedTarget));
    this.input.addEventListener("input", () => this.suggest());
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.input.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.take(this.optionAt(event.target)));
    this.form.addEventListener("submit", (event) => this.submit(event));
    // This was loaded because somebody came to type, and may have begun.
    if (this.input.value && document.activeElement === this.input) this.suggest();
  }

  /** Commands at once, names when the server has said them. */
  async suggest() {
    this.waiting?.abort();
    const {signal} = (this.waiting = new AbortController());
    const text = this.input.value;
    this.show(arrange(text, NOTHING, this.commands()), false);
    if (!text.trim()) return;
    await new Promise((resolve) => setTimeout(resolve, TYPING_MS));
    if (signal.aborted) return;
    const found = await fetchJson(`${this.dataset.suggest}?q=${encodeURIComponent(text)}`, {signal}).catch(() => NOTHING);
    if (!signal.aborted) this.show(arrange(text, found, this.commands()), true);
  }

  /** What the keys of this page do, themes and zones. */
  commands() {
    const bound = [...listBindings().values()].flat();
    return [
      ...bound.filter(({keys}) => !keys.includes("Mod+k")).map(({text, keys, run}) => ({label: text, keys, run})),
      ...THEMES.map((theme) => ({label: `Theme ${theme}`, run: () => chooseTheme(theme)})),
      ...["local", ...listZones()].map((zone) => ({
        label: `Time zone ${zone}`,
        isRare: zone !== "local",
        run: () => chooseZone(zone),
      })),
    ];
  }

  show(options, isComplete) {
    this.options = options;
    this.list.replaceChildren(...options.map(makeOption));
    this.list.hidden = !options.length;
    this.input.ariaExpanded = String(!this.list.hidden);
    this.mark(isComplete && options[0]?.isLikely && options[0].kind !== "trace" ? 0 : -1);
  }

  mark(index) {
    this.marked = index;
    [...this.list.children].forEach((option, at) => (option.ariaSelected = String(at === index)));
    const option = this.list.children[index];
    this.input.setAttribute("aria-activedescendant", option?.id ?? "");
    option?.scrollIntoView({block: "nearest"});
  }

  press(event) {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (step) {
      event.preventDefault();
      this.step(step);
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.leave();
    }
  }

  step(step) {
    if (this.list.hidden) return this.suggest();
    // −1 is the text as typed.
    const count = this.options.length + 1;
    this.mark(((this.marked + 1 + step + count) % count) - 1);
  }

  /** Escape: first the list goes, then the text, then the focus goes back. */
  leave() {
    if (!this.list.hidden) this.close();
    else if (this.input.value) this.input.value = "";
    else this.goBack();
  }

  goBack() {
    this.input.blur();
    this.before?.focus?.();
  }

  close() {
    this.waiting?.abort();
    this.show([], false);
  }

  optionAt(target) {
    return this.options[[...this.list.children].indexOf(target.closest("[role=option]"))];
  }

  submit(event) {
    const typed = this.input.value.trim().toLowerCase();
    const chosen = this.options[this.marked] ?? this.commands().find(({label}) => label.toLowerCase() === typed);
    if (!chosen) return;
    event.preventDefault();
    this.take(chosen);
  }

  take(option) {
    if (option?.search) location.assign(`${this.dataset.search}?${new URLSearchParams(option.search)}`);
    else if (option?.run) this.run(option);
    else if (option) this.form.submit();
  }

  run({run}) {
    this.input.value = "";
    this.close();
    this.goBack();
    run(new KeyboardEvent("keydown"));
  }
}

function makeList(input) {
  const list = document.createElement("ul");
  Object.assign(list, {id: "omni-list", role: "listbox", ariaLabel: "Suggestions", hidden: true});
  input.setAttribute("aria-controls", list.id);
  return list;
}

const NOTES = {trace: "Open trace", service: "Service", errors: "Errors of", operation: "Operation", search: "Search for"};

function makeOption({kind, label, letters, slot, keys}, index) {
  const option = make("li", "", kind === "trace" ? "id" : "");
  Object.assign(option, {id: `omni-${index}`, role: "option"});
  if (NOTES[kind]) option.append(make("span", NOTES[kind], "dim"), " ");
  if (letters) option.append(make("i", letters, `chip c${Number(slot)}`), " ");
  option.append(make("span", label, "label"));
  if (letters) option.querySelector(".chip").ariaHidden = "true";
  if (keys) option.append(Object.assign(make("span", "", "caps"), {ariaHidden: "true"}));
  option.querySelector(".caps")?.append(...makeCaps(keys));
  return option;
}

function make(tag, text, className) {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = className;
  return element;
}

customElements.define("omni-box", OmniBox);
