// <trace-filters>: which rows are shown. Levels, errors, a least duration, repeats, services, a subtree.

import {bindKeys} from "../keys.js";

const SHORT_SHARE = 0.01;

class TraceFilters extends HTMLElement {
  attach(view) {
    this.view = view;
    this.tools = this.querySelector(".tools");
    this.tools.hidden = false;
    const button = (name) => this.querySelector(`button[name=${name}]`);
    this.buttons = Object.fromEntries(
      ["less", "all", "more", "errors", "path", "critical", "short", "repeats", "unfocus", "reset"].map((name) => [name, button(name)]),
    );
    this.buttons.repeats.hidden = !view.runs.head.length;
    this.#listen();
    bindKeys("Rows", [
      {keys: ["-"], text: "Close the deepest level", run: () => this.#changeLevel(-1)},
      {keys: ["+"], text: "Open another level", run: () => this.#changeLevel(1)},
      {keys: ["c"], text: "The critical path on or off", run: () => view.setShowsPath(!view.showsPath)},
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
      path: () => view.setShowsPath(!view.showsPath),
      critical: () => view.setOnlyCritical(!view.onlyCritical),
      short: () => view.setMinShare(view.minShare ? 0 : SHORT_SHARE),
      repeats: () => view.setFoldsRepeats(!view.foldsRepeats),
      unfocus: () => view.setFocus(-1),
      reset: () => view.showAllServices(),
    };
    for (const [name, run] of Object.entries(actions)) buttons[name].addEventListener("click", run);
    this.menu = this.querySelector("details");
    this.menu.addEventListener("toggle", () => this.menu.open && this.#openMenu());
    this.menu.addEventListener("keydown", (event) => this.#leaveMenu(event));
    addEventListener("click", (event) => !this.menu.contains(event.target) && (this.menu.open = false));
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
    press(buttons.path, view.showsPath);
    press(buttons.critical, view.onlyCritical);
    press(buttons.short, view.minShare > 0);
    press(buttons.repeats, view.foldsRepeats);
    buttons.unfocus.hidden = view.focus < 0;
    buttons.all.textContent =
      view.level === null || view.level === Infinity ? "all levels" : `${view.level} level${view.level > 1 ? "s" : ""}`;
    this.querySelector(".changed").hidden = !view.serviceModes.some(Boolean);
  }

  /** Its list comes when it is first opened. */
  async #openMenu() {
    const {ServiceMenu} = await import("./service-menu.js");
    this.list ??= new ServiceMenu(this, this.view);
    this.list.show();
  }

  #leaveMenu(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.menu.open = false;
    this.menu.querySelector("summary").focus();
  }
}

customElements.define("trace-filters", TraceFilters);
