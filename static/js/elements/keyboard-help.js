// <keyboard-help>: the dialog of all shortcuts of the page, by group; page.js opens it.

import {makeCaps} from "../key-caps.js";
import {areSingleKeysOn, listBindings, switchSingleKeys} from "../keys.js";

class KeyboardHelp extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.finder = this.querySelector("input[type=search]");
    this.singleKeys = this.querySelector("input[type=checkbox]");
    this.finder.addEventListener("input", () => this.filter());
    this.singleKeys.addEventListener("change", () => switchSingleKeys(this.singleKeys.checked));
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
  }

  open() {
    this.querySelector(".groups").replaceChildren(...[...listBindings()].map(makeGroup));
    this.singleKeys.checked = areSingleKeysOn();
    this.finder.value = "";
    this.filter();
    this.dialog.showModal();
    this.finder.focus();
  }

  filter() {
    const wanted = this.finder.value.trim().toLowerCase();
    for (const group of this.querySelectorAll("section")) {
      const rows = [...group.querySelectorAll("li")];
      for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
      group.hidden = rows.every((row) => row.hidden);
    }
    const isFound = this.querySelector("section:not([hidden])");
    this.querySelector(".none").textContent = isFound ? "" : this.dataset.none;
  }
}

function makeGroup([name, bindings]) {
  const group = make("section", "");
  const list = make("ul", "");
  list.append(...bindings.map(makeRow));
  group.append(make("h3", name), list);
  return group;
}

function makeRow({keys, text}) {
  const row = make("li", "");
  const caps = make("span", "", "caps");
  caps.append(...makeCaps(keys));
  row.append(make("span", text), caps);
  return row;
}

function make(tag, text, className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = className;
  return element;
}

customElements.define("keyboard-help", KeyboardHelp);
