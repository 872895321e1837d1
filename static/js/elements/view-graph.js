// <trace-graph>: who called whom in a trace. The server drew it; here it is moved and walked, and a box or a line gets to
// know its spans.

import {bindKeys} from "../keys.js";
import {Graph} from "../lib/graph.js";
import {rowsBetween, spellRows} from "../lib/row-lists.js";
import {MapCamera} from "../map-camera.js";

const LINKS = "a.node, a.edge, a.loop";
const BOX = {width: 148, height: 40};
const LEAST_PX = 200;
/** Where all of it would be too small for names, it begins with what can be read on the left. */
const NAMELESS = 0.25;
const READABLE = 0.6;
const MARGINS_PX = 32;

class TraceGraph extends HTMLElement {
  #ends = new AbortController();

  attach(view) {
    this.view = view;
    this.stage = this.querySelector(".stage");
    this.svg = this.stage.querySelector("svg");
    const {width, height} = this.svg.viewBox.baseVal;
    this.stage.style.height = `${Math.max(LEAST_PX, MARGINS_PX + height * Math.min(1, this.clientWidth / width))}px`;
    this.boxes = [...this.svg.querySelectorAll(".node")];
    this.graph = new Graph(
      this.boxes.map((box) => ({id: box.id, ...placeOf(box)})),
      [...this.svg.querySelectorAll(".edge, .loop")].map(({id, dataset}) => ({id, from: dataset.from, to: dataset.to})),
    );
    this.camera = new MapCamera(this.stage, this.stage);
    const {scale} = this.camera.camera;
    if (scale < NAMELESS) this.camera.zoom(READABLE / scale, [0, this.stage.clientHeight / 2]);
    this.#rove(this.boxes[0]);
    this.#listen();
    this.#mark();
  }

  disconnectedCallback() {
    this.#ends.abort();
  }

  #listen() {
    const {signal} = this.#ends;
    const on = (target, type, run) => target.addEventListener(type, run, {signal});
    // <trace-views> hears of the click after this, and marks the rows.
    on(this, "click", (event) => this.#click(event));
    on(this.view, "matches", () => this.#mark());
    on(this.svg, "pointerover", ({target}) => this.#light(target.closest(LINKS)));
    on(this.svg, "pointerleave", () => this.#light(null));
    on(this.svg, "focusin", ({target}) => this.#focus(target.closest(LINKS)));
    on(this.svg, "focusout", () => this.#light(null));
    const walk = (keys, text, find) => ({keys, text, run: () => this.#go(find(document.activeElement.id)), within: this.svg});
    const unbind = bindKeys("Graph", [
      walk(["ArrowDown"], "Next box", (id) => this.graph.step(id, 1)),
      walk(["ArrowUp"], "Box before", (id) => this.graph.step(id, -1)),
      walk(["ArrowRight"], "To a callee", (id) => this.graph.edges.get(id)?.to ?? this.graph.across(id, 1)),
      walk(["ArrowLeft"], "To a caller", (id) => this.graph.edges.get(id)?.from ?? this.graph.across(id, -1)),
      walk(["e"], "Next line of the box", (id) => this.graph.stepAround(this.current.id, id, 1)),
      walk(["E"], "Line before", (id) => this.graph.stepAround(this.current.id, id, -1)),
    ]);
    // A listener that the signal itself ends would not hear of it.
    for (const each of [unbind, this.camera.unbind]) signal.addEventListener("abort", each);
  }

  #click({target}) {
    const link = target.closest("[data-operations]");
    const act = {in: () => this.camera.zoom(1.25), out: () => this.camera.zoom(0.8), fit: () => this.camera.fit()};
    act[target.closest("[data-do]")?.dataset.do]?.();
    if (!link || link.dataset.rows !== undefined) return;
    const {block, parent} = this.view;
    const {operations, callers} = link.dataset;
    link.dataset.rows = spellRows(rowsBetween(block.operation, parent, numbersOf(operations), callers && numbersOf(callers)));
  }

  #go(id) {
    if (id) this.svg.getElementById(id).focus({preventScroll: true});
  }

  /** One box is reached by Tab: where one was last. */
  #rove(box) {
    for (const each of this.boxes) each.tabIndex = each === box ? 0 : -1;
    this.current = box;
  }

  #focus(link) {
    if (link.matches(".node")) {
      this.#rove(link);
      this.camera.reveal({...placeOf(link), ...BOX});
    }
    this.#light(link);
  }

  /** What one points at and what that touches; of nothing everything. */
  #light(link) {
    const near = link && this.graph.near(link.id);
    this.svg.classList.toggle("dimmed", Boolean(near));
    for (const each of this.svg.querySelectorAll(LINKS)) each.classList.toggle("near", Boolean(near?.has(each.id)));
    for (const each of this.svg.querySelectorAll(".label")) each.classList.toggle("near", Boolean(near?.has(each.dataset.of)));
  }

  /** The boxes in which something was found. */
  #mark() {
    const {block, matches} = this.view;
    const found = new Set(Array.from(matches, (row) => block.operation[row]));
    for (const box of this.boxes) {
      box.classList.toggle("found", found.size > 0 && numbersOf(box.dataset.operations).some((number) => found.has(number)));
    }
  }
}

const numbersOf = (text) => text.split(",").map(Number);

/** Where a box stands in the map. */
function placeOf(node) {
  const {e: x, f: y} = node.transform.baseVal.consolidate().matrix;
  return {x, y};
}

customElements.define("trace-graph", TraceGraph);
