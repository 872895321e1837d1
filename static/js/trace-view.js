/**
 * What one trace page shows: the trace, and what of it is open, folded, zoomed into, selected and found.
 *
 * Elements change it through its methods and listen to its events; they do not know each other. Times are nanoseconds
 * from the start of the trace. A row is a span's place in the block.
 */
import {CUT} from "./lib/block.js";
import {indexPath} from "./lib/critical-path.js";
import {findEntry, kindOf, listEntries, readRuns, rowOf} from "./lib/entries.js";
import {keptRows, rowsOfServices} from "./lib/filters.js";
import {placeOf} from "./lib/matches.js";
import {deriveTree, findReach, indentBelow} from "./lib/tree.js";

export const SHOW = 0;
export const DIM = 1;
export const FOLD = 2;

/** From so many spans on, repeats are folded until somebody opens them; below, when somebody folds them. */
const FOLDS_FROM_SPANS = 200;
const MAX_ZOOM_STEPS = 100;

export class TraceView extends EventTarget {
  constructor(block) {
    super();
    const count = block.start.length;
    Object.assign(this, deriveTree(block.depth));
    this.block = block;
    this.count = count;
    this.duration_ns = Number(block.header.duration_ns);
    this.runs = readRuns(block.repeat_row, block.repeat_count, this.end, block.duration);
    this.missing = new Map();
    block.missing_row.forEach((row, at) => {
      if (!(block.flags[row] & CUT)) this.missing.set(row, block.missing_parent[at]);
    });
    this.base = indentBelow(this.missing.keys(), block.depth, this.end);
    this.levelCount = this.base.reduce((most, level) => Math.max(most, level), 0) + 1;
    this.reach = findReach(block, this.parent);
    this.path = indexPath(block, count);
    this.criticalTime = this.path.time; // by row, ns
    this.showsPath = true;
    this.usual = []; // by operation: null, or {p50, p95, count} in ns
    this.closed = new Uint8Array(count);
    this.level = null; // so many levels are open; null once single rows were opened or closed
    this.entries = new Int32Array(count + this.runs.head.length + this.missing.size);
    this.levels = new Uint32Array(this.entries.length);
    this.entryCount = 0;
    this.viewport = {first: 0, last: 0};
    this.zoom = {from: 0, to: this.duration_ns};
    this.zoomSteps = [];
    this.selected = -1;
    this.spanId = "";
    this.findText = "";
    this.matches = new Int32Array(0);
    this.match = -1;
    this.onlyMatches = false;
    this.crosshair = null;
    this.serviceModes = new Uint8Array(block.header.services.length);
    this.foldsAtFirst = count >= FOLDS_FROM_SPANS;
    this.foldsRepeats = this.foldsAtFirst;
    this.onlyErrors = this.onlyCritical = false;
    this.minShare = 0;
    this.focus = -1;
    this.marked = new Set();
    this.events = new Map(); // row → [offset, whether it is an exception] each, once they are known
    this.linksIn = new Map(); // row → how many spans of other traces link to it
    this.openedFor = []; // undoes what the last match opened
    this.#list();
  }

  // Reading

  serviceOf(row) {
    return this.block.header.operations[this.block.operation[row]][0];
  }

  colourOf(row) {
    return this.block.header.services[this.serviceOf(row)].slot;
  }

  isDimmed(row) {
    return this.serviceModes[this.serviceOf(row)] === DIM;
  }

  /** How many spans of folded services lie between a row and the next one above it that is shown. */
  countFoldedAbove(row) {
    let folded = 0;
    for (let at = this.parent[row]; at >= 0 && this.serviceModes[this.serviceOf(at)] === FOLD; at = this.parent[at]) folded++;
    return folded;
  }

  positionOf(row) {
    return findEntry(this.entries, this.entryCount, row);
  }

  kindAt(position) {
    return kindOf(this.entries[position]);
  }

  rowAt(position) {
    return rowOf(this.entries[position]);
  }

  /** Whether find found a row. */
  isMatch(row) {
    return placeOf(this.matches, row) >= 0;
  }

  get isFiltered() {
    return this.onlyErrors || this.onlyCritical || this.minShare > 0 || (this.onlyMatches && this.matches.length > 0);
  }

  // An address

