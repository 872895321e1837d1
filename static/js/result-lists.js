// The result pages that this tab has seen: which traces, in which order. A trace's page finds its neighbours here.

const PREFIX = "results:";

/**
 * @typedef {{ids: string[], before: string | null}} ResultList `before` is the search of the page before
 * @param {string} search the query string of a result page
 * @param {ResultList} list
 */
export function keepList(search, list) {
  try {
    sessionStorage.setItem(PREFIX + search, JSON.stringify(list));
  } catch {
    // It is full: the pages of this tab begin anew.
    Object.keys(sessionStorage).forEach((key) => key.startsWith(PREFIX) && sessionStorage.removeItem(key));
  }
}

/** @param {string} search @returns {ResultList | null} */
export function findList(search) {
  return JSON.parse(sessionStorage.getItem(PREFIX + search) ?? "null");
}
