// <trace-table>: all spans of a trace in rows. Only those on the screen exist; what is sorted is sorted here.

import {bindKeys} from "../keys.js";
import {ERROR} from "../lib/block.js";
import {selfTime} from "../lib/coverage.js";
import {placeRows, scrollFor, SPARE_ROWS, topToShow} from "../lib/row-window.js";
import {ABSENT, invert, rankNames, sortRows, turnSort} from "../lib/table.js";
import {duration, letters, named, visible} from "../lib/words.js";
import {fetchJson} from "../requests.js";

const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"];
const MAX_KNOWN = 16;
/** The attributes that were fetched last, by build and column. */
const known = new Map();

/** An element's text, which is replaced without a change of the element: that would cost its style. */
function makeText(element) {
  element.textContent = "";
  return element.appendChild(document.createTextNode(""));
}

/** What stands for the rows above or below those in the document. */
function makeSpace() {
  const space = document.createElement("tbody");
  space.ariaHidden = true;
  return space;
}

function setText(node, text) {
  if (node.data !== text) node.data = text;
}

function setClass(element, names) {
  if (element.className !== names) element.className = names;
}

class TraceTable extends HTMLElement {
  #leaving = new AbortController();
  #keys = new Map(); // column → keys by row
  #frame = 0;

  attach(view) {
    this.view = view;
    this.scroller = this.querySelector(".table-scroll");
    this.table = this.querySelector("table");
    this.body = this.querySelector("tbody");
    this.template = this.body.firstElementChild.cloneNode(true);
    this.heads = [...this.querySelectorAll("th")];
    this.columns = this.heads.map((head) => head.dataset.column);
    this.added = this.columns.filter((_, at) => this.heads[at].classList.contains("added"));
    this.sort = this.dataset.sort;
    this.services = view.block.header.services.map(({name}) => ({name: named(name), letters: letters(name)}));
    this.names = view.block.header.operations.map(([, name]) => named(name));
    this.#load();
  }

  disconnectedCallback() {
    this.#leaving.abort();
    this.unbind?.();
    this.sizes?.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  /** The rows of the server stay until there are ours. */
  async #load() {
    const {signal} = this.#leaving;
    try {
      this.values = await this.#fetchValues();
    } catch (problem) {
      if (!signal.aborted) this.#complain(problem.message);
      return;
    }
    if (!signal.aborted) this.#begin();
  }

  async #fetchValues() {
    const {build} = this.view.block.header;
    const missing = this.added.filter((column) => !known.has(`${build} ${column}`));
    if (missing.length) {
      const asked = encodeURIComponent(missing.map((column) => column.replaceAll(",", "\\,")).join(","));
      const {columns} = await fetchJson(`${this.dataset.values}&columns=${asked}`, {signal: this.#leaving.signal});
      for (const [column, {values, numbers}] of Object.entries(columns)) {
        known.set(`${build} ${column}`, {values: values.map(visible), numbers: Int32Array.from(numbers)});
      }
    }
    const found = new Map(this.added.map((column) => [column, known.get(`${build} ${column}`)]));
    for (const old of [...known.keys()].slice(0, -MAX_KNOWN)) known.delete(old);
    return found;
  }

  #complain(sentence) {
    const note = this.querySelector("[role=alert]");
    note.textContent = sentence;
    note.hidden = false;
  }

