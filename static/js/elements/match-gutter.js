// A strip at the right edge of the window that stands for all rows, with a mark for each match and error.

import {afterPaint} from "../after-paint.js";
import {rowOf} from "../lib/entries.js";
import {layInStrip, nearest} from "../lib/strip.js";

const MARK_PX = 3;
const REACH_PX = 6;

export class MatchGutter {
  /**
   * @param {HTMLCanvasElement} canvas its `color` is that of matches, its `outline-color` that of errors
   * @param {object} view the TraceView
   * @param {Int32Array} errors rows
   */
  constructor(canvas, view, errors) {
    Object.assign(this, {canvas, view, errors});
    for (const type of ["entries", "matches"]) view.addEventListener(type, () => this.#schedule());
    const page = new ResizeObserver(() => this.#schedule());
    for (const element of [canvas, document.body]) page.observe(element);
    new MutationObserver(() => this.#schedule()).observe(document.documentElement, {attributeFilter: ["data-theme"]});
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      matchMedia(query).addEventListener("change", () => this.#schedule());
    }
    canvas.addEventListener("click", (event) => this.#jump(event.offsetY));
  }

  #schedule = afterPaint(() => this.#paint());

  #paint() {
    const {canvas, view, errors} = this;
    const isOnePage = document.documentElement.scrollHeight <= innerHeight;
    canvas.hidden = isOnePage || document.querySelector("section.waterfall").hidden || !view.entryCount || !(view.matches.length || errors.length);
    if (canvas.hidden) return;
    const {clientWidth: width, clientHeight: height} = canvas;
    Object.assign(canvas, {width: width * devicePixelRatio, height: height * devicePixelRatio});
    const context = canvas.getContext("2d");
    context.scale(devicePixelRatio, devicePixelRatio);
    const {color, outlineColor} = getComputedStyle(canvas);
    this.marks = [
      {rows: view.matches, x: 0, ink: color},
      {rows: errors, x: width / 2, ink: outlineColor},
    ].map((mark) => {
      const rows = this.#within(mark.rows);
      const steps = layInStrip(view.entries, view.entryCount, rows, height);
      context.fillStyle = mark.ink;
      for (const y of new Set(steps)) context.fillRect(mark.x, y, width / 2, MARK_PX);
      return {rows, steps};
    });
  }

  /** Of some rows those in the subtree that is shown. */
  #within(rows) {
    const {focus, end} = this.view;
    return focus < 0 ? rows : rows.filter((row) => row >= focus && row < end[focus]);
  }

  /** To what is marked near a point; where nothing is, to the place itself. */
  #jump(y) {
    const {view, canvas, marks} = this;
    for (const {rows, steps} of marks) {
      const index = nearest(steps, y, REACH_PX);
      if (index >= 0) return view.visit(rows[index]);
    }
    const position = Math.floor((y / canvas.clientHeight) * view.entryCount);
    view.scrollTo(view.positionOf(rowOf(view.entries[position])), "center");
  }
}
