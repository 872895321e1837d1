// <trace-filters>: which rows are shown. Levels, errors, a least duration, repeats, services, a subtree.

import {bindKeys} from "../keys.js";
import {count, letters, named} from "../lib/words.js";

const SHORT_SHARE = 0.01;
// More services than a menu can show are found by typing.
const MAX_SERVICES = 30;

class TraceFilters extends HTMLElement {
  attach(view) {
    this.view = view;
    this.tools = this.querySelector(".tools");
    this.tools.hidden = false;
    const button = (name) => this.querySelector(`button[name=${name}]`);
    this.buttons = Object.fromEntries(
      ["less", "all", "more", "errors", "short", "repeats", "unfocus", "reset"].map((name) => [name, button(name)]),
    );
    this.buttons.repeats.hidden = !view.runs.head.length;
    this.services = this.querySelector("ul");
    this.filter = this.querySelector("#service-filter");
    this.row = this.querySelector("template").content.firstElementChild;
    this.#listen();
    bindKeys("Rows", [
      {keys: ["-"], text: "Close the deepest level", run: () => this.#changeLevel(-1)},
      {keys: ["="], text: "Open another level", run: () => this.#changeLevel(1)},
      {keys: ["Shift+F"], text: "Only the subtree of a row, or all again", run: () => this.#focus()},
    ]);
    this.#show();
  }

  #listen() {
    const {view, buttons} = this;
    view.addEventListener("entries", () => this.#show());
    const actions = {
      less: () => this.#changeLevel(-1),
      more: () => this.#changeLevel(1),
      all: () => view.openLevels(Infinity),
      errors: () => view.setOnlyErrors(!view.onlyErrors),
      short: () => view.setMinShare(view.minShare ? 0 : SHORT_SHARE),
      repeats: () => view.setFoldsRepeats(!view.foldsRepeats),
      unfocus: () => view.setFocus(-1),
      reset: () => view.showAllServices(),
    };
    for (const [name, run] of Object.entries(actions)) buttons[name].addEventListener("click", run);
    this.menu = this.querySelector("details");
    this.menu.addEventListener("toggle", () => this.menu.open && this.#listServices());
    this.menu.addEventListener("keydown", (event) => this.#leaveMenu(event));
    addEventListener("click", (event) => !this.menu.contains(event.target) && (this.menu.open = false));
    this.filter.addEventListener("input", () => this.#listServices());
    this.services.addEventListener("click", (event) => this.#setMode(event.target));
  }

  #changeLevel(by) {
    const {view} = this;
    const level = Math.max(1, Math.min(view.level ?? Infinity, view.openLevel) + by);
    view.openLevels(level >= view.levelCount ? Infinity : level);
  }

  #focus() {
    const {view} = this;
    view.setFocus(view.focus < 0 ? view.selected : -1);
    if (view.selected >= 0) view.select(view.selected);
  }

  #show() {
    const {view, buttons} = this;
    const press = (button, isOn) => button.setAttribute("aria-pressed", isOn);
    press(buttons.errors, view.onlyErrors);
    press(buttons.short, view.minShare > 0);
    press(buttons.repeats, view.foldsRepeats);
    buttons.unfocus.hidden = view.focus < 0;
    buttons.all.textContent =
      view.level === null || view.level === Infinity ? "all levels" : `${view.level} level${view.level > 1 ? "s" : ""}`;
    this.querySelector(".changed").hidden = !view.serviceModes.some(Boolean);
    if (this.menu.open) this.#pressModes();
  }

  #listServices() {
    const wanted = this.filter.value.trim().toLowerCase();
    const found = this.view.block.header.services
      .map((service, at) => ({...service, at}))
      .filter(({name}) => name.toLowerCase().includes(wanted));
    this.services.replaceChildren(...found.slice(0, MAX_SERVICES).map((service) => this.#makeService(service)));
    const more = this.querySelector(".more");
    more.hidden = found.length <= MAX_SERVICES;
    more.textContent = `${count(found.length - MAX_SERVICES)} more`;
    this.#pressModes();
  }

  #makeService({name, slot, span_count: spans, at}) {
    const item = this.row.cloneNode(true);
    item.dataset.service = at;
    item.querySelector(".chip").classList.add(`c${slot}`);
    item.querySelector(".chip").textContent = letters(name);
    item.querySelector(".service").textContent = named(name);
    item.querySelector(".count").textContent = count(spans);
    item.querySelector(".modes").setAttribute("aria-label", named(name));
    return item;
  }

  #pressModes() {
    for (const item of this.services.children) {
      const mode = this.view.serviceModes[item.dataset.service];
      for (const button of item.querySelectorAll("button")) button.setAttribute("aria-pressed", Number(button.value) === mode);
    }
  }

  #setMode(button) {
    const item = button.closest("button")?.closest("li");
    if (item) this.view.setServiceMode(Number(item.dataset.service), Number(button.value));
  }

  #leaveMenu(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.menu.open = false;
    this.menu.querySelector("summary").focus();
  }
}

customElements.define("trace-filters", TraceFilters);
