// <example-drawer>: the traces behind a point of a chart, beside the page. The server makes the list.

import {announce} from "../copying.js";
import {bindKeys} from "../keys.js";
import {fetchText, parseFragment, RequestFailed} from "../requests.js";
import {showMoments} from "../zones.js";

class ExampleDrawer extends HTMLElement {
  #asked = null;
  #opener = null;
  #unbind = null;

  connectedCallback() {
    this.drawer = this.querySelector("[role=dialog]");
    this.content = this.querySelector(".content");
    this.page = this.querySelector("a.as-page");
    this.querySelector("button.close").addEventListener("click", () => this.close());
  }

  /**
   * @param {string} address of the list, which is a page too
   * @param {Element} opener gets the focus back
   */
  async open(address, opener) {
    this.#asked?.abort();
    this.#asked = new AbortController();
    const {signal} = this.#asked;
    this.#opener = opener;
    this.page.href = address;
    this.drawer.hidden = false;
    this.#unbind ??= bindKeys("Charts", [{keys: ["Escape"], text: "Close the traces", run: () => this.close()}]);
    this.drawer.ariaBusy = "true";
    this.drawer.focus({preventScroll: true});
    try {
      const list = parseFragment(await fetchText(address, {signal, headers: {"X-Fragment": "1"}}));
      this.#show(list);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.#show(document.createElement("p"), problem.message);
      if (!(problem instanceof RequestFailed)) throw problem;
    }
  }

  #show(list, problem = "") {
    if (problem) Object.assign(list, {className: "note warn", textContent: problem});
    this.content.replaceChildren(list);
    this.drawer.ariaBusy = "false";
    showMoments(this.content);
    announce(problem || this.querySelector("h2").textContent);
  }

  close() {
    this.#asked?.abort();
    this.drawer.hidden = true;
    this.#unbind?.();
    this.#unbind = null;
    this.#opener?.focus({preventScroll: true});
  }
}

customElements.define("example-drawer", ExampleDrawer);
