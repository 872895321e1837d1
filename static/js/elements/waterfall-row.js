// One row of the waterfall's pool: fills the markup of templates/traces/_row.html for whatever entry it is given. It
// runs for every row that scrolls in, so it changes nothing that is as it should be: styles cost more than scripts.

import {
  CLOCK_CORRECTED,
  CLOCK_IMPLAUSIBLE,
  CUT,
  ENDS_BEFORE_START,
  ERROR,
  ERROR_BELOW,
  HAS_EVENTS,
  HAS_EXCEPTION,
  HAS_LINKS,
  UNFINISHED,
} from "../lib/block.js";
import {barPath, bracketPath, linePath, percent, rectanglesPath, ticksPath} from "../lib/bars.js";
import {selfSegments} from "../lib/coverage.js";
import {pathSegments} from "../lib/critical-path.js";
import {kindOf, membersOf, MISSING, REPEAT, rowOf, SPAN} from "../lib/entries.js";
import {count, duration, kindGlyph, letters, named} from "../lib/words.js";

const MAX_INDENT = 24;
const LABEL_GAP_PX = 6;
// Marks of a row: the flag, what stands there, and what it means.
const MARKS = [
  [HAS_EXCEPTION, "!", "exception"],
  [HAS_EVENTS, "•", "events"],
  [HAS_LINKS, "↗", "links to other spans"],
  [CLOCK_CORRECTED, "⇄", "moved: its clock differs"],
  [CLOCK_IMPLAUSIBLE, "◷", "impossible clock"],
  [ENDS_BEFORE_START, "⇤", "ends before it starts"],
  [UNFINISHED, "…", "sent without an end"],
  [CUT, "↻", "one of its ancestors is itself"],
];

export class WaterfallRow {
  /** @param {HTMLElement} element made from the template */
  constructor(element) {
    this.element = element;
    this.position = -1;
    const part = (selector) => element.querySelector(selector);
    this.named = part(".name");
    this.twist = part(".twist");
    this.badge = part(".badge");
    this.chip = part(".chip");
    this.error = part("em");
    this.link = part("a");
    this.link.tabIndex = -1; // keys move from row to row; Tab leaves the grid
    this.service = part("a b");
    this.name = part("a span");
    this.marks = part(".marks");
    this.time = part(".time");
    this.shape = part(".shape");
    this.paths = {whole: part(".whole"), self: part(".self")};
    this.drawn = {};
    this.label = part(".length");
  }