  /** Takes over what an address says (lib/address.js); what makes no sense for this trace is left out. */
  restore({from, to, find, only, closed, opened, level, focus, errors, critical, path, min, foldsRepeats, serviceModes}) {
    const isRow = (row) => row >= 0 && row < this.count;
    this.findText = find;
    this.onlyMatches = only;
    this.level = level;
    if (level !== null) this.#closeBelow(level);
    for (const row of closed.filter(isRow)) this.closed[row] = this.childCount[row] ? 1 : 0;
    for (const row of opened.filter(isRow)) if (this.runs.of[row] >= 0) this.runs.opened[this.runs.of[row]] = 1;
    this.focus = isRow(focus) ? focus : -1;
    this.onlyErrors = errors;
    this.onlyCritical = critical;
    this.showsPath = path;
    this.minShare = min / 100;
    this.foldsRepeats = foldsRepeats ?? this.foldsAtFirst;
    this.serviceModes.set(serviceModes);
    this.setZoom(from ?? 0, to ?? this.duration_ns, {remember: false});
    this.#list();
  }

  /** What an address must say for `restore` to show the same. */
  describe() {
    const {from, to} = this.zoom;
    const rows = (flags) => Array.from(flags.keys()).filter((at) => flags[at]);
    return {
      span: this.spanId,
      from: from > 0 ? from : null,
      to: to < this.duration_ns ? to : null,
      find: this.findText,
      only: this.onlyMatches,
      closed: this.level === null ? rows(this.closed) : [],
      opened: rows(this.runs.opened).map((run) => this.runs.head[run]),
      level: Number.isFinite(this.level) ? this.level : null,
      focus: this.focus,
      errors: this.onlyErrors,
      critical: this.onlyCritical,
      path: this.showsPath,
      min: this.minShare * 100,
      foldsRepeats: this.foldsRepeats === this.foldsAtFirst ? null : this.foldsRepeats,
    };
  }

  // Time

  setZoom(from, to, {remember = true} = {}) {
    const {from: oldFrom, to: oldTo} = this.zoom;
    const start = Math.max(0, Math.min(from, to));
    const stop = Math.min(this.duration_ns, Math.max(from, to));
    if (!(stop > start) || (start === oldFrom && stop === oldTo)) return;
    if (remember) {
      this.zoomSteps.push(this.zoom);
      this.zoomSteps.splice(0, this.zoomSteps.length - MAX_ZOOM_STEPS);
    }
    this.zoom = {from: start, to: stop};
    this.#say("zoom");
  }

  zoomBack() {
    const {from, to} = this.zoomSteps.pop() ?? {from: 0, to: this.duration_ns};
    this.setZoom(from, to, {remember: false});
  }

  setCrosshair(at) {
    if (at === this.crosshair) return;
    this.crosshair = at;
    this.#say("crosshair");
  }

  // Rows

  /** −1 selects nothing. It scrolls before others change the page, or the browser would lay it out twice. */
  select(row, {scroll = true, focus = false} = {}) {
    if (row >= 0) this.reveal(row);
    if (scroll && row >= 0) this.scrollTo(this.positionOf(row));
    if (row === this.selected && !focus) return;
    if (row !== this.selected) this.spanId = "";
    this.selected = row;
    this.#say("select", {focus});
  }

  setSpanId(id) {
    if (id === this.spanId) return;
    this.spanId = id;
    this.#say("spanid");
  }

  setViewport(first, last) {
    if (first === this.viewport.first && last === this.viewport.last) return;
    this.viewport = {first, last};
    this.#say("viewport");
  }

  /** Asks for an entry to be brought into view. */
  scrollTo(position, align = "nearest") {
    this.#say("scrollto", {position, align});
  }

  toggle(row) {
    this.setClosed([row], !this.closed[row]);
  }

  setClosed(rows, isClosed) {
    this.level = null;
    for (const row of rows) if (this.childCount[row]) this.closed[row] = isClosed ? 1 : 0;
    this.#relist();
  }

  /** So many levels are open, what is below is closed; Infinity opens all. */
  openLevels(level) {
    this.level = level;
    this.#closeBelow(level);
    this.#relist();
  }

