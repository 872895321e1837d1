// <trace-waterfall>: the rows of a trace. Only those on the screen exist; they are filled anew as one scrolls.

import {HAS_EVENTS, HAS_EXCEPTION} from "../lib/block.js";
import {selfTime} from "../lib/coverage.js";
import {findEntry, kindOf, MISSING, REPEAT, rowOf, SPAN} from "../lib/entries.js";
import {placeRows, scrollFor, SPARE_ROWS, topToShow} from "../lib/row-window.js";
import {siblingOf, siblingsOf} from "../lib/tree.js";
import {duration, visible} from "../lib/words.js";
import {bindKeys} from "../keys.js";
import {fetchJson} from "../requests.js";
import {WaterfallRow} from "./waterfall-row.js";

const EVENTS_AFTER_MS = 120;
const MAX_EVENT_ROWS = 200;

class TraceWaterfall extends HTMLElement {
  attach(view) {
    this.view = view;
    this.grid = this.querySelector("[role=treegrid]");
    this.template = this.querySelector("template").content.firstElementChild;
    this.controls = document.querySelector(".trace-controls");
    this.active = view.selected;
    this.asked = new Set();
    const {selected} = view;
    const before = document.getElementById(`r${selected + 1}`)?.getBoundingClientRect().top ?? null;
    this.grid.replaceChildren();
    this.pool = [];
    this.pin = this.#makeRow();
    this.#listen();
    this.#bindKeys();
    this.classList.add("pooled");
    this.grid.tabIndex = 0;
    this.#measure();
    if (selected >= 0 && !this.isHidden) this.#keepInPlace(selected, before);
  }

  /** Whether another view is shown: nothing can be measured, and the page is not scrolled for rows. */
  get isHidden() {
    return this.parentElement.hidden;
  }

  // Painting