  /** Shows an entry of the view. */
  draw(view, position, active, plotPx) {
    const code = view.entries[position];
    const row = rowOf(code);
    const kind = kindOf(code);
    this.position = position;
    if (this.element.title) this.element.title = "";
    this.element.id = kind === SPAN ? `r${row + 1}` : `r${row + 1}-${kind}`;
    this.#dress(view, kind, row, view.levels[position], code === active);
    this.element.setAttribute("aria-rowindex", position + 1);
    this.element.setAttribute("aria-level", view.levels[position] + 1);
    this.element.setAttribute("aria-selected", kind === SPAN && row === view.selected);
    setState(this.element, "aria-expanded", this.#expanded(view, kind, row));
    setText(this.twist, {true: "▾", false: "▸"}[this.#expanded(view, kind, row)] ?? "");
    setText(this.badge, this.#badge(view, kind, row, view.levels[position]));
    if (kind === MISSING) this.#nameMissing(view, row);
    else this.#nameSpan(view, kind, row);
    this.drawBar(view, plotPx);
  }

  /** Draws the bar again, as after zooming. */
  drawBar(view, plotPx) {
    const code = view.entries[this.position];
    const row = rowOf(code);
    const kind = kindOf(code);
    if (kind === MISSING) return this.#drawNothing("");
    const {block, end, zoom} = view;
    const from = block.start[row];
    const to = kind === REPEAT ? lastEnd(view, view.runs.of[row]) : from + block.duration[row];
    const text = kind === REPEAT ? describeRun(view, view.runs.of[row]) : duration(block.duration[row]);
    this.time.setAttribute("aria-label", `${text}, at ${duration(from)}`);
    const scale = (at) => percent(at, zoom);
    const [x, after] = [scale(from), scale(to)];
    this.label.style.transform = `translateX(${(Math.max(0, Math.min(100, after)) * plotPx) / 100 + LABEL_GAP_PX}px)`;
    if (to < zoom.from) return this.#drawNothing(`◂ ${text}`);
    if (from > zoom.to) return this.#drawNothing(`${text} ▸`);
    setText(this.label, text);
    const least = (zoom.to - zoom.from) / 1000;
    const segments = kind === REPEAT ? runSegments(view, view.runs.of[row], least) : selfSegments(block, end, row, zoom, least);
    this.#path("whole", barPath(x, after));
    this.#path("self", kind === REPEAT || view.childCount[row] ? rectanglesPath(segments, scale) : "");
    // It goes on behind the label, where there is room.
    const reach = kind === SPAN && view.reach[row] > to && scale(view.reach[row]);
    const beside = after + (100 * (2 * LABEL_GAP_PX + 6 * text.length)) / plotPx;
    this.#path("reach", reach ? linePath(beside < reach ? beside : after, reach) : "");
    const usual = kind === SPAN && view.usual[block.operation[row]];
    this.#path("over", usual && to - from > usual.p95 ? linePath(scale(from + usual.p95), after) : "");
    this.#path("usual", usual ? bracketPath(scale(from + usual.p50), scale(from + usual.p95)) : "");
    this.#path("critical", view.showsPath ? rectanglesPath(this.#critical(view, kind, row, least), scale, 20, 22) : "");
    const events = kind === SPAN ? (view.events.get(row) ?? []) : [];
    this.#path("ticks", ticksPath(events.filter(([, isException]) => !isException), scale, 4, 16));
    this.#path("alarms", ticksPath(events.filter(([, isException]) => isException), scale, 2, 20));
  }

  /** The critical path in a row; in one that hides others, theirs too. */
  #critical({block, closed, end, path, runs, zoom}, kind, row, least) {
    const rows = kind === SPAN ? [row] : [...membersOf(runs, runs.of[row], end)];
    const ranges = rows.map((each) => [each, kind === REPEAT || closed[each] ? end[each] : each + 1]);
    return pathSegments(block, path, ranges, zoom, least);
  }

  #drawNothing(text) {
    setText(this.label, text);
    for (const name in this.paths) this.#path(name, "");
  }

  /** What a bar seldom has exists once it had it. */
  #path(name, d) {
    if ((this.drawn[name] ?? "") === d) return;
    this.drawn[name] = d;
    if (!this.paths[name]) {
      this.paths[name] = this.shape.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path"));
      this.paths[name].setAttribute("class", name);
    }
    this.paths[name].setAttribute("d", d);
  }

  /** Colour and indentation are classes of those that show them: of the row they would be every part's. */
  #dress(view, kind, row, level, isActive) {
    const {flags} = view.block;
    const isSpan = kind === SPAN;
    const looks = [
      "row",
      kind === MISSING && "missing",
      kind === REPEAT && "repeat",
      isSpan && !view.childCount[row] && "leaf",
      isSpan && flags[row] & ERROR && "e",
      isSpan && flags[row] & UNFINISHED && "endless",
      isSpan && row === view.selected && "sel",
      isSpan && view.isMatch(row) && "hit",
      isSpan && view.marked.has(row) && "marked",
      isSpan && view.closed[row] && "closed",
      view.isDimmed(row) && "dim",
      isActive && "active",
    ];
    setClass(this.element, looks.filter(Boolean).join(" "));
    setClass(this.named, `name d${Math.min(level, MAX_INDENT)}`);
    if (kind === MISSING) return;
    setClass(this.chip, `chip c${view.colourOf(row)}`);
    setClass(this.shape, `shape c${view.colourOf(row)}`);
  }