  #begin() {
    const {table, scroller} = this;
    this.pool = [];
    this.body.replaceChildren();
    this.spaces = ["beforebegin", "afterend"].map((where) => this.body.insertAdjacentElement(where, makeSpace()));
    this.classList.add("pooled");
    table.setAttribute("role", "grid");
    table.setAttribute("aria-rowcount", this.view.count + 1);
    table.tabIndex = 0;
    for (const name of ["tabindex", "role", "aria-label"]) scroller.removeAttribute(name);
    for (const piece of this.querySelectorAll(".table-pages, .table-all")) piece.hidden = !piece.matches(".table-all");
    this.querySelectorAll("tr > th").forEach((head, at) => head.setAttribute("aria-colindex", at + 1));
    this.#listen();
    this.#bindKeys();
    this.#arrange();
    this.#measure();
    if (this.view.selected >= 0) this.#show(this.places[this.view.selected], "center");
  }

  #listen() {
    const {signal} = this.#leaving;
    const {view, scroller} = this;
    const listen = (target, type, run) => target.addEventListener(type, run, {signal});
    listen(scroller, "scroll", () => this.#schedule());
    listen(view, "select", () => this.#follow());
    listen(view, "matches", () => this.#schedule(true));
    listen(this.table, "click", (event) => this.#click(event));
    listen(this.table, "pointerdown", ({target}) => this.#address(target.closest("tr[data-row]")));
    this.sizes = new ResizeObserver(() => this.#measure());
    this.sizes.observe(scroller);
  }

  // Sorting

  #keysOf(column) {
    if (!this.#keys.has(column)) this.#keys.set(column, this.#makeKeys(column));
    return this.#keys.get(column);
  }

  #makeKeys(column) {
    const {block, count, end, criticalTime} = this.view;
    const {services, operations} = block.header;
    const byOperation = (ranks) => Float64Array.from(block.operation, (operation) => ranks[operation]);
    const makers = {
      row: () => Int32Array.from({length: count}, (_, row) => row),
      start: () => block.start,
      duration: () => block.duration,
      self: () => Float64Array.from({length: count}, (_, row) => selfTime(block, end, row)),
      critical: () => criticalTime,
      status: () => Int32Array.from(block.flags, (flags) => (flags & ERROR ? 1 : 0)),
      kind: () => byOperation(operations.map(([, , kind]) => this.#rankKind(kind))),
      name: () => byOperation(rankNames(operations.map(([, name]) => name))),
      service: () => byOperation(rankNames(operations.map(([service]) => services[service].name))),
    };
    return makers[column]?.() ?? this.values.get(column).numbers;
  }

  /** A kind that has no name is written with its number. */
  #rankKind(kind) {
    return KINDS.includes(kind) ? KINDS.indexOf(kind) : Number(kind.replace("kind ", ""));
  }

  #arrange() {
    this.order = sortRows(this.#keysOf(this.sort.replace(/^-/, "")), this.sort.startsWith("-"));
    this.places = invert(this.order);
  }

  #sortBy(column) {
    this.sort = turnSort(this.sort, column);
    const descending = this.sort.startsWith("-");
    for (const head of this.heads) {
      if (head.dataset.column === column) head.ariaSort = descending ? "descending" : "ascending";
      else head.removeAttribute("aria-sort");
    }
    this.#arrange();
    this.scroller.scrollTop = 0;
    this.#schedule(true);
    this.#say();
  }

  /** The address, and whatever leads on from here, say how the table is sorted. */
  #say() {
    const search = (link, sort) => {
      const words = new URLSearchParams(link.search);
      words.set("sort", sort);
      link.search = words;
    };
    for (const head of this.heads) {
      const [link, drop] = head.querySelectorAll("a");
      search(link, turnSort(this.sort, head.dataset.column));
      if (drop) search(drop, this.sort.replace(/^-/, "") === head.dataset.column ? "-duration" : this.sort);
    }
    search(this.querySelector(".table-file"), this.sort);
    const input = this.querySelector("input[name=sort]");
    if (input) input.value = this.sort;
    const params = [`sort=${encodeURIComponent(this.sort)}`];
    if (this.dataset.columns) params.push(`columns=${encodeURIComponent(this.dataset.columns)}`);
    this.dispatchEvent(new CustomEvent("viewparams", {bubbles: true, detail: params}));
  }

  // Painting

  #measure() {
    this.headPx = this.querySelector("thead").offsetHeight;
    this.rowPx = parseFloat(getComputedStyle(this.body).getPropertyValue("--row-px")) || 28;
    this.viewPx = Math.max(this.rowPx, this.scroller.clientHeight - this.headPx);
    const wanted = Math.min(this.view.count, Math.ceil(this.viewPx / this.rowPx) + 3 * SPARE_ROWS + 1);
    while (this.pool.length < wanted) this.pool.push(this.#makeRow());
    for (const row of this.pool.splice(wanted)) row.element.remove();
    this.#schedule(true);
  }

  #makeRow() {
    const element = this.template.cloneNode(true);
    this.body.append(element);
    const cells = [...element.cells];
    cells.forEach((cell, at) => cell.setAttribute("aria-colindex", at + 1));
    cells.forEach((cell) => cell.setAttribute("role", "gridcell"));
    const [chip, service, link] = [".chip", "b", "a"].map((name) => element.querySelector(name));
    link.tabIndex = -1;
    const texts = [chip, service, link, ...cells.slice(2)].map(makeText);
    return {element, cells, link, chip, texts, place: -1};
  }

  get #list() {
    return {count: this.view.count, rowPx: this.rowPx, viewPx: this.viewPx};
  }

  #schedule(all = false) {
    this.dirty ||= all;
    this.#frame ||= requestAnimationFrame(() => this.#paint());
  }

  /** Rows keep their places in the document: moving one would cost its style and that of its cells. */
  #paint() {
    this.#frame = 0;
    const {pool, dirty, scroller, rowPx} = this;
    const {heightPx, shiftPx, first} = placeRows({...this.#list, scrolledPx: scroller.scrollTop});
    const begin = Math.max(0, Math.min(first - SPARE_ROWS - (first % SPARE_ROWS), this.view.count - pool.length));
    const abovePx = begin * rowPx - shiftPx;
    this.dirty = false;
    this.spaces[0].style.height = `${abovePx}px`;
    this.spaces[1].style.height = `${heightPx - abovePx - pool.length * rowPx}px`;
    pool.forEach((row, at) => {
      if (row.place !== begin + at || dirty) this.#fill(row, begin + at);
    });
    this.#point();
  }

  #fill(row, place) {
    const {view, order} = this;
    const {block} = view;
    const at = order[place];
    const operation = block.operation[at];
    const [service, , kind] = block.header.operations[operation];
    const isError = Boolean(block.flags[at] & ERROR);
    row.place = place;
    row.element.dataset.row = at;
    row.element.id = `t${at}`;
    row.element.ariaRowIndex = place + 2;
    row.element.ariaSelected = at === view.selected;
    row.link.href = `?row=${at}`;
    setClass(row.element, `${at === view.selected ? "sel" : ""} ${view.isMatch(at) ? "hit" : ""}`);
    setClass(row.chip, `chip c${block.header.services[service].slot}`);
    setClass(row.cells[3], `of-status${isError ? " err" : ""}`);
    const critical = view.criticalTime[at];
    const {letters: pair, name} = this.services[service];
    const times = [`+${duration(block.start[at])}`, duration(block.duration[at]), duration(this.#keysOf("self")[at])];
    const added = this.added.map((column) => this.#valueOf(column, at));
    [pair, name, this.names[operation], kind, isError ? `✕ ${this.dataset.error}` : "", ...times, critical ? duration(critical) : "", ...added].forEach(
      (text, index) => setText(row.texts[index], text),
    );
    added.forEach((text, index) => (row.cells[8 + index].title = text));
  }

  #valueOf(column, row) {
    const {values, numbers} = this.values.get(column);
    return numbers[row] === ABSENT ? "" : values[numbers[row]];
  }

  #point() {
    const {selected} = this.view;
    if (document.getElementById(`t${selected}`)) this.table.setAttribute("aria-activedescendant", `t${selected}`);
    else this.table.removeAttribute("aria-activedescendant");
  }

  // Moving

  #follow() {
    const {selected} = this.view;
    if (selected >= 0) this.#show(this.places[selected], "nearest");
    this.#schedule(true);
  }

  #show(place, align) {
    const {scroller} = this;
    const {shiftPx} = placeRows({...this.#list, scrolledPx: scroller.scrollTop});
    const top = topToShow(place, align, scroller.scrollTop + shiftPx, this.#list);
    if (top !== null) scroller.scrollTop = scrollFor(top, this.#list);
  }

  #goTo(place) {
    const {view} = this;
    const at = Math.max(0, Math.min(place, view.count - 1));
    view.select(this.order[at], {scroll: false});
  }

  #step(by) {
    const {selected} = this.view;
    if (selected >= 0) this.#goTo(this.places[selected] + by);
    else this.#goTo(placeRows({...this.#list, scrolledPx: this.scroller.scrollTop}).first);
  }

  #bindKeys() {
    const {view, table} = this;
    const page = () => Math.max(1, Math.floor(this.viewPx / this.rowPx) - 1);
    const bind = (key, text, run) => ({keys: [key], text, within: table, run});
    this.unbind = bindKeys("Table", [
      bind("ArrowDown", "Next row", () => this.#step(1)),
      bind("ArrowUp", "Previous row", () => this.#step(-1)),
      bind("PageDown", "A screen down", () => this.#step(page())),
      bind("PageUp", "A screen up", () => this.#step(-page())),
      bind("Home", "First row", () => this.#goTo(0)),
      bind("End", "Last row", () => this.#goTo(view.count - 1)),
      bind("ArrowRight", "Columns to the right", () => (this.scroller.scrollLeft += 120)),
      bind("ArrowLeft", "Columns to the left", () => (this.scroller.scrollLeft -= 120)),
      bind("Enter", "Go to the span's details", () => view.selected >= 0 && view.select(view.selected, {scroll: false, focus: true})),
    ]);
  }

  // Pointing

  #click(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const head = event.target.closest("th");
    const row = event.target.closest("tr[data-row]");
    if (head && event.target.closest("a:not(.drop)")) {
      event.preventDefault();
      this.#sortBy(head.dataset.column);
    } else if (row) {
      event.preventDefault();
      this.table.focus({preventScroll: true});
      this.view.select(Number(row.dataset.row), {scroll: false});
    }
  }

  /** Where a row leads who opens it in another tab: to this table as it is. */
  #address(row) {
    if (!row) return;
    const words = new URLSearchParams(location.search);
    words.delete("span");
    words.set("row", row.dataset.row);
    row.querySelector("a").search = words;
  }
}

customElements.define("trace-table", TraceTable);
