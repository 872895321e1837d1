/** The address of a trace page for somebody who opens it later. Pure. */

import {readTime} from "./zoom.js";

/** How far a search looks back that does not say it. */
const USUAL_LOOKBACK = "1h";

/**
 * The same view for somebody who opens it later: the window is said even where it is the whole trace, which may grow,
 * and the search that led here ends now.
 * @param {State} state @param {number} duration of the trace, ns @param {number} now ms since 1970 @returns {State}
 */
export function freeze(state, duration, now) {
  const results = state.results === null ? null : freezeSearch(state.results, now);
  return {...state, from: state.from ?? 0, to: state.to ?? duration, results};
}

function freezeSearch(search, now) {
  const words = new URLSearchParams(search);
  const isRelative = (text) => !text || /^now\b/.test(text);
  const before = (at, text) => new Date(at - (readTime(text) || 0) / 1e6).toISOString();
  const [start, end] = [words.get("start"), words.get("end")];
  if (!isRelative(end)) return search;
  words.set("end", before(now, end?.slice(4) || "0"));
  if (start && isRelative(start)) words.set("start", before(now, start.slice(4) || "0"));
  if (!start) words.set("start", before(Date.parse(words.get("end")), words.get("lookback") || USUAL_LOOKBACK));
  words.delete("lookback");
  return String(words);
}
