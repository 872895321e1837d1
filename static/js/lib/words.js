/** How times and names read to a person: the same rules as traces/words.py. */

const LONG_UNITS = [
  [86400, "d", 3600, "h"],
  [3600, "h", 60, "m"],
  [60, "m", 1, "s"],
];
const SHORT_UNITS = [
  [1, "ns"],
  [1e3, "µs"],
  [1e6, "ms"],
  [1e9, "s"],
];
const MAX_NAME_CHARS = 200;
const KIND_GLYPHS = {client: "→", server: "←", producer: "⇢", consumer: "⇠"};
// Controls but tab and newline, soft hyphen, bidi marks, invisible characters but the two joiners, lone surrogates.
const HIDDEN =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\p{Cs}\u{e0000}-\u{e007f}]/gu;

/**
 * Three significant digits: `812 µs`, `2.84 s`; `1 m 12 s` from a minute on.
 * @param {number} ns
 */
export function duration(ns) {
  if (ns < 0) return `−${duration(-ns)}`;
  for (const [size, unit] of SHORT_UNITS) {
    const digits = threeDigits(ns / size, unit === "ns");
    if (Number(digits) < (unit === "s" ? 60 : 1000)) return `${digits} ${unit}`;
  }
  const seconds = Math.round(ns / 1e9);
  const [large, largeUnit, small, smallUnit] = LONG_UNITS.find(([size]) => seconds >= size);
  const rest = Math.floor((seconds % large) / small);
  return `${count(Math.floor(seconds / large))} ${largeUnit}${rest ? ` ${rest} ${smallUnit}` : ""}`;
}

function threeDigits(number, whole) {
  if (whole || number >= 99.95) return number.toFixed(0);
  return number.toFixed(number >= 9.995 ? 1 : 2);
}

const grouped = new Intl.NumberFormat("en-US");

/** `1,204` */
export const count = (number) => (number < 1000 ? String(number) : grouped.format(number));

/** The text with every character that hides, breaks or reverses text spelled out: `⟨U+202E⟩`. */
export const visible = (text) =>
  text.replace(HIDDEN, (hidden) => `⟨U+${hidden.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);

/** A name in one line, cut to what a row can hold. */
export function named(text) {
  if (!text.trim()) return "(no name)";
  const chars = text.length > MAX_NAME_CHARS ? Array.from(text.slice(0, 2 * MAX_NAME_CHARS + 2)) : [];
  return chars.length > MAX_NAME_CHARS ? `${visible(chars.slice(0, MAX_NAME_CHARS).join(""))}…` : visible(text);
}

/** The two letters of a service's chip. */
export function letters(service) {
  let words = service.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  if (words.length > 1 && ["svc", "service"].includes(words[0].toLowerCase())) words = words.slice(1);
  if (words.length) return Array.from(words[0]).slice(0, 2).join("").toLowerCase();
  return Array.from(visible(service.trim()))[0] ?? "?";
}

/** An arrow for a span that talks to another process, empty for the rest. */
export const kindGlyph = (kind) => KIND_GLYPHS[kind] ?? "";
