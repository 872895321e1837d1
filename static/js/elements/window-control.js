// <window-control>: the keys of the window of time; its links do the rest.

import {bindKeys} from "../keys.js";

customElements.define(
  "window-control",
  class extends HTMLElement {
    connectedCallback() {
      bindKeys("Time", [
        {keys: ["["], text: "Previous window", run: () => this.querySelector("[rel=prev]")?.click()},
        {keys: ["]"], text: "Next window", run: () => this.querySelector("[rel=next]")?.click()},
      ]);
    }
  },
);
