// The list in the menu “Services” of <trace-filters>: each is shown, dimmed or folded.

import {count, letters, named} from "../lib/words.js";

// More services than a menu can show are found by typing.
const MAX_SERVICES = 30;

export class ServiceMenu {
  /** @param {HTMLElement} filters the element around the menu @param {object} view the TraceView */
  constructor(filters, view) {
    const part = (selector) => filters.querySelector(selector);
    Object.assign(this, {view, list: part("ul"), filter: part("#service-filter"), more: part(".more")});
    this.row = part("template").content.firstElementChild;
    this.filter.addEventListener("input", () => this.show());
    this.list.addEventListener("click", ({target}) => this.#setMode(target.closest("button")));
    view.addEventListener("entries", () => this.#pressModes());
  }

  show() {
    const wanted = this.filter.value.trim().toLowerCase();
    const found = this.view.block.header.services
      .map((service, at) => ({...service, at}))
      .filter(({name}) => name.toLowerCase().includes(wanted));
    this.list.replaceChildren(...found.slice(0, MAX_SERVICES).map((service) => this.#makeService(service)));
    this.more.hidden = found.length <= MAX_SERVICES;
    this.more.textContent = `${count(found.length - MAX_SERVICES)} more`;
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
    for (const item of this.list.children) {
      const mode = this.view.serviceModes[item.dataset.service];
      for (const button of item.querySelectorAll("button")) button.setAttribute("aria-pressed", Number(button.value) === mode);
    }
  }

  #setMode(button) {
    const item = button?.closest("li");
    if (item) this.view.setServiceMode(Number(item.dataset.service), Number(button.value));
  }
}
