// <trace-flame>: the spans of a trace as frames, each above what it called: in time, or merged by path.

import {onDrag} from "../dragging.js";
import {paintFlame, readInk, AXIS_PX, ROW_PX} from "../flame-canvas.js";
import {fillTip, fillTrail} from "../flame-trail.js";
import {bindKeys} from "../keys.js";
import {makeLanes, makeMerged} from "../lib/flame.js";
import {describeFrame, describeTrail, makeLabels} from "../lib/flame-words.js";
import {besideOf, frameAt} from "../lib/frames.js";
import {fit, isWhole, pan, timeAt, wholeOf, zoomAt} from "../lib/zoom.js";
import {SHOW} from "../trace-view.js";

const NEAR_PX = 2;
const WHEEL_RATE = 0.002;

class TraceFlame extends HTMLElement {
  #ends = new AbortController();
  #asked = 0;

  attach(view) {
    this.view = view;
    this.isTimeline = this.dataset.mode === "lanes";
    this.flame = this.isTimeline ? makeLanes(view) : makeMerged(view, this.dataset.by);
    this.labelOf = makeLabels(view, this.flame);
    const part = (name) => this.querySelector(name);
    Object.assign(this, {stage: part(".flame-stage"), room: part(".room"), canvas: part("canvas")});
    Object.assign(this, {trail: part(".flame-trail"), tip: part(".flame-tip"), said: part(".flame-said")});
    Object.assign(this, {own: this.flame.whole, steps: [], top: -1, at: this.selectedFrame, hovered: -1});
    this.trail.hidden = false;
    this.room.style.height = `${this.top0 + (this.flame.frames.first.length - 1) * ROW_PX}px`;
    this.#listen();
    this.#bind();
    this.#mark();
    this.#draw();
  }

