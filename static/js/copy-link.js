/** “Copy link”: the view as it is, for somebody who opens it later. */
import {copyText} from "./copying.js";
import {bindKeys} from "./keys.js";
import {writeAddress} from "./lib/address.js";

/**
 * @param {function(): object} stateNow a State of lib/address.js
 * @param {number} duration of the trace, ns
 */
export function offerLink(stateNow, duration) {
  const button = document.querySelector("[data-copy-link]");
  const copy = async () => {
    const {freeze} = await import("./lib/frozen-address.js");
    await copyText(new URL(writeAddress(freeze(stateNow(), duration, Date.now())), location).href, button);
  };
  button.addEventListener("click", copy);
  button.hidden = false;
  bindKeys("Trace", [{keys: ["y"], text: "Copy a link to this view", run: copy}]);
}
