/** The whole trace in few pixels, and in it the time and the rows that are shown: both can be dragged, and typed. */
import {afterPaint} from "../after-paint.js";
import {onDrag} from "../dragging.js";
import {layRows, paintMinimap} from "../lib/minimap.js";
import {clamp, isWhole, moveEdge, pan, readTime, settle, shareOf, timeAt, wholeOf, wordTime, zoomAt} from "../lib/zoom.js";
import {DIM} from "../trace-view.js";

const FAINT_ALPHA = 0x38;
const SLOTS = 12;
const KEY_STEPS = {ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity};

class TraceMinimap extends HTMLElement {
  attach(view) {
    this.view = view;
    this.form = this.querySelector("form");
    this.map = this.querySelector(".map");
    this.canvas = this.querySelector("canvas");
    for (const type of ["entries", "matches"]) view.addEventListener(type, () => this.#repaint());
    for (const type of ["entries", "viewport"]) view.addEventListener(type, () => this.#placeRows());
    view.addEventListener("zoom", () => this.#placeTime());
    new ResizeObserver(([{contentRect}]) => {
      this.size = contentRect;
      this.#repaint();
      this.#placeRows();
    }).observe(this.map);
    const recolour = () => {
      this.colours = null;
      this.#repaint();
    };
    new MutationObserver(recolour).observe(document.documentElement, {attributeFilter: ["data-theme"]});
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
    onDrag(this.map, (event) => this.#grab(event));
    this.map.addEventListener("dblclick", () => this.#zoom(this.whole));
    this.map.addEventListener("keydown", (event) => this.#step(event));
    this.form.addEventListener("change", ({target}) => this.#type(target));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("click", ({target}) => this.#press(target.name));
    this.#placeTime();
    this.toggleAttribute("data-ready", true);
  }

  get whole() {
    return wholeOf(this.view.duration_ns);
  }

  /** A trace without a length has a window too. */
  get window() {
    return this.view.duration_ns ? this.view.zoom : this.whole;
  }

  #zoom({from, to}, remember = true) {
    this.view.setZoom(from, to, {remember});
  }

  // Drawing

  #repaint = afterPaint(() => this.#paint());

  #paint() {
    const scale = Math.ceil(devicePixelRatio);
    const [width, height] = [this.size.width, this.size.height].map((px) => Math.floor(px) * scale);
    if (!width) return;
    Object.assign(this.canvas, {width, height});
    const image = new ImageData(width, height);
    paintMinimap(new Uint32Array(image.data.buffer), {width, height, scale}, this.view, this.#ink());
    this.canvas.getContext("2d").putImageData(image, 0, 0);
  }

  #ink() {
    const {serviceModes, block} = this.view;
    this.colours ??= this.#readColours();
    const services = block.header.services.map(({slot}, at) => this.colours[serviceModes[at] === DIM ? "faint" : "slots"][slot]);
    return {...this.colours, services, dimmed: serviceModes};
  }

  /** Colours as they are in the theme now. */
  #readColours() {
    const computed = getComputedStyle(this.canvas);
    const pixelOf = (name, alpha = 255) => {
      this.canvas.style.color = `var(--${name})`;
      const [red, green, blue] = computed.color.match(/[\d.]+/g);
      return new Uint32Array(Uint8Array.of(red, green, blue, alpha).buffer)[0];
    };
    const slots = (alpha) => Array.from({length: SLOTS}, (_, slot) => pixelOf(`s${slot}`, alpha));
    return {slots: slots(), faint: slots(FAINT_ALPHA), error: pixelOf("err"), match: pixelOf("warn"), current: pixelOf("accent")};
  }

  #placeTime() {
    const {window, whole} = this;
    for (const edge of ["from", "to"]) {
      const words = window[edge] ? wordTime(window[edge]) : "0";
      const handle = this.querySelector(`[data-edge=${edge}]`);
      handle.ariaValueMax = whole.to;
      handle.ariaValueNow = window[edge];
      handle.ariaValueText = `${handle.ariaLabel} ${words}`;
      this.form[edge].value = words;
      this.form[edge].setCustomValidity("");
      this.map.style.setProperty(`--${edge}`, `${100 * shareOf(whole, window[edge])}%`);
    }
    this.toggleAttribute("data-zoomed", !isWhole(window, whole.to));
  }

  /** At every frame that is scrolled: nothing is measured here, a layout would cost more than all rows. */
  #placeRows() {
    if (!this.size) return;
    const {viewport, entryCount} = this.view;
    const {top, rowHeight} = layRows(this.view, this.size.height);
    for (const end of ["first", "last"]) {
      this.map.style.setProperty(`--${end}`, `${top + Math.min(viewport[end], entryCount) * rowHeight}px`);
    }
  }

  // Dragging

  #grab(event) {
    const {view, window, whole} = this;
    const {left, width} = this.map.getBoundingClientRect();
    const perPixel = whole.to / width;
    const at = (event.clientX - left) * perPixel;
    const edge = event.target.dataset.edge;
    if (edge) return this.#dragging((dx) => moveEdge(window, edge, this.#rounded(window[edge] + dx * perPixel, perPixel), view.duration_ns));
    const isZoomed = !isWhole(window, view.duration_ns);
    const isSeen = event.target.classList.contains("seen");
    if (isZoomed && !event.shiftKey && at >= window.from && at <= window.to) {
      return this.#dragging((dx) => pan(window, dx * perPixel, view.duration_ns), isSeen ? this.#scrolling() : null);
    }
    return this.#selecting(at, perPixel, isSeen ? this.#scrolling() : null);
  }

  #rounded(ns, perPixel) {
    return settle(ns, ns + 1000 * perPixel, Infinity).from;
  }

