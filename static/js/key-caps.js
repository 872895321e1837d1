// Keys as they are drawn: one <kbd> a key.

import {capsOf} from "./lib/key-names.js";

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

/** @returns {(Element | string)[]} `<kbd>g</kbd><kbd>s</kbd>`, other keys for the same after a slash */
export function makeCaps(keys) {
  return keys.flatMap((key, index) => [...(index ? [" / "] : []), ...capsOf(key, isMac).map(makeCap)]);
}

function makeCap(cap) {
  const element = document.createElement("kbd");
  element.textContent = cap;
  return element;
}