  #closeBelow(level) {
    for (let row = 0; row < this.count; row++) {
      this.closed[row] = this.childCount[row] && this.base[row] + 1 >= level ? 1 : 0;
    }
  }

  /** The deepest level that is shown. */
  get openLevel() {
    let deepest = 0;
    for (let position = 0; position < this.entryCount; position++) deepest = Math.max(deepest, this.levels[position]);
    return deepest + 1;
  }

  /** Opens or folds the run of repeats that a row begins. */
  setRunOpen(row, isOpen) {
    const run = this.runs.of[row] ?? -1;
    if (run < 0) return;
    this.runs.opened[run] = isOpen ? 1 : 0;
    this.#relist();
  }

  setFoldsRepeats(folds) {
    this.foldsRepeats = folds;
    this.runs.opened.fill(0);
    this.#relist();
  }

  setServiceMode(service, mode) {
    this.serviceModes[service] = mode;
    this.#relist();
  }

  showAllServices() {
    this.serviceModes.fill(SHOW);
    this.#relist();
  }

  setOnlyErrors(only) {
    this.onlyErrors = only;
    this.#relist();
  }

  setOnlyCritical(only) {
    this.onlyCritical = only;
    this.#relist();
  }

  /** Whether the critical path is drawn. */
  setShowsPath(shows) {
    this.showsPath = shows;
    this.#say("entries");
  }

  /** How long each operation of the block usually takes: null, or {p50, p95, count} in ns. */
  setUsual(list) {
    this.usual = list;
    this.#say("usual");
  }

  /** Hides what takes less than this share (0 to 1) of the trace, but for errors and what is above a longer span. */
  setMinShare(share) {
    this.minShare = share;
    this.#relist();
  }

  /** Shows only a row and what is below it; −1 shows all. */
  setFocus(row) {
    this.focus = row;
    this.#relist();
  }

  setLinksIn(rows) {
    for (const row of rows) this.linksIn.set(row, (this.linksIn.get(row) ?? 0) + 1);
    if (rows.length) this.#say("entries");
  }

  toggleMark(row) {
    if (!this.marked.delete(row)) this.marked.add(row);
    this.#say("entries");
  }

  /** Opens whatever hides a row; filters that hide it are lifted. Returns the rows that were closed. */
  reveal(row) {
    const opened = [];
    let changed = false;
    for (let at = row; at >= 0; at = this.parent[at]) {
      if (at !== row && this.closed[at]) {
        this.closed[at] = 0;
        this.level = null;
        opened.push(at);
      }
      const run = this.runs.of[at] ?? -1;
      if (this.foldsRepeats && run >= 0 && !this.runs.opened[run] && this.runs.slowest[run] !== at) {
        this.runs.opened[run] = 1;
        changed = true;
      }
    }
    if (changed || opened.length) this.#relist();
    if (this.positionOf(row) < 0) this.#lift(row);
    return opened;
  }

  // Finding

  setFindText(text) {
    if (text === this.findText) return;
    this.findText = text;
    this.#say("find");
  }

  setMatches(rows, match = -1) {
    this.matches = rows;
    this.match = match;
    if (this.onlyMatches) this.#list();
    this.#say("matches");
    if (this.onlyMatches) this.#say("entries");
  }

  setOnlyMatches(only) {
    this.onlyMatches = only;
    this.#relist();
  }

  goToMatch(index) {
    this.match = index;
    this.visit(this.matches[index]);
    this.#say("matches");
  }

  /** Selects a row wherever it is hidden; what was opened for the row visited before is closed again. */
  visit(row) {
    const toClose = this.openedFor.filter((each) => !(each <= row && row < this.end[each]));
    for (const each of toClose) this.closed[each] = 1;
    if (toClose.length) this.#relist();
    this.openedFor = [...this.openedFor.filter((each) => !this.closed[each]), ...this.reveal(row)];
    this.select(row);
  }

  // What is shown

  #lift(row) {
    this.onlyErrors = this.onlyCritical = this.onlyMatches = false;
    this.minShare = 0;
    if (!(this.focus <= row && row < this.end[this.focus])) this.focus = -1;
    if (this.serviceModes[this.serviceOf(row)] === FOLD) this.serviceModes[this.serviceOf(row)] = SHOW;
    this.#relist();
  }

  #relist() {
    this.#list();
    this.#say("entries");
  }

  #list() {
    const focus = this.focus;
    const keep = this.isFiltered ? keptRows(this) : null;
    const shown = {
      first: focus < 0 ? 0 : focus,
      last: focus < 0 ? this.count : this.end[focus],
      outdent: focus < 0 ? 0 : this.base[focus],
      closed: this.closed,
      keep,
      folded: this.serviceModes.includes(FOLD) ? rowsOfServices(this.block, (service) => this.serviceModes[service] === FOLD) : null,
      runs: this.foldsRepeats && !keep ? this.runs : null,
      missing: this.missing.size && focus < 0 ? this.missing : null,
    };
    this.entryCount = listEntries(this, shown, this.entries, this.levels);
  }

  #say(type, detail) {
    this.dispatchEvent(new CustomEvent(type, {detail}));
  }
}