  #listen() {
    const {view} = this;
    addEventListener("scroll", () => this.#schedule(), {passive: true});
    const sizes = new ResizeObserver(() => this.#remeasure());
    for (const element of [this, this.controls]) sizes.observe(element);
    addEventListener("resize", () => this.#remeasure());
    view.addEventListener("entries", () => this.#schedule("all"));
    view.addEventListener("matches", () => this.#schedule("all"));
    for (const type of ["zoom", "usual"]) view.addEventListener(type, () => this.#schedule("bars"));
    view.addEventListener("select", () => this.#follow());
    view.addEventListener("scrollto", ({detail}) => this.#show(detail.position, detail.align));
    this.grid.addEventListener("click", (event) => this.#click(event));
    this.grid.addEventListener("dblclick", (event) => this.#zoomTo(event));
    this.grid.addEventListener("pointermove", (event) => this.#point(event), {passive: true});
    this.grid.addEventListener("pointerleave", () => view.setCrosshair(null));
    this.grid.addEventListener("pointerdown", ({target}) => this.#address(target.closest(".row")));
    this.grid.addEventListener("pointerover", ({target}) => this.#title(target.closest(".row")));
  }

  #measure() {
    this.rowPx = parseFloat(getComputedStyle(this.grid).getPropertyValue("--row-px")) || 24;
    const sticky = getComputedStyle(this.controls);
    this.topPx = sticky.position === "sticky" ? parseFloat(sticky.top) + this.controls.offsetHeight : parseFloat(sticky.top) || 0;
    // What covers the rows from below, such as a panel.
    this.bottomPx = innerHeight - (parseFloat(getComputedStyle(document.documentElement).scrollPaddingBottom) || 0);
    this.viewPx = Math.max(this.rowPx, this.bottomPx - this.topPx);
    this.plot = this.querySelector("svg.grid").getBoundingClientRect();
    this.#resizePool(Math.ceil(this.viewPx / this.rowPx) + 2 * SPARE_ROWS + 1);
    this.#schedule("all");
  }

  /** What else takes room must not push the active row out of sight. */
  #remeasure() {
    if (this.isHidden) return;
    const {first, last} = this.view.viewport;
    const position = this.#position;
    this.#measure();
    if (position >= first && position < last) this.#show(position, "nearest");
  }

  #resizePool(size) {
    const wanted = Math.min(size, this.view.entries.length);
    while (this.pool.length < wanted) this.pool.push(this.#makeRow());
    for (const row of this.pool.splice(wanted)) row.element.remove();
  }

  #makeRow() {
    const element = this.template.cloneNode(true);
    element.hidden = true;
    this.grid.append(element);
    return new WaterfallRow(element);
  }

  /** `what` is "all" rows, their "bars", or nothing but what scrolling uncovers. */
  #schedule(what = "") {
    if (what === "all" || !this.dirty) this.dirty = what || this.dirty || "";
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (!this.isHidden) this.#paint();
    });
  }

  get #list() {
    return {count: this.view.entryCount, rowPx: this.rowPx, viewPx: this.viewPx};
  }

  #paint() {
    const {view, pool, rowPx, dirty} = this;
    this.dirty = "";
    if (dirty === "all") {
      this.grid.setAttribute("aria-rowcount", view.entryCount);
      this.grid.style.height = `${Math.min(this.view.entryCount * rowPx, placeRows({...this.#list, scrolledPx: 0}).heightPx)}px`;
    }
    const scrolledPx = this.topPx - this.grid.getBoundingClientRect().top;
    const place = placeRows({...this.#list, scrolledPx});
    const begin = Math.max(0, Math.min(place.first - SPARE_ROWS, view.entryCount - pool.length));
    const isMoved = place.shiftPx !== this.shiftPx;
    this.shiftPx = place.shiftPx;
    for (let position = begin; position < begin + pool.length; position++) {
      const row = pool[position % pool.length];
      if (row.position === position && !dirty && !isMoved) continue;
      this.#fill(row, position, dirty);
    }
    this.#paintPin(begin, begin + pool.length);
    view.setViewport(place.first, place.last);
    this.#askForEvents();
  }

  #fill(row, position, dirty) {
    const {view} = this;
    const isThere = position < view.entryCount;
    row.element.hidden = !isThere;
    if (!isThere) {
      row.position = -1;
      return;
    }
    row.element.style.transform = `translateY(${position * this.rowPx - this.shiftPx}px)`;
    if (row.position !== position || dirty === "all") row.draw(view, position, this.active, this.plot.width);
    else if (dirty === "bars") row.drawBar(view, this.plot.width);
  }

  /** The active row stays in the document, or its descendant would be lost to screen readers. */
  #paintPin(begin, after) {
    const position = this.active < 0 ? -1 : findEntry(this.view.entries, this.view.entryCount, this.active);
    const isOutside = position >= 0 && (position < begin || position >= after);
    this.pin.element.hidden = !isOutside;
    if (isOutside) this.#fill(this.pin, position, "all");
    else this.pin.element.id = "";
    if (position < 0) this.grid.removeAttribute("aria-activedescendant");
    else this.grid.setAttribute("aria-activedescendant", this.#rowAt(position)?.element.id ?? "");
  }

  #rowAt(position) {
    const row = this.pool[position % this.pool.length];
    return row?.position === position ? row : this.pin;
  }

  // Moving

  #show(position, align) {
    if (position < 0 || this.isHidden) return;
    const list = this.#list;
    const gridTop = this.grid.getBoundingClientRect().top;
    const {shiftPx} = placeRows({...list, scrolledPx: this.topPx - gridTop});
    const isBeforeList = gridTop > this.topPx;
    const seen = isBeforeList ? {...list, viewPx: Math.max(this.rowPx, this.bottomPx - gridTop)} : list;
    const top = topToShow(position, align, isBeforeList ? 0 : this.topPx - gridTop + shiftPx, seen);
    if (top === null) return;
    scrollTo({top: scrollY + gridTop - this.topPx + scrollFor(top, list), behavior: "instant"});
    this.#schedule();
  }

  #keepInPlace(row, before) {
    const position = this.view.positionOf(row);
    const gridTop = this.grid.getBoundingClientRect().top + scrollY;
    const isSeen = before !== null && before >= this.topPx && before < this.bottomPx - this.rowPx;
    const wanted = isSeen ? before : this.topPx + this.viewPx / 3;
    this.grid.style.height = `${placeRows({...this.#list, scrolledPx: 0}).heightPx}px`;
    scrollTo({top: gridTop + scrollFor(position * this.rowPx, this.#list) - wanted, behavior: "instant"});
  }

  #follow() {
    const {selected} = this.view;
    this.active = selected;
    this.#schedule("all");
  }

  #goTo(position) {
    const {view} = this;
    const at = Math.max(0, Math.min(position, view.entryCount - 1));
    const code = view.entries[at];
    if (document.activeElement !== this.grid) this.grid.focus({preventScroll: true});
    this.active = code;
    if (kindOf(code) === SPAN) view.select(rowOf(code));
    else this.#show(at, "nearest");
    this.#schedule("all");
  }

  get #position() {
    return this.active < 0 ? -1 : findEntry(this.view.entries, this.view.entryCount, this.active);
  }

  #step(by) {
    const at = this.#position;
    this.#goTo(at < 0 ? this.view.viewport.first : at + by);
  }

  #goToRow(row) {
    if (row >= 0) this.#goTo(this.view.positionOf(row));
  }

