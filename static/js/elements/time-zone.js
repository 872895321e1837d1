// <time-zone>: the forms of the time zone, without another page. `u` switches between UTC and the other.

import {announce} from "../copying.js";
import {bindKeys} from "../keys.js";
import {findZone, placeOf} from "../lib/moments.js";
import {adoptOwnZone, chooseZone, flipZone, listZones, ownZone} from "../zones.js";

class TimeZone extends HTMLElement {
  connectedCallback() {
    this.menu = this.querySelector("[popover]");
    this.field = this.querySelector("input[name=name]");
    this.querySelector("[data-zone-own]").textContent = ownZone();
    this.addEventListener("submit", (event) => this.choose(event));
    this.menu.addEventListener("toggle", () => this.offerZones());
    bindKeys("Everywhere", [{keys: ["u"], text: "Switch between UTC and local time", run: () => this.flip()}]);
    adoptOwnZone();
  }

  choose(event) {
    event.preventDefault();
    const choice = event.submitter.value || findZone(this.field.value, listZones());
    this.querySelector(".error").hidden = Boolean(choice);
    if (!choice) return;
    chooseZone(choice);
    this.menu.hidePopover();
  }

  flip() {
    flipZone();
    announce(`Times are in ${placeOf(document.documentElement.dataset.zone)}.`);
  }

  /** Once, and not before somebody asks: they are hundreds. */
  offerZones() {
    if (this.field.list.options.length) return;
    this.field.list.append(...listZones().map((zone) => new Option("", zone)));
  }
}

customElements.define("time-zone", TimeZone);