  #expanded(view, kind, row) {
    if (kind === REPEAT) return false;
    return kind === SPAN && view.childCount[row] ? !view.closed[row] : null;
  }

  #badge(view, kind, row, level) {
    if (kind === REPEAT) return `×${count(view.runs.count[view.runs.of[row]])}`;
    if (level > MAX_INDENT) return `depth ${count(level + 1)}`;
    if (kind === SPAN && view.closed[row]) return `+${count(view.end[row] - row - 1)}`;
    const folded = kind === SPAN ? view.countFoldedAbove(row) : 0;
    return folded ? `${count(folded)} folded` : "";
  }

  #nameSpan(view, kind, row) {
    const {flags, header} = view.block;
    const [service, name, spanKind] = header.operations[view.block.operation[row]];
    const parent = view.parent[row];
    const isHidden = kind === SPAN && view.closed[row] && !(flags[row] & ERROR) && flags[row] & ERROR_BELOW;
    this.chip.hidden = false;
    if (this.link.title) this.link.title = "";
    setText(this.chip, letters(header.services[service].name));
    this.error.hidden = !(kind === SPAN && (flags[row] & ERROR || isHidden));
    if (!this.error.hidden) {
      setText(this.error, isHidden ? "◇" : "✕");
      this.error.setAttribute("aria-label", isHidden ? "errors inside" : "error");
    }
    setText(this.service, parent >= 0 && view.serviceOf(parent) === service ? "" : named(header.services[service].name));
    setText(this.name, named(name));
    const marks = MARKS.filter(([flag], at) => flags[row] & flag && !(at === 1 && flags[row] & HAS_EXCEPTION));
    const glyph = kindGlyph(spanKind);
    const shown = kind === SPAN ? [...(glyph ? [[0, glyph, spanKind]] : []), ...marks, ...linked(view, row)] : [];
    this.marks.hidden = !shown.length;
    if (!shown.length) return;
    setText(this.marks, shown.map(([, sign]) => sign).join(" "));
    this.marks.title = shown.map(([, , meaning]) => meaning).join(", ");
    this.marks.setAttribute("aria-label", this.marks.title);
    this.marks.classList.toggle("bad", Boolean(flags[row] & HAS_EXCEPTION));
  }

  #nameMissing(view, row) {
    const id = view.missing.get(row);
    this.chip.hidden = this.error.hidden = this.marks.hidden = true;
    setText(this.service, "");
    setText(this.name, `parent ${id.slice(0, 4)}…${id.slice(-4)} never arrived`);
    this.link.title = id;
  }
}

/** Text in its one node: no node is made anew. */
function setText(element, text) {
  const node = element.firstChild;
  if (!node) element.append(text);
  else if (node.data !== text) node.data = text;
}

function setClass(element, names) {
  if (element.getAttribute("class") !== names) element.setAttribute("class", names);
}

function setState(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

function linked(view, row) {
  const links = view.linksIn.get(row);
  return links ? [[0, `↙${links > 1 ? links : ""}`, `${links} spans of other traces link to it`]] : [];
}

function lastEnd(view, run) {
  let last = 0;
  for (const row of membersOf(view.runs, run, view.end)) last = Math.max(last, view.block.start[row] + view.block.duration[row]);
  return last;
}

/** `480 ms in all, median 9.8 ms, up to 41 ms` */
function describeRun(view, run) {
  const durations = Float64Array.from(membersOf(view.runs, run, view.end), (row) => view.block.duration[row]).sort();
  const sum = durations.reduce((total, each) => total + each, 0);
  return `Σ ${duration(sum)} · median ${duration(durations[durations.length >> 1])}`;
}

function runSegments(view, run, least) {
  const segments = [];
  for (const row of membersOf(view.runs, run, view.end)) {
    const from = view.block.start[row];
    const to = from + view.block.duration[row];
    if (to < view.zoom.from || from > view.zoom.to) continue;
    if (segments.length && from - segments.at(-1) < least) segments[segments.length - 1] = Math.max(to, segments.at(-1));
    else segments.push(from, to);
  }
  return segments;
}
