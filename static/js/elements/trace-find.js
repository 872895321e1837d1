// <trace-find>: finds text in a trace. Names at once, everything else as soon as the server has looked.

import {announce} from "../copying.js";
import {bindKeys, focusRows} from "../keys.js";
import {ERROR} from "../lib/block.js";
import {findNames, foldNames, placeOf, rowsIn, rowsWith, step, unite} from "../lib/matches.js";
import {count} from "../lib/words.js";
import {fetchBytes} from "../requests.js";

const ASK_AFTER_MS = 250;

class TraceFind extends HTMLElement {
  attach(view) {
    this.view = view;
    this.form = this.querySelector("form");
    this.input = this.querySelector("input");
    this.errors = rowsWith(ERROR, view.block.flags);
    this.asking = new AbortController();
    this.#listen();
    this.#bindKeys();
    this.#loadGutter();
    if (view.findText) this.#follow();
    this.#show();
  }

  #listen() {
    const {view, form, input} = this;
    input.addEventListener("input", () => view.setFindText(input.value));
    input.addEventListener("keydown", (event) => this.#press(event));
    form.addEventListener("submit", (event) => event.preventDefault());
    const actions = {
      next: () => this.#goOn(1),
      previous: () => this.#goOn(-1),
      only: () => view.setOnlyMatches(!view.onlyMatches),
      "next-error": () => this.#goToError(1),
      "previous-error": () => this.#goToError(-1),
    };
    form.addEventListener("click", ({target}) => actions[target.closest("button")?.name]?.());
    view.addEventListener("find", () => this.#follow());
    for (const type of ["matches", "select", "entries"]) view.addEventListener(type, () => this.#show());
  }

  #bindKeys() {
    bindKeys("Find", [
      {keys: ["/"], text: "Find in this trace", run: () => this.#enter()},
      {keys: ["n"], text: "Next match", run: () => this.#goOn(1)},
      {keys: ["N"], text: "Previous match", run: () => this.#goOn(-1)},
      {keys: ["e"], text: "Next error", run: () => this.#goToError(1)},
      {keys: ["E"], text: "Previous error", run: () => this.#goToError(-1)},
    ]);
  }

  #enter() {
    this.input.focus();
    this.input.select();
  }

  #press(event) {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Enter") return this.#goOn(event.shiftKey ? -1 : 1);
    this.view.setFindText("");
    this.view.setMatches(new Int32Array(0));
    focusRows();
  }

  // Finding

  /** Looks for the text of the view: at once in names, a moment later in everything. */
  #follow() {
    const {view, input} = this;
    const text = view.findText.trim();
    if (input.value.trim() !== text) input.value = text;
    clearTimeout(this.waiting);
    this.asking.abort();
    this.problem = "";
    this.isAsking = text !== "";
    if (!text) return view.setMatches(new Int32Array(0));
    this.names ??= foldNames(view.block.header);
    const bits = findNames(this.names, view.block.operation, text);
    this.#take(bits);
    this.waiting = setTimeout(() => this.#ask(text, bits), ASK_AFTER_MS);
  }

  async #ask(text, bits) {
    const {signal} = (this.asking = new AbortController());
    const asked = new URLSearchParams({q: text, build: this.view.block.header.build});
    try {
      const {buffer} = await fetchBytes(`${this.dataset.address}&${asked}`, {signal});
      if (!signal.aborted) this.#settle(unite(bits, new Uint8Array(buffer)), "");
    } catch (problem) {
      if (!signal.aborted) this.#settle(bits, problem.message);
    }
  }

  #settle(bits, problem) {
    this.isAsking = false;
    this.problem = problem;
    this.#take(bits);
    announce(`${this.#counter()} ${this.querySelector(".problem").textContent}`);
  }

  #take(bits) {
    const rows = rowsIn(bits);
    this.view.setMatches(rows, placeOf(rows, this.view.selected));
  }

  /** The strip beside the rows comes with what it first marks. */
  async #loadGutter() {
    const {view, errors} = this;
    if (!errors.length) await new Promise((found) => view.addEventListener("matches", found, {once: true}));
    const {MatchGutter} = await import("./match-gutter.js");
    new MatchGutter(this.querySelector("canvas"), view, errors);
  }

  // Moving

  #goOn(by) {
    const {view} = this;
    const {index, isWrapped} = step(view.matches, this.#from(by), by);
    if (index < 0) return announce(this.#counter() || "Nothing is looked for.");
    view.goToMatch(index);
    announce(this.#counter() + wrapped(isWrapped, by));
  }

  #goToError(by) {
    const {index, isWrapped} = step(this.errors, this.#from(by), by);
    if (index < 0) return announce("No span has an error.");
    this.view.visit(this.errors[index]);
    announce(`Error ${index + 1} of ${this.errors.length}${wrapped(isWrapped, by)}`);
  }

  /** The row one goes on from: the selected one, or what is above (below) the screen. */
  #from(by) {
    const {view} = this;
    if (view.selected >= 0 || !view.entryCount) return view.selected;
    const {first, last} = view.viewport;
    return view.rowAt(by > 0 ? first : Math.max(0, last - 1)) - by;
  }

  // Showing

  #counter() {
    const {matches, selected, findText} = this.view;
    if (!findText.trim() && !matches.length) return "";
    const at = placeOf(matches, selected);
    if (at >= 0) return `${count(at + 1)} of ${count(matches.length)}`;
    return matches.length || !this.isAsking ? `${count(matches.length)} found` : "";
  }

  #show() {
    const {view, form, errors} = this;
    const button = (name) => form.querySelector(`button[name=${name}]`);
    const none = view.matches.length === 0;
    this.querySelector(".counter").textContent = this.#counter();
    this.querySelector(".state").hidden = !this.isAsking;
    form.toggleAttribute("data-none", none && !this.isAsking && view.findText.trim() !== "");
    const problem = this.querySelector(".problem");
    problem.hidden = !this.problem;
    problem.textContent = this.problem && `${problem.dataset.words} ${this.problem}`;
    for (const name of ["next", "previous"]) button(name).disabled = none;
    button("only").disabled = none && !view.onlyMatches;
    button("only").setAttribute("aria-pressed", view.onlyMatches);
    const at = placeOf(errors, view.selected);
    this.querySelector(".errors b").textContent = at < 0 ? count(errors.length) : `${count(at + 1)} of ${count(errors.length)}`;
    this.querySelector(".errors").hidden = !errors.length;
  }
}

const wrapped = (isWrapped, by) => (isWrapped ? `, on from the ${by > 0 ? "top" : "bottom"}` : "");

customElements.define("trace-find", TraceFind);
