// An empty installation: what has come so far, asked for every second, until the first span is there.

import {announce} from "../copying.js";
import {fetchFragment} from "../requests.js";

const PAUSE_MS = 1000;

customElements.define(
  "first-span",
  class extends HTMLElement {
    connectedCallback() {
      document.addEventListener("visibilitychange", () => this.#ask());
      this.#ask();
    }

    async #ask() {
      clearTimeout(this.timer);
      if (document.hidden || this.querySelector("[data-state=received]")) return;
      try {
        this.#show(await fetchFragment(this.dataset.address));
      } catch {
        // What was said last stands until the server answers again.
      }
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.#ask(), PAUSE_MS);
    }

    /** @param {Element} now templates/traces/_beginning.html */
    #show(now) {
      const before = this.firstElementChild;
      if (now.isEqualNode(before)) return;
      this.replaceChildren(now);
      if (now.dataset.state !== before.dataset.state) announce(now.textContent.replace(/\s+/g, " ").trim());
    }
  },
);
