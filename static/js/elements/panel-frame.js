// Where the panel is and how large: beside the rows or below them, changed by dragging its edge or by keys.

import {clampSize, largestSize, leastSize, sizeAfterKey} from "../lib/panel-size.js";

const DOCK = "panel-dock";

export class PanelFrame {
  constructor(panel) {
    this.panel = panel;
    this.root = document.documentElement;
    this.handle = panel.querySelector("template[data-part=handle]").content.firstElementChild.cloneNode(true);
    panel.append(this.handle);
    this.root.toggleAttribute("data-panel-below", localStorage.getItem(DOCK) === "bottom");
    for (const side of ["width", "height"]) {
      const kept = Number(localStorage.getItem(`panel-${side}`));
      if (kept) this.#apply(side, kept);
    }
    this.#describe();
    this.handle.addEventListener("pointerdown", (event) => this.#drag(event));
    this.handle.addEventListener("keydown", (event) => this.#press(event));
    addEventListener("resize", () => this.#describe());
    new ResizeObserver(() => this.#describe()).observe(panel);
  }

  dock() {
    const isBelow = this.root.toggleAttribute("data-panel-below");
    localStorage.setItem(DOCK, isBelow ? "bottom" : "right");
    dispatchEvent(new Event("resize"));
  }

  /** Which side can be changed; narrow windows have the panel below whatever was chosen. */
  get #side() {
    return getComputedStyle(this.panel).position === "fixed" ? "height" : "width";
  }

  get #roomPx() {
    return this.#side === "height" ? innerHeight : innerWidth;
  }

  get #sizePx() {
    return this.panel.getBoundingClientRect()[this.#side];
  }

  #apply(side, sizePx) {
    this.root.style.setProperty(`--panel-${side}`, `${sizePx}px`);
  }

  #resize(sizePx) {
    const size = clampSize(sizePx, this.#roomPx);
    this.#apply(this.#side, size);
    localStorage.setItem(`panel-${this.#side}`, size);
    this.tellRoom();
  }

  /** The rows fill what a panel below them leaves; they measure when the window changes. */
  tellRoom() {
    this.#describe();
    if (this.#side === "height") dispatchEvent(new Event("resize"));
  }

  #drag(event) {
    event.preventDefault();
    this.handle.focus();
    this.handle.setPointerCapture(event.pointerId);
    const isHeight = this.#side === "height";
    const from = isHeight ? event.clientY : event.clientX;
    const before = this.#sizePx;
    const move = ({clientX, clientY}) => this.#resize(before + from - (isHeight ? clientY : clientX));
    this.handle.addEventListener("pointermove", move);
    this.handle.addEventListener("lostpointercapture", () => this.handle.removeEventListener("pointermove", move), {
      once: true,
    });
  }

  #press(event) {
    const size = sizeAfterKey(event.key, this.#sizePx, this.#roomPx);
    if (size === null) return;
    event.preventDefault();
    event.stopPropagation();
    this.#resize(size);
  }

  #describe() {
    const {handle} = this;
    handle.ariaOrientation = this.#side === "height" ? "horizontal" : "vertical";
    handle.ariaValueMin = leastSize;
    handle.ariaValueMax = largestSize(this.#roomPx);
    handle.ariaValueNow = Math.round(this.#sizePx);
  }
}
