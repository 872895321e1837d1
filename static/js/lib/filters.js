/** Which rows of a trace pass its filters. Pure. */

import {ERROR, ERROR_BELOW} from "./block.js";
import {keepWithAncestors} from "./tree.js";

/**
 * By row, whether it passes, or something below it does.
 * @param {object} view a TraceView, read only
 * @returns {Uint8Array}
 */
export function keptRows(view) {
  const {flags, duration} = view.block;
  const least = view.minShare * view.duration_ns;
  const isMatch = view.onlyMatches && view.matches.length ? new Uint8Array(view.count) : null;
  for (const row of isMatch ? view.matches : []) isMatch[row] = 1;
  return keepWithAncestors(
    view.parent,
    (row) =>
      (!view.onlyErrors || flags[row] & ERROR) &&
      (!view.onlyCritical || view.criticalTime[row] > 0) &&
      (duration[row] >= least || flags[row] & (ERROR | ERROR_BELOW)) &&
      (!isMatch || isMatch[row]),
  );
}

/** By row, 1 where its service is one of those asked for. */
export function rowsOfServices({header, operation}, isWanted) {
  const wanted = header.operations.map(([service]) => isWanted(service));
  return Uint8Array.from(operation, (each) => (wanted[each] ? 1 : 0));
}
