// Lines of JSON as they arrive.

/**
 * The lines of a text that are whole, from a place on.
 * @param {string} text
 * @param {number} from
 * @returns {{values: any[], end: number}} what they say, and where the next one begins
 */
export function readLines(text, from) {
  const end = text.lastIndexOf("\n") + 1;
  const lines = end > from ? text.slice(from, end).split("\n") : [];
  return {values: lines.filter(Boolean).map((line) => JSON.parse(line)), end: Math.max(from, end)};
}

/** Whether a text could be JSON of traces, and no id or word. */
export const mayBeJson = (text) => /^\s*[[{][^]*[\]}]\s*$/.test(text);
