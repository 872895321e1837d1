// Moving a map on its stage: wheel, pointers, keys. What is pressed and not moved stays a click.

import {bindKeys} from "./keys.js";
import {fit, leastScale, pan, pinch, reveal, wheelFactor, zoomAt} from "./lib/camera.js";

const DRAG_PX = 4;
const STEP_PX = 80;
const ZOOM_STEP = 1.25;
/** Below these scales words, then names, are noise. */
const FAR = 0.55;
const FARTHER = 0.25;

export class MapCamera {
  #pointers = new Map(); // id → where it is on the stage
  #isDragged = false;
  #isAsked = false;

  /**
   * @param {HTMLElement} stage around an <svg> whose `data-box` says where the map is, and whose .view is moved
   * @param {Element} [within] where the keys that zoom are its own; without it, everywhere
   */
  constructor(stage, within) {
    this.stage = stage;
    this.svg = stage.querySelector("svg");
    this.view = this.svg.querySelector(".view");
    const [x, y, right, bottom] = this.svg.dataset.box.split(" ").map(Number);
    this.box = {x, y, width: right - x, height: bottom - y};
    this.svg.removeAttribute("viewBox");
    this.fit();
    // Without the box nothing says where the map is: not even one frame may pass.
    this.#paint();
    this.#listen(within);
  }

  get room() {
    return {width: this.stage.clientWidth, height: this.stage.clientHeight};
  }

  /** All of it, now and whenever the stage changes, until somebody moves it. */
  fit() {
    this.isFitted = true;
    this.#set(fit(this.box, this.room));
  }

  /** Brings a box of the map onto the stage. @param {{x: number, y: number, width: number, height: number}} box */
  reveal(box) {
    const moved = reveal(this.camera, box, this.room);
    if (moved !== this.camera) this.#move(moved);
  }

  zoom(factor, at = [this.room.width / 2, this.room.height / 2]) {
    const zoomed = zoomAt(this.camera, factor, at, leastScale(this.box, this.room));
    if (zoomed === this.camera) return false;
    this.#move(zoomed);
    return true;
  }

  pan(dx, dy) {
    this.#move(pan(this.camera, dx, dy, this.box, this.room));
  }

  #move(camera) {
    this.isFitted = false;
    this.#set(camera);
  }

  #set(camera) {
    this.camera = camera;
    if (this.#isAsked) return;
    this.#isAsked = true;
    requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    this.#isAsked = false;
    const {x, y, scale} = this.camera;
    this.view.setAttribute("transform", `translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${scale.toFixed(4)})`);
    this.svg.classList.toggle("far", scale < FAR);
    this.svg.classList.toggle("farther", scale < FARTHER);
  }

  #listen(within) {
    const {stage} = this;
    new ResizeObserver(() => (this.isFitted ? this.fit() : this.pan(0, 0))).observe(stage);
    stage.addEventListener("wheel", (event) => this.#turn(event), {passive: false});
    stage.addEventListener("pointerdown", (event) => this.#press(event));
    stage.addEventListener("pointermove", (event) => this.#drag(event));
    for (const type of ["pointerup", "pointercancel"]) stage.addEventListener(type, (event) => this.#release(event));
    // What is dragged is a link as often as not.
    stage.addEventListener("dragstart", (event) => event.preventDefault());
    stage.addEventListener("click", (event) => this.#isDragged && event.preventDefault(), true);
    const by = (dx, dy) => () => this.pan(dx * STEP_PX, dy * STEP_PX);
    this.unbind = bindKeys("Map", [
      {keys: ["+", "="], text: "Zoom in", run: () => this.zoom(ZOOM_STEP), within},
      {keys: ["-", "−"], text: "Zoom out", run: () => this.zoom(1 / ZOOM_STEP), within},
      {keys: ["0"], text: "All of the map", run: () => this.fit(), within},
      {keys: ["ArrowLeft", "Shift+ArrowLeft"], text: "Move the map", run: by(1, 0), within: stage},
      {keys: ["ArrowRight", "Shift+ArrowRight"], text: "Move the map", run: by(-1, 0), within: stage},
      {keys: ["ArrowUp", "Shift+ArrowUp"], text: "Move the map", run: by(0, 1), within: stage},
      {keys: ["ArrowDown", "Shift+ArrowDown"], text: "Move the map", run: by(0, -1), within: stage},
    ]);
  }

  #at({clientX, clientY}) {
    const {left, top} = this.stage.getBoundingClientRect();
    return [clientX - left, clientY - top];
  }

  /** At the smallest the page scrolls instead. */
  #turn(event) {
    if (this.zoom(wheelFactor(event), this.#at(event)) || event.ctrlKey) event.preventDefault();
  }

  #press(event) {
    if (event.button !== 0 || event.target.closest("button")) return;
    if (!this.#pointers.size) this.#isDragged = false;
    this.#pointers.set(event.pointerId, this.#at(event));
    this.from = {camera: this.camera, points: new Map(this.#pointers)};
  }

  #drag(event) {
    if (!this.#pointers.has(event.pointerId)) return;
    this.#pointers.set(event.pointerId, this.#at(event));
    const before = [...this.from.points.values()];
    const after = [...this.#pointers.values()];
    const [dx, dy] = [after[0][0] - before[0][0], after[0][1] - before[0][1]];
    if (!this.#isDragged && after.length < 2 && Math.hypot(dx, dy) < DRAG_PX) return;
    if (!this.#isDragged) this.#begin();
    this.#move(
      after.length > 1
        ? pinch(this.from.camera, before.slice(0, 2), after.slice(0, 2), leastScale(this.box, this.room))
        : pan(this.from.camera, dx, dy, this.box, this.room),
    );
  }

  /** Captured no earlier: what is captured takes its click to the stage. */
  #begin() {
    this.#isDragged = true;
    this.stage.classList.add("moving");
    for (const id of this.#pointers.keys()) this.stage.setPointerCapture(id);
  }

  #release(event) {
    if (!this.#pointers.delete(event.pointerId)) return;
    this.from = {camera: this.camera, points: new Map(this.#pointers)};
    if (!this.#pointers.size) this.stage.classList.remove("moving");
  }
}
