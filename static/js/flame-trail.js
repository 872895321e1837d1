/** What stands around a flame graph: the way to what is zoomed into, and the figures beside the pointer. */
import {count} from "./lib/words.js";

const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

const makeButton = (textContent, value, name = "") => make("button", {type: "button", textContent, value, name});

/**
 * A button a frame, whose value is the frame; `mark` is named the one for its spans.
 * @param {HTMLElement} trail its `data-hint` is said where nothing is zoomed into
 * @param {boolean} isWhole
 * @param {({frame: number, text: string}|null)[]} steps null stands for what is left out
 * @param {number} spanCount of the last frame
 */
export function fillTrail(trail, isWhole, steps, spanCount) {
  const last = steps.at(-1)?.frame;
  trail.replaceChildren(
    isWhole ? trail.dataset.hint : makeButton("Whole trace", -1),
    ...steps.map((step) => (step ? makeButton(step.text, step.frame) : "…")),
    ...(spanCount > 1 ? [makeButton(`Mark its ${count(spanCount)} spans`, last, "mark")] : []),
  );
}

/** @param {HTMLElement} tip @param {string[]} lines the first is a name */
export function fillTip(tip, lines) {
  tip.replaceChildren(...lines.map((textContent, line) => make(line ? "span" : "b", {textContent})));
}
