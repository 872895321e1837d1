// <usual-strip>: where a span stands among others of its operation. The server makes it; here it is fetched and kept.

import {Recent} from "../lib/recent.js";
import {fetchFragment} from "../requests.js";

/** Whoever runs through rows does not ask for each. */
const FETCH_AFTER_MS = 150;
const kept = new Recent(64); // address → the strip

class UsualStrip extends HTMLElement {
  #timer = 0;
  #asked = new AbortController();

  connectedCallback() {
    const {address} = this.dataset;
    if (kept.has(address)) this.#show(address);
    else this.#timer = setTimeout(() => this.#load(address), FETCH_AFTER_MS);
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#asked.abort();
  }

  async #load(address) {
    const {signal} = this.#asked;
    // Without an answer the link stays that the page came with.
    const strip = await fetchFragment(address, {signal}).catch(() => null);
    if (!strip) return;
    kept.set(address, strip);
    if (!signal.aborted) this.#show(address);
  }

  #show(address) {
    this.replaceChildren(kept.get(address).cloneNode(true));
  }
}

customElements.define("usual-strip", UsualStrip);