  #open() {
    const {view, active} = this;
    if (active < 0) return;
    const row = rowOf(active);
    if (kindOf(active) === REPEAT) this.#openRun(row);
    else if (view.closed[row]) view.toggle(row);
    else if (kindOf(active) === MISSING || view.childCount[row]) this.#step(1);
  }

  #openRun(row) {
    this.active = row;
    this.view.setRunOpen(row, true);
    this.view.select(row);
  }

  #close() {
    const {view, active} = this;
    if (active < 0) return;
    const row = rowOf(active);
    if (kindOf(active) === SPAN && view.childCount[row] && !view.closed[row]) view.toggle(row);
    else this.#goToRow(view.parent[row]);
  }

  #sibling(by) {
    const row = this.active < 0 ? -1 : siblingOf(this.view, rowOf(this.active), by);
    if (row >= 0) this.view.select(row);
  }

  #foldRun() {
    const {view, active} = this;
    const run = active < 0 ? -1 : view.runs.of[rowOf(active)] ?? -1;
    if (run < 0) return;
    view.setRunOpen(view.runs.head[run], !view.runs.opened[run]);
    this.#goToRow(view.runs.slowest[run]);
  }

  #bindKeys() {
    const {view, grid} = this;
    const pageRows = () => Math.max(1, view.viewport.last - view.viewport.first - 2);
    const selected = (run) => () => view.selected >= 0 && run(view.selected);
    bindKeys("Rows", [
      {keys: ["j"], text: "Next row", run: () => this.#step(1)},
      {keys: ["k"], text: "Previous row", run: () => this.#step(-1)},
      {keys: ["ArrowDown"], text: "Next row", within: grid, run: () => this.#step(1)},
      {keys: ["ArrowUp"], text: "Previous row", within: grid, run: () => this.#step(-1)},
      {keys: ["ArrowRight"], text: "Open, or go to the first child", within: grid, run: () => this.#open()},
      {keys: ["ArrowLeft"], text: "Close, or go to the parent", within: grid, run: () => this.#close()},
      {keys: ["Home"], text: "First row", within: grid, run: () => this.#goTo(0)},
      {keys: ["End"], text: "Last row", within: grid, run: () => this.#goTo(view.entryCount - 1)},
      {keys: ["PageDown"], text: "A screen down", within: grid, run: () => this.#step(pageRows())},
      {keys: ["PageUp"], text: "A screen up", within: grid, run: () => this.#step(-pageRows())},
      {keys: ["Enter"], text: "Go to the span's details", within: grid, run: () => this.#enter()},
      {keys: ["p"], text: "Parent", run: selected((row) => this.#goToRow(view.parent[row]))},
      {keys: ["."], text: "Next sibling", run: () => this.#sibling(1)},
      {keys: [","], text: "Previous sibling", run: () => this.#sibling(-1)},
      {keys: ["x"], text: "Fold or open the repeats around a row", run: () => this.#foldRun()},
      {keys: ["m"], text: "Mark the row", run: selected((row) => view.toggleMark(row))},
      {keys: ["'"], text: "Next marked row", run: () => this.#nextMarked()},
    ]);
  }

  #enter() {
    if (this.active < 0) return;
    if (kindOf(this.active) === REPEAT) this.#openRun(rowOf(this.active));
    else if (kindOf(this.active) === SPAN) this.view.select(rowOf(this.active), {focus: true});
  }

  #nextMarked() {
    const rows = [...this.view.marked].sort((one, other) => one - other);
    const next = rows.find((row) => row > this.view.selected) ?? rows[0];
    if (next !== undefined) this.view.select(next);
  }

  // Pointing

  #click(event) {
    const element = event.target.closest(".row");
    if (!element || event.ctrlKey || event.metaKey || event.button) return;
    event.preventDefault();
    this.grid.focus({preventScroll: true});
    const {view} = this;
    const code = view.entries[Number(element.getAttribute("aria-rowindex")) - 1];
    const row = rowOf(code);
    if (kindOf(code) === REPEAT) this.#openRun(row);
    else if (kindOf(code) === SPAN && event.target.closest(".twist") && view.childCount[row]) this.#twist(row, event.altKey);
    else if (kindOf(code) === SPAN) view.select(row);
  }

  /** With Alt, all siblings too. */
  #twist(row, withSiblings) {
    const {view} = this;
    view.setClosed(withSiblings ? siblingsOf(view, row) : [row], !view.closed[row]);
  }

  #zoomTo(event) {
    const element = event.target.closest(".time")?.parentElement;
    if (!element) return;
    const row = rowOf(this.view.entries[Number(element.getAttribute("aria-rowindex")) - 1]);
    this.view.setZoom(this.view.block.start[row], this.view.block.start[row] + this.view.block.duration[row]);
  }

  #point(event) {
    if (event.pointerType === "touch") return;
    const {plot} = this;
    const share = (event.clientX - plot.left) / plot.width;
    const {from, to} = this.view.zoom;
    this.view.setCrosshair(share >= 0 && share <= 1 ? from + share * (to - from) : null);
  }

  /** Where a row leads who opens it in another tab; set when it is needed, for rows are filled often. */
  #address(element) {
    const code = element && this.view.entries[Number(element.getAttribute("aria-rowindex")) - 1];
    if (element && kindOf(code) === SPAN) element.querySelector("a").href = `?row=${rowOf(code)}`;
  }

  /** What a row says to who points at it: its name in full, and times that the bar only shows. */
  #title(element) {
    const code = element && this.view.entries[Number(element.getAttribute("aria-rowindex")) - 1];
    if (!element || kindOf(code) !== SPAN) return;
    const {block, end} = this.view;
    const row = rowOf(code);
    const [service, name] = block.header.operations[block.operation[row]];
    const self = duration(selfTime(block, end, row));
    const usual = this.view.usual[block.operation[row]];
    const critical = this.view.criticalTime[row];
    const lines = [`${visible(block.header.services[service].name)} ${visible(name)}`];
    lines.push(`${duration(block.duration[row])}, ${self} of its own, +${duration(block.start[row])}`);
    if (critical) lines.push(`${duration(critical)} on the critical path`);
    if (usual) lines.push(`usually ${duration(usual.p50)} (p50), p95 ${duration(usual.p95)}`);
    element.title = lines.join("\n");
  }

  // Events, asked for when their row is on the screen

  #askForEvents() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.#fetchEvents(), EVENTS_AFTER_MS);
  }

  async #fetchEvents() {
    const {view} = this;
    const rows = this.pool
      .filter(({position}) => position >= 0 && position < view.entryCount && view.kindAt(position) === SPAN)
      .map(({position}) => view.rowAt(position))
      .filter((row) => view.block.flags[row] & (HAS_EVENTS | HAS_EXCEPTION) && !this.asked.has(row))
      .slice(0, MAX_EVENT_ROWS);
    if (!rows.length) return;
    rows.forEach((row) => this.asked.add(row));
    try {
      const {marks} = await fetchJson(`${this.dataset.marks}&build=${encodeURIComponent(view.block.header.build)}&rows=${rows}`);
      for (const [row, {events}] of Object.entries(marks)) view.events.set(Number(row), events);
      this.#schedule("bars");
    } catch {
      // A bar without its ticks is still a bar; the panel says all. They are asked for again when the row comes back.
      rows.forEach((row) => this.asked.delete(row));
    }
  }
}

customElements.define("trace-waterfall", TraceWaterfall);
