// <service-list>: the table narrows while somebody types, keys walk it, and a line opens to its worst operations.

import {announce} from "../copying.js";
import {bindKeys} from "../keys.js";
import {fetchFragment} from "../requests.js";

customElements.define(
  "service-list",
  class extends HTMLElement {
    connectedCallback() {
      this.field = document.getElementById("services-q");
      this.field.addEventListener("input", () => this.#narrow());
      this.addEventListener("click", ({target}) => this.#toggle(target.closest(".more")));
      bindKeys("Services", [
        {keys: ["j"], text: "Next service", run: () => this.#move(1)},
        {keys: ["k"], text: "Previous service", run: () => this.#move(-1)},
        {keys: ["e"], text: "Worst operations of the service", run: () => this.#toggle(this.#current?.querySelector(".more"))},
        {keys: ["f"], text: "Filter by name", run: () => this.field.focus()},
      ]);
    }

    get #current() {
      return document.activeElement.closest("tbody tr");
    }

    /** What this page has; Enter asks for what other pages have. */
    #narrow() {
      const wanted = this.field.value.trim().toLowerCase();
      for (const row of this.querySelectorAll("tbody tr:not(.opened)")) {
        row.hidden = !row.querySelector("b").textContent.toLowerCase().includes(wanted);
        if (row.hidden && row.querySelector(".more")) this.#close(row.querySelector(".more"));
      }
    }

    #move(step) {
      const links = [...this.querySelectorAll("tbody tr:not([hidden], .opened) .name > a")];
      const at = links.indexOf(this.#current?.querySelector(".name > a"));
      links[at < 0 ? 0 : Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
    }

    async #toggle(button) {
      if (!button) return;
      if (button.ariaExpanded === "true") return this.#close(button);
      button.ariaExpanded = "true";
      try {
        const {rows} = await fetchFragment(button.dataset.address);
        if (button.ariaExpanded !== "true") return;
        removeOpened(button);
        button.closest("tr").after(...rows);
      } catch ({message}) {
        button.ariaExpanded = "false";
        announce(message);
      }
    }

    #close(button) {
      button.ariaExpanded = "false";
      removeOpened(button);
    }
  },
);

function removeOpened(button) {
  const line = button.closest("tr");
  while (line.nextElementSibling?.matches(".opened")) line.nextElementSibling.remove();
}