  #dragging(windowFor, scroll) {
    let isFirst = true;
    return {
      move: (dx, dy) => {
        scroll?.(dy);
        const before = this.view.zoom;
        this.#zoom(windowFor(dx), isFirst);
        if (before !== this.view.zoom) isFirst = false;
      },
    };
  }

  /** Marks a new window; where a drag begins on the rows shown and goes up or down, it scrolls instead. */
  #selecting(at, perPixel, scroll) {
    let isScroll = null;
    let window = null;
    return {
      move: (dx, dy) => {
        isScroll ??= Boolean(scroll) && Math.abs(dy) > Math.abs(dx);
        if (isScroll) return scroll(dy);
        window = settle(at, at + dx * perPixel, this.view.duration_ns);
        this.map.style.setProperty("--low", `${100 * shareOf(this.whole, window.from)}%`);
        this.map.style.setProperty("--high", `${100 * shareOf(this.whole, window.to)}%`);
        this.toggleAttribute("data-selecting", true);
      },
      end: (isDone) => {
        this.toggleAttribute("data-selecting", false);
        if (isDone && window) this.#zoom(window);
      },
    };
  }

  #scrolling() {
    const {view} = this;
    const {first, last} = view.viewport;
    const {rowHeight} = layRows(view, this.size.height);
    return (dy) => {
      const by = Math.round(dy / rowHeight);
      const position = first + by < view.viewport.first ? first + by : last - 1 + by;
      view.scrollTo(Math.max(0, Math.min(view.entryCount - 1, position)));
    };
  }

  // Keys, text and buttons

  #step(event) {
    const edge = event.target.dataset.edge;
    const steps = KEY_STEPS[event.key];
    if (!edge || !steps || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const {window, view} = this;
    const by = Math.max(1, (window.to - window.from) / 50) * steps * (event.shiftKey ? 10 : 1);
    const target = Number.isFinite(by) ? this.#rounded(window[edge] + by, Math.abs(by) / 10) : by;
    this.#zoom(moveEdge(window, edge, target, view.duration_ns));
  }

  #type(input) {
    const ns = readTime(input.value);
    input.setCustomValidity(Number.isNaN(ns) ? this.form.dataset.wrong : "");
    if (!input.reportValidity()) return;
    const {from, to} = {...this.window, [input.name]: ns};
    this.#zoom(clamp(from, to, this.view.duration_ns));
    this.#placeTime();
  }

  #press(name) {
    const {window, view} = this;
    const factor = {narrower: 0.5, wider: 2}[name];
    if (name === "whole") this.#zoom(this.whole);
    else if (factor) this.#zoom(zoomAt(window, factor, view.crosshair ?? timeAt(window, 0.5), view.duration_ns));
  }
}

customElements.define("trace-minimap", TraceMinimap);
