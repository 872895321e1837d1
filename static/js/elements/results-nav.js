// “← Results 3 of 50 ‹ ›” above a trace: the neighbours are those of the list as this tab saw it.

import {bindKeys} from "../keys.js";
import {findList} from "../result-lists.js";

customElements.define(
  "results-nav",
  class extends HTMLElement {
    connectedCallback() {
      const ids = findList(this.dataset.search)?.ids ?? [];
      const at = ids.indexOf(location.pathname.split("/").pop());
      if (at < 0) return;
      const place = this.querySelector("span");
      place.textContent = place.dataset.place.replace("%(place)s", at + 1).replace("%(count)s", ids.length);
      place.hidden = false;
      bindKeys("Results", [
        {keys: ["["], text: "Previous result", run: () => this.#open("prev")},
        {keys: ["]"], text: "Next result", run: () => this.#open("next")},
      ]);
      this.#point("prev", ids[at - 1]);
      this.#point("next", ids[at + 1]);
      const comparing = document.querySelector("[data-compare-previous]");
      if (!at) return;
      comparing.href = comparing.dataset.comparePrevious + ids[at - 1];
      comparing.hidden = false;
    }

    /** At an end of the list the arrow stays, and leads nowhere. */
    #point(rel, id) {
      const link = this.querySelector(`[rel=${rel}]`);
      if (id) link.href = `/trace/${id}?results=${encodeURIComponent(this.dataset.search)}`;
      else link.setAttribute("aria-disabled", "true");
      link.hidden = false;
    }

    #open(rel) {
      const link = this.querySelector(`[rel=${rel}][href]`);
      if (link) location.assign(link.href);
    }
  },
);