  disconnectedCallback() {
    this.#ends.abort();
    cancelAnimationFrame(this.#asked);
  }

  get top0() {
    return this.isTimeline ? AXIS_PX : 0;
  }

  get window() {
    if (!this.isTimeline) return this.own;
    return this.view.duration_ns ? this.view.zoom : wholeOf(0);
  }

  /** That of the selected span, −1 where it has none. */
  get selectedFrame() {
    const {flame, view} = this;
    const frame = view.selected < 0 ? -1 : flame.frameOf[view.selected];
    return frame >= 0 && flame.hasFrame(frame) ? frame : -1;
  }

  #listen() {
    const {signal} = this.#ends;
    const on = (target, type, run, options = {}) => target.addEventListener(type, run, {signal, ...options});
    const {view, stage} = this;
    on(view, "entries", () => this.#draw());
    on(view, "matches", () => this.#mark());
    on(view, "select", () => this.#follow());
    on(view, "zoom", () => this.isTimeline && this.#draw());
    on(stage, "scroll", () => this.#draw());
    on(stage, "pointermove", (event) => this.#hover(event));
    on(stage, "pointerleave", () => this.#hover(null));
    on(stage, "wheel", (event) => this.#turn(event), {passive: false});
    on(stage, "focus", () => this.#say());
    on(stage, "blur", () => this.#draw());
    on(this.trail, "click", ({target}) => this.#leave(target.closest("button")));
    on(stage, "click", (event) => this.isDragged || this.#choose(this.#frameUnder(event)));
    onDrag(stage, () => this.#grab());
    const recolour = () => {
      this.ink = null;
      this.#draw();
    };
    on(matchMedia("(prefers-color-scheme: dark)"), "change", recolour);
    const observers = [new ResizeObserver(() => this.#draw()), new MutationObserver(recolour)];
    observers[0].observe(stage);
    observers[1].observe(document.documentElement, {attributeFilter: ["data-theme"]});
    on(signal, "abort", () => observers.forEach((each) => each.disconnect()), {signal: undefined});
  }

  #bind() {
    const {frames} = this.flame;
    const move = (find) => () => this.#go(this.at < 0 ? (frames.order[0] ?? -1) : find(this.at));
    const unbind = bindKeys("Flame graph", [
      {within: this, keys: ["ArrowUp"], text: "What called it", run: move((at) => frames.parent[at])},
      {within: this, keys: ["ArrowDown"], text: "What it called", run: move((at) => frames.child[at])},
      {within: this, keys: ["ArrowLeft"], text: "To the left", run: move((at) => besideOf(frames, at, -1))},
      {within: this, keys: ["ArrowRight"], text: "To the right", run: move((at) => besideOf(frames, at, 1))},
      {within: this, keys: ["Enter", " "], text: "Select the span and zoom to it", run: () => this.#choose(this.at)},
      {within: this, keys: ["Escape", "0"], text: "Back to what was shown before", run: () => this.#back()},
    ]);
    this.#ends.signal.addEventListener("abort", unbind);
  }

  // What is shown

  /** Once a frame of the screen, however often it is asked for. */
  #draw() {
    this.#asked ||= requestAnimationFrame(() => {
      this.#asked = 0;
      this.#paint();
    });
  }

  #paint() {
    const {view, stage, room, canvas, flame} = this;
    const [width, height] = [room.clientWidth, Math.min(stage.clientHeight, room.clientHeight)];
    if (!width || !height) return;
    canvas.style.height = `${height}px`;
    this.ink ??= readInk(canvas);
    const picture = {
      frames: flame.frames,
      window: this.window,
      width,
      height,
      scroll: stage.scrollTop,
      hasAxis: this.isTimeline,
      operation: flame.operation,
      looks: this.#looks(),
      isFound: this.found.length ? this.isFound : null,
      labelOf: this.labelOf,
      failedOf: flame.failedOf,
      failed: flame.failed,
      found: this.found,
      lines: this.isTimeline && view.showsPath ? this.#path() : null,
      hovered: this.hovered,
      current: document.activeElement === stage ? this.at : -1,
      selected: this.selectedFrame,
    };
    paintFlame(canvas, picture, this.ink);
    this.#writeTrail();
  }

  /** By operation. */
  #looks() {
    const {serviceModes, block} = this.view;
    const {operations, services} = block.header;
    return operations.map(([service]) => ({slot: services[service].slot, isFaint: serviceModes[service] !== SHOW}));
  }

  #path() {
    const {critical_row: frames, critical_start: starts, critical_length: lengths} = this.view.block;
    return frames && {frames, starts, lengths};
  }

  /** The frames of what find found. */
  #mark() {
    const {flame, view} = this;
    this.isFound = new Uint8Array(flame.frames.left.length);
    for (const row of view.matches) this.isFound[flame.frameOf[row]] = 1;
    this.found = [...flame.frames.order].filter((frame) => this.isFound[frame]);
    this.#draw();
  }

  // Pointing

  #timeAt({clientX}) {
    const {left, width} = this.canvas.getBoundingClientRect();
    return timeAt(this.window, (clientX - left) / width);
  }

  #frameUnder(event) {
    const {window, stage, canvas} = this;
    const y = event.clientY - canvas.getBoundingClientRect().top - this.top0;
    if (y < 0) return -1;
    const slack = ((window.to - window.from) / canvas.clientWidth) * NEAR_PX;
    return frameAt(this.flame.frames, Math.floor((y + stage.scrollTop) / ROW_PX), this.#timeAt(event), slack);
  }

  #hover(event) {
    const frame = event ? this.#frameUnder(event) : -1;
    if (this.isTimeline) this.view.setCrosshair(event && this.#timeAt(event));
    if (frame !== this.hovered) this.#draw();
    this.hovered = frame;
    this.tip.hidden = frame < 0;
    if (frame < 0) return;
    fillTip(this.tip, describeFrame(this.view, this.flame, frame));
    const box = this.getBoundingClientRect();
    const x = Math.min(event.clientX - box.left + 12, box.width - this.tip.offsetWidth);
    const y = event.clientY - box.top + 16;
    this.tip.style.transform = `translate(${Math.max(0, x)}px, ${y}px)`;
  }

  /** A drag moves what is zoomed; it is no click. */
  #grab() {
    const {window} = this;
    const scrolled = this.stage.scrollTop;
    this.isDragged = false;
    return {
      move: (dx, dy) => {
        const isFirst = !this.isDragged;
        this.isDragged = true;
        this.stage.scrollTop = scrolled - dy;
        this.#show(pan(window, (-dx / this.room.clientWidth) * (window.to - window.from), this.flame.whole.to), isFirst);
      },
    };
  }

  #turn(event) {
    if (!(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.#show(zoomAt(this.window, Math.exp(event.deltaY * WHEEL_RATE), this.#timeAt(event), this.flame.whole.to), false);
  }

  // Moving

  /** In time it is the zoom of all views. */
  #show(window, remember = true) {
    if (this.isTimeline) return this.view.setZoom(window.from, window.to, {remember});
    if (remember) this.steps.push({window: this.own, top: this.top});
    this.own = window;
    this.#draw();
  }

  #zoomTo(frame) {
    const {frames, whole} = this.flame;
    const {left, right} = frames;
    const window =
      frame < 0 ? whole : this.isTimeline ? fit(left[frame], right[frame] - left[frame], whole.to) : {from: left[frame], to: right[frame]};
    if (window.from !== this.window.from || window.to !== this.window.to) this.#show(window);
    this.top = frame;
    this.#draw();
  }

  #choose(frame) {
    if (frame < 0) return;
    this.at = frame;
    this.#zoomTo(frame);
    this.view.select(this.flame.rowOf(frame), {scroll: false});
  }

  #back() {
    if (this.isTimeline) {
      this.top = -1;
      return this.view.zoomBack();
    }
    const {window, top} = this.steps.pop() ?? {window: this.flame.whole, top: -1};
    Object.assign(this, {own: window, top});
    this.#draw();
  }

  /** The frame that keys act on, brought into view. */
  #go(frame) {
    if (frame < 0) return;
    this.at = frame;
    this.#reveal(frame);
    this.#say();
  }

  #reveal(frame) {
    const {stage, window, flame} = this;
    const {left, right, level} = flame.frames;
    const y = level[frame] * ROW_PX;
    const seen = stage.clientHeight - this.top0 - ROW_PX;
    stage.scrollTop = Math.min(y, Math.max(y - seen, stage.scrollTop));
    const by = left[frame] >= window.to ? right[frame] - window.to : right[frame] <= window.from ? left[frame] - window.from : 0;
    if (by && !isWhole(window, flame.whole.to)) this.#show(pan(window, by, flame.whole.to), false);
  }

  /** A span that was selected anywhere. */
  #follow() {
    const frame = this.selectedFrame;
    if (frame >= 0 && frame !== this.at) {
      this.at = frame;
      this.#reveal(frame);
    }
    this.#draw();
  }

  // Words

  #say() {
    this.#draw();
    if (this.at < 0) return;
    const level = this.flame.frames.level[this.at] + 1;
    this.said.textContent = `${describeFrame(this.view, this.flame, this.at).join(". ")}. ${this.isTimeline ? "Lane" : "Level"} ${level}.`;
  }

  /** What is zoomed into, and a way out to each frame above it. */
  #writeTrail() {
    const {flame, view, top, trail, window} = this;
    const isAll = isWhole(window, flame.whole.to);
    const key = `${top} ${isAll}`;
    if (key === this.written) return;
    this.written = key;
    const spans = top < 0 ? 0 : flame.factsOf(top).count;
    fillTrail(trail, isAll && top < 0, describeTrail(view, flame, top), spans);
  }

  #leave(button) {
    if (!button) return;
    const frame = Number(button.value);
    if (button.name === "mark") return this.view.setMatches(this.flame.rowsOf(frame));
    this.#zoomTo(frame);
    this.stage.focus({preventScroll: true});
  }
}

customElements.define("trace-flame", TraceFlame);
