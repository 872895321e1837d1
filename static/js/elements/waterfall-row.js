// One row of the waterfall's pool: fills the markup of templates/traces/_row.html for whatever entry it is given.

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
import {barPath, linePath, percent, rectanglesPath, ticksPath} from "../lib/bars.js";
import {selfSegments} from "../lib/coverage.js";
import {kindOf, membersOf, MISSING, REPEAT, rowOf, SPAN} from "../lib/entries.js";
import {count, duration, kindGlyph, letters, named} from "../lib/words.js";

const MAX_INDENT = 24;
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
  /** @param {HTMLElement} element made from the template, or by the server */
  constructor(element) {
    this.element = element;
    this.position = -1;
    const part = (selector) => element.querySelector(selector);
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
    this.paths = Object.fromEntries(
      ["whole", "self", "reach", "ticks", "alarms"].map((name) => [name, part(`path.${name}`)]),
    );
    this.label = part(".length text");
  }

  /** Shows an entry of the view. */
  draw(view, position, active) {
    const code = view.entries[position];
    const row = rowOf(code);
    const kind = kindOf(code);
    this.position = position;
    this.element.title = "";
    this.element.id = kind === SPAN ? `r${row + 1}` : `r${row + 1}-${kind}`;
    this.element.className = this.#look(view, kind, row, view.levels[position], code === active);
    this.element.setAttribute("aria-rowindex", position + 1);
    this.element.setAttribute("aria-level", view.levels[position] + 1);
    this.element.setAttribute("aria-selected", kind === SPAN && row === view.selected);
    setState(this.element, "aria-expanded", this.#expanded(view, kind, row));
    this.twist.textContent = {true: "▾", false: "▸"}[this.#expanded(view, kind, row)] ?? "";
    this.badge.textContent = this.#badge(view, kind, row, view.levels[position]);
    if (kind === MISSING) this.#nameMissing(view, row);
    else this.#nameSpan(view, kind, row);
    this.drawBar(view);
  }

  /** Draws the bar again, as after zooming. */
  drawBar(view) {
    const code = view.entries[this.position];
    const row = rowOf(code);
    const kind = kindOf(code);
    for (const path of Object.values(this.paths)) path.setAttribute("d", "");
    this.label.textContent = "";
    if (kind === MISSING) return;
    const {block, end, zoom} = view;
    const from = block.start[row];
    const to = kind === REPEAT ? lastEnd(view, view.runs.of[row]) : from + block.duration[row];
    const scale = (at) => percent(at, zoom);
    const [x, after] = [scale(from), scale(to)];
    const text = kind === REPEAT ? describeRun(view, view.runs.of[row]) : duration(block.duration[row]);
    this.time.setAttribute("aria-label", `${text}, at ${duration(from)}`);
    this.label.textContent = to < zoom.from ? `◂ ${text}` : from > zoom.to ? `${text} ▸` : text;
    this.label.setAttribute("x", `${Math.max(0, Math.min(100, after))}%`);
    if (to < zoom.from || from > zoom.to) return;
    const least = (zoom.to - zoom.from) / 1000;
    const segments = kind === REPEAT ? runSegments(view, view.runs.of[row], least) : selfSegments(block, end, row, zoom, least);
    const {whole, self, reach, ticks, alarms} = this.paths;
    whole.setAttribute("d", barPath(x, after));
    self.setAttribute("d", kind === SPAN && !view.childCount[row] ? barPath(x, after) : rectanglesPath(segments, scale));
    if (kind === REPEAT) return;
    if (view.reach[row] > to) reach.setAttribute("d", linePath(after, scale(view.reach[row])));
    const events = view.events.get(row);
    if (!events) return;
    ticks.setAttribute("d", ticksPath(events.filter(([, isException]) => !isException), scale, 4, 16));
    alarms.setAttribute("d", ticksPath(events.filter(([, isException]) => isException), scale, 2, 20));
  }

  #look(view, kind, row, level, isActive) {
    const {flags} = view.block;
    return [
      "row",
      kind === MISSING ? "missing" : `c${view.colourOf(row)}`,
      `d${Math.min(level, MAX_INDENT)}`,
      kind === REPEAT && "repeat",
      kind === SPAN && view.closed[row] && "closed",
      kind === SPAN && flags[row] & ERROR && "e",
      kind === SPAN && flags[row] & UNFINISHED && "endless",
      kind === SPAN && row === view.selected && "sel",
      kind === SPAN && view.isMatch(row) && "hit",
      kind === SPAN && view.marked.has(row) && "marked",
      view.isDimmed(row) && "dim",
      isActive && "active",
    ]
      .filter(Boolean)
      .join(" ");
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
    this.chip.textContent = letters(header.services[service].name);
    this.error.hidden = !(kind === SPAN && (flags[row] & ERROR || isHidden));
    this.error.textContent = isHidden ? "◇" : "✕";
    this.error.setAttribute("aria-label", isHidden ? "errors inside" : "error");
    this.service.textContent =
      parent >= 0 && view.serviceOf(parent) === service ? "" : named(header.services[service].name);
    this.name.textContent = named(name);
    this.link.href = kind === SPAN ? `?row=${row}` : "#";
    const marks = MARKS.filter(([flag], at) => flags[row] & flag && !(at === 1 && flags[row] & HAS_EXCEPTION));
    const glyph = kindGlyph(spanKind);
    const shown = kind === SPAN ? [...(glyph ? [[0, glyph, spanKind]] : []), ...marks, ...linked(view, row)] : [];
    this.marks.hidden = !shown.length;
    this.marks.textContent = shown.map(([, sign]) => sign).join(" ");
    this.marks.title = shown.map(([, , meaning]) => meaning).join(", ");
    this.marks.setAttribute("aria-label", this.marks.title);
    this.marks.classList.toggle("bad", Boolean(flags[row] & HAS_EXCEPTION));
  }

  #nameMissing(view, row) {
    const id = view.missing.get(row);
    this.chip.hidden = this.error.hidden = this.marks.hidden = true;
    this.service.textContent = "";
    this.name.textContent = `parent ${id.slice(0, 4)}…${id.slice(-4)} never arrived`;
    this.link.href = "#";
    this.link.title = id;
  }
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
