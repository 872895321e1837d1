// Attributes that a person wants to see first in every span, kept in this browser.

const KEY = "pinned-attributes";
const MAX_PINS = 40;

function readPins() {
  try {
    const pins = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(pins) ? pins : [];
  } catch {
    return [];
  }
}

/** @param {string} key */
export function togglePin(key) {
  const pins = readPins();
  const rest = pins.filter((each) => each !== key);
  const changed = rest.length === pins.length ? [...pins, key] : rest;
  localStorage.setItem(KEY, JSON.stringify(changed.slice(-MAX_PINS)));
}

/**
 * Moves what is pinned to the top of each list of attributes, in the order pinned.
 * @param {Element} root
 * @param {string} title the heading above them
 */
export function applyPins(root, title) {
  const order = new Map(readPins().map((key, at) => [key, at]));
  if (!order.size) return;
  for (const list of root.querySelectorAll(".attributes")) {
    const pinned = [...list.querySelectorAll("[data-key]")].filter(({dataset}) => order.has(dataset.key));
    if (!pinned.length) continue;
    pinned.sort((a, b) => order.get(a.dataset.key) - order.get(b.dataset.key));
    const homes = new Set(pinned.map(({parentElement}) => parentElement));
    const lines = document.createElement("dl");
    lines.append(...pinned);
    for (const line of pinned) line.querySelector("[data-do=pin]").ariaPressed = "true";
    for (const home of homes) if (!home.childElementCount) removeGroup(home);
    const heading = document.createElement("h4");
    heading.textContent = `★ ${title}`;
    list.prepend(heading, lines);
  }
}

function removeGroup(lines) {
  if (lines.previousElementSibling?.tagName === "H4") lines.previousElementSibling.remove();
  lines.remove();
}
