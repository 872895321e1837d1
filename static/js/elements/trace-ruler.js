/** The times above the waterfall and the lines behind it; where the pointer is; zooming with wheel, pointer and keys. */
import {onDrag} from "../dragging.js";
import {bindKeys} from "../keys.js";
import {spellMoment} from "../lib/moments.js";
import {ticksOf} from "../lib/ticks.js";
import {fit, gridOf, isoAt, pan, settle, shareOf, timeAt, wholeOf, wordTime, zoomAt} from "../lib/zoom.js";

const SVG = "http://www.w3.org/2000/svg";
const KEY_FACTOR = 1.5;
const KEY_SHARE = 0.2;
const WHEEL_RATE = 0.002;
const WHEEL_LINE_PX = 24;
/** Turns of the wheel that follow each other faster are one step to go back. */
const GESTURE_MS = 500;

class TraceRuler extends HTMLElement {
  attach(view) {
    this.view = view;
    this.scale = this.querySelector(".scale");
    this.label = this.querySelector(".at");
    const waterfall = document.querySelector("section.waterfall");
    this.axis = this.scale.querySelector("svg");
    this.grid = waterfall.querySelector("svg.grid");
    this.line = document.createElement("i");
    this.line.className = "crosshair";
    this.line.hidden = true;
    this.grid.after(this.line);
    view.addEventListener("zoom", () => this.#draw());
    view.addEventListener("crosshair", () => this.#point());
    new ResizeObserver(() => this.#measure()).observe(this.scale);
    this.scale.addEventListener("pointermove", (event) => view.setCrosshair(this.#timeOf(event)));
    this.scale.addEventListener("pointerleave", () => view.setCrosshair(null));
    onDrag(this.scale, (event) => this.#select(event));
    for (const part of [waterfall, this.parentElement]) part.addEventListener("wheel", (event) => this.#turn(event), {passive: false});
    this.#bind();
  }

  /** A trace without a length has a window too. */
  get window() {
    return this.view.duration_ns ? this.view.zoom : wholeOf(0);
  }

  #zoom({from, to}, remember = true) {
    this.view.setZoom(from, to, {remember});
  }

  #timeOf({clientX}, window = this.window) {
    const {left, width} = this.scale.getBoundingClientRect();
    return timeAt(window, Math.max(0, Math.min(1, (clientX - left) / width)));
  }

  // Drawing

  /** Where the plot is; neither zooming nor scrolling changes it. */
  #measure() {
    const {left, width} = this.scale.getBoundingClientRect();
    this.width = width;
    this.left = left - this.grid.parentElement.getBoundingClientRect().left;
    this.#draw();
  }

  #draw() {
    const {window, axis, grid} = this;
    if (!this.width) return;
    const ticks = ticksOf(window, this.width).map(({at, label}) => ({x: `${100 * shareOf(window, at)}%`, label}));
    const lineAt = ({x}) => draw("line", {x1: x, x2: x, y2: "100%"});
    grid.replaceChildren(...ticks.map(lineAt));
    axis.replaceChildren(...ticks.flatMap((tick) => [draw("text", {x: tick.x, y: 18, dx: 4}, tick.label), lineAt(tick)]));
    this.#point();
  }

  #point() {
    const {view, window, label, line} = this;
    const at = view.crosshair;
    const share = at === null ? -1 : shareOf(window, at);
    label.hidden = line.hidden = share < 0 || share > 1;
    if (line.hidden) return;
    const round = gridOf((window.to - window.from) / this.width);
    label.textContent = wordTime(Math.round(at / round) * round);
    const {day, clock, offset} = spellMoment(isoAt(view.block.header.start_ns, at), document.documentElement.dataset.zone, 9);
    this.scale.title = `${wordTime(at)} ${this.dataset.after} · ${day} ${clock} ${offset}`;
    const x = Math.round(share * this.width);
    label.style.transform = `translateX(${share > 0.5 ? `calc(${x}px - 100%)` : `${x}px`})`;
    line.style.transform = `translateX(${this.left + x}px)`;
  }

  // Zooming

  #select(event) {
    const begin = this.#timeOf(event);
    const before = this.window;
    let window = null;
    return {
      move: (dx, dy, {clientX}) => {
        window = settle(begin, this.#timeOf({clientX}), this.view.duration_ns);
        this.style.setProperty("--low", `${100 * shareOf(before, window.from)}%`);
        this.style.setProperty("--high", `${100 * shareOf(before, window.to)}%`);
        this.toggleAttribute("data-selecting", true);
      },
      end: (isDone) => {
        this.toggleAttribute("data-selecting", false);
        if (isDone) this.#zoom(window);
      },
    };
  }

  #turn(event) {
    const {left, right} = this.scale.getBoundingClientRect();
    const isZoom = event.ctrlKey || event.metaKey;
    const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
    const isPan = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (event.clientX < left || event.clientX > right || !(isZoom || isPan)) return;
    event.preventDefault();
    const pixels = (isZoom ? event.deltaY : sideways) * (event.deltaMode ? WHEEL_LINE_PX : 1);
    const {window, view} = this;
    const isNew = performance.now() - (this.turned ?? -Infinity) > GESTURE_MS;
    this.turned = performance.now();
    const under = event.target.closest("trace-minimap") ? wholeOf(view.duration_ns) : window;
    if (isZoom) this.#zoom(zoomAt(window, Math.exp(pixels * WHEEL_RATE), this.#timeOf(event, under), view.duration_ns), isNew);
    else this.#zoom(pan(window, (pixels / (right - left)) * (window.to - window.from), view.duration_ns), isNew);
  }

  #scaleBy(factor, event) {
    const {view, window} = this;
    this.#zoom(zoomAt(window, factor, view.crosshair ?? timeAt(window, 0.5), view.duration_ns), !event.repeat);
  }

  #panBy(share, event) {
    const {view, window} = this;
    this.#zoom(pan(window, (window.to - window.from) * share, view.duration_ns), !event.repeat);
  }

  /** The selected span; where it is shown already, all that is below it too. */
  #fit() {
    const {view} = this;
    const row = view.selected;
    if (row < 0) return;
    const {start, duration} = view.block;
    const own = fit(start[row], duration[row], view.duration_ns);
    if (own.from !== view.zoom.from || own.to !== view.zoom.to) return this.#zoom(own);
    let [from, to] = [start[row], start[row] + duration[row]];
    for (let below = row + 1; below < view.end[row]; below++) {
      from = Math.min(from, start[below]);
      to = Math.max(to, start[below] + duration[below]);
    }
    this.#zoom(fit(from, to - from, view.duration_ns));
  }

  #bind() {
    bindKeys("Time", [
      {keys: ["Code:KeyW"], text: "Zoom in at the crosshair", run: (event) => this.#scaleBy(1 / KEY_FACTOR, event)},
      {keys: ["Code:KeyS"], text: "Zoom out", run: (event) => this.#scaleBy(KEY_FACTOR, event)},
      {keys: ["Code:KeyA"], text: "Earlier", run: (event) => this.#panBy(-KEY_SHARE, event)},
      {keys: ["Code:KeyD"], text: "Later", run: (event) => this.#panBy(KEY_SHARE, event)},
      {keys: ["f"], text: "Fit the selected span; again: and what is below it", run: () => this.#fit()},
      {keys: ["0", "Escape"], text: "Back to the time shown before", run: () => this.view.zoomBack()},
    ]);
  }
}

function draw(name, attributes, text = "") {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}

customElements.define("trace-ruler", TraceRuler);
