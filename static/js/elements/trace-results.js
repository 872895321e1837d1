// The result list: keys to walk it, two of it to compare, and its traces kept for the pages of those traces.

import {announce} from "../copying.js";
import {bindKeys} from "../keys.js";
import {findList, keepList} from "../result-lists.js";

customElements.define(
  "trace-results",
  class extends HTMLElement {
    connectedCallback() {
      this.search = this.dataset.search ?? location.search;
      this.links = [...this.querySelectorAll("tbody .what a")];
      keepList(this.search, {
        ids: this.links.map((link) => link.closest("tr").id.slice(2)),
        before: findList(this.search)?.before ?? null,
      });
      this.querySelector("[rel=next]")?.addEventListener("click", (event) => this.#remember(event.currentTarget));
      this.chosen = [...this.querySelectorAll("[name=t]:checked")];
      this.button = this.querySelector(".choice button");
      this.#count();
      this.addEventListener("change", ({target}) => this.#choose(target));
      bindKeys("Results", [
        {keys: ["j"], text: "Next trace", run: () => this.#move(1)},
        {keys: ["k"], text: "Previous trace", run: () => this.#move(-1)},
        {keys: ["Enter"], text: "Open the trace", run: () => this.#current?.click()},
        // With an opener: only then the new tab knows this list too.
        {keys: ["o"], text: "Open the trace in a new tab", run: () => this.#current && window.open(this.#current.href)},
        {keys: ["x"], text: "Choose the trace for comparison", run: () => this.#currentBox?.click()},
        {keys: ["c"], text: "Compare the two chosen traces", run: () => this.button.click()},
        {keys: ["]"], text: "Next page", run: () => this.querySelector("[rel=next]")?.click()},
        {keys: ["["], text: "Page before", run: () => this.#goBack()},
      ]);
    }

    get #current() {
      const isHere = (link) => link.closest("tr").contains(document.activeElement);
      return this.links.find(isHere) ?? this.querySelector("tr:target .what a");
    }

    get #currentBox() {
      return this.#current?.closest("tr").querySelector("[name=t]");
    }

    #move(step) {
      const at = this.links.indexOf(this.#current);
      const next = this.links[at < 0 ? 0 : Math.max(0, Math.min(this.links.length - 1, at + step))];
      next?.focus({preventScroll: true});
      next?.closest("tr").scrollIntoView({block: "nearest"});
    }

    /** A third one takes the place of the first. */
    #choose(box) {
      this.chosen = this.chosen.filter((each) => each !== box);
      if (box.checked) this.chosen.push(box);
      if (this.chosen.length > 2) this.chosen.shift().checked = false;
      this.#count();
      if (box.checked) announce(this.chosen.length === 2 ? this.button.dataset.two : this.button.dataset.one);
    }

    #count() {
      this.button.disabled = this.chosen.length !== 2;
    }

    #remember(link) {
      keepList(new URL(link.href).search.slice(1), {ids: [], before: this.search});
    }

    #goBack() {
      const before = findList(this.search)?.before ?? null;
      if (before !== null) location.search = before;
      else this.querySelector("[rel=prev]")?.click();
    }
  },
);
