// Plotly, when it is wanted: nearly 5 MB that no page waits for. Our Content-Security-Policy lets nobody write a <style>;
// rules may be inserted into a sheet that is there.

/** Where Plotly looks for the sheet of its rules. */
const RULES = "plotly.js-style-global";
/** Where its maps, which we do not use, look whether their rules are there; they would write a <style> at once. */
export const MAP_RULES = "9f215cf04c5486422605d13261cb87401f4e7763b6296af81e98efbc0130da53";

/** @type {Promise<?object>|null} */
let loading = null;

/** @returns {Promise<?object>} null where it cannot be loaded; the drawings of the server stay then */
export function loadPlotly(address) {
  loading ??= new Promise((resolve) => {
    offerSheet();
    const script = document.createElement("script");
    script.onload = () => resolve(globalThis.Plotly ?? null);
    script.onerror = () => resolve(null);
    Object.assign(script, {id: MAP_RULES, src: address});
    document.head.append(script);
  });
  return loading;
}

function offerSheet() {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  document.head.append(Object.assign(document.createElement("meta"), {id: RULES, sheet}));
}

/** Resolves when the page has nothing better to do. */
export const whenIdle = () =>
  new Promise((resolve) => {
    if (globalThis.requestIdleCallback) requestIdleCallback(resolve, {timeout: 2000});
    else setTimeout(resolve, 200);
  });
