// <trace-arrival>: keeps looking for a trace that is on its way, and opens it when it is there.

import {fetchJson} from "../requests.js";

const PATIENCE_MS = 30_000;
const PAUSE_MS = 1_000;

class TraceArrival extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.status = this.querySelector("[role=status]");
    this.button.addEventListener("click", () => this.wait());
  }

  async wait() {
    if (this.button.ariaDisabled === "true") return;
    this.button.ariaDisabled = "true";
    this.status.textContent = this.dataset.looking;
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end && this.isConnected) {
      if (await this.isHere()) return location.reload();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    this.status.textContent = this.dataset.gaveUp;
    this.button.ariaDisabled = "false";
  }

  /** A server that does not answer may do so the next time. */
  isHere() {
    return fetchJson(this.dataset.address).then(({isHere}) => isHere, () => false);
  }
}

customElements.define("trace-arrival", TraceArrival);
