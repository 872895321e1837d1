// Keys of a page. A module binds its own; one listener finds whose turn it is; the ? dialog lists them all.

import {isSingleKey, namesOf, stepsOf} from "./lib/key-names.js";

const SINGLE_KEYS = "single-keys";
const SEQUENCE_MS = 1000;
const TYPING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";
const PRESSABLE = "a[href], button, summary";

/** @type {{group: string, keys: string[], text: string, run: function(KeyboardEvent): void, within?: Element}[]} */
const bound = [];
let begun = "";
let begunAt = 0;

/**
 * Binds keys; their names are those of lib/key-names.js. `run` is called with preventDefault done. Ignored while
 * somebody types (except Mod+…), in front of an open dialog, and for Enter and Space on what they press anyway.
 * The one bound to an element around the focus (`within`) wins, then the latest.
 * @param {string} group the heading in the ? dialog
 * @param {{keys: string[], text: string, run: function(KeyboardEvent): void, within?: Element}[]} bindings
 * @returns {function(): void} unbinds them
 */
export function bindKeys(group, bindings) {
  const mine = bindings.map((binding) => ({...binding, group}));
  bound.push(...mine);
  return () => mine.forEach((binding) => bound.splice(bound.indexOf(binding), 1));
}

/**
 * What the keys of this page do, by group, in the order bound; without keys that a later binding has taken.
 * @returns {Map<string, {keys: string[], text: string, run: function(KeyboardEvent): void}[]>}
 */
export function listBindings() {
  const taken = new Set();
  const listed = [];
  for (const binding of bound.toReversed()) {
    const keys = binding.keys.filter((key) => !taken.has(key));
    // A key bound by its place types the letter that stands there on most keyboards.
    for (const key of keys) taken.add(key).add(key.replace(/^Code:Key(.)/, (_, letter) => letter.toLowerCase()));
    if (keys.length) listed.unshift({...binding, keys});
  }
  return Map.groupBy(listed, ({group}) => group);
}

/** Whether a character alone does something. */
export const areSingleKeysOn = () => localStorage.getItem(SINGLE_KEYS) !== "off";

export function switchSingleKeys(isOn) {
  if (isOn) localStorage.removeItem(SINGLE_KEYS);
  else localStorage.setItem(SINGLE_KEYS, "off");
}

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  const names = namesOf(event).filter((name) => mayRun(name, event));
  const started = performance.now() - begunAt < SEQUENCE_MS ? begun : "";
  begun = "";
  const found = (started && find(names.map((name) => `${started} ${name}`), event.target)) || find(names, event.target);
  if (found) {
    event.preventDefault();
    found.run(event);
  } else {
    begin(names);
  }
});

function mayRun(name, {target}) {
  if (isSingleKey(name) && !areSingleKeysOn()) return false;
  if ((name === "Enter" || name === " ") && target.closest?.(PRESSABLE)) return false;
  // The browser closes what is open by it.
  if (name === "Escape" && document.querySelector(":popover-open")) return false;
  // What was closed a moment ago may still have the focus.
  return name.startsWith("Mod+") || !target.closest?.(TYPING)?.checkVisibility();
}

function find(names, target) {
  const dialog = document.querySelector("dialog:modal");
  const fitting = bound.filter(
    ({keys, within}) =>
      keys.some((key) => names.includes(key)) &&
      (within ? within.contains(target) && (!dialog || dialog.contains(within)) : !dialog),
  );
  return fitting.findLast(({within}) => within) ?? fitting.at(-1);
}

/** Remembers the first key of a sequence. */
function begin(names) {
  const isFirst = (name) => bound.some(({keys}) => keys.some((key) => stepsOf(key).length > 1 && stepsOf(key)[0] === name));
  begun = names.find(isFirst) ?? "";
  begunAt = performance.now();
}

/** Gives the focus to what shows the spans now: a view's grid, else the view itself, else the waterfall. */
export function focusRows() {
  const find = (places) => document.querySelector(places);
  const view = "section.trace-view";
  (find(`${view} :is([role=grid], [role=application])`) ?? find(view) ?? find("[role=treegrid]")).focus({preventScroll: true});
}
