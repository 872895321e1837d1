// The page of a trace: fetches its block of columns, makes the view of it, and gives the view to every element.

import {offerLink} from "../copy-link.js";
import {readAddress, writeAddress} from "../lib/address.js";
import {readBlock} from "../lib/block.js";
import {fetchBytes, fetchJson, RequestFailed} from "../requests.js";
import {DIM, FOLD, TraceView} from "../trace-view.js";
import "../elements/trace-filters.js";
import "../elements/trace-find.js";
import "../elements/trace-minimap.js";
import "../elements/trace-ruler.js";
import "../elements/trace-waterfall.js";

const ELEMENTS = "trace-filters, trace-find, trace-minimap, trace-ruler, trace-waterfall, trace-freshness";
const ADDRESS_EVERY_MS = 250;

const waterfall = document.querySelector("trace-waterfall");

const loadPanel = () => import("../elements/span-panel.js");

async function open() {
  const selected = Number(waterfall.dataset.selected);
  if (selected >= 0) loadPanel();
  const {buffer} = await fetchBytes(waterfall.dataset.columns);
  const view = new TraceView(readBlock(buffer));
  applyAddress(view, readAddress(location.search));
  if (selected >= 0 && selected < view.count) view.select(selected, {scroll: false});
  if (document.querySelector("trace-freshness")) await import("../elements/trace-freshness.js");
  for (const element of document.querySelectorAll(ELEMENTS)) element.attach?.(view);
  await attachPanel(view);
  keepAddress(view);
  offerLink(() => readState(view), view.duration_ns);
  // The rows are painted in the next frame.
  requestAnimationFrame(() => (document.documentElement.dataset.ready = ""));
  markLinks(view);
}

/** The panel comes with the first span that is selected, or pointed at. */
async function attachPanel(view) {
  const panel = document.querySelector("span-panel");
  let wantsFocus = false; // by a key that came before the panel did
  view.addEventListener("select", ({detail}) => (wantsFocus = detail.focus));
  const attach = async () => {
    await loadPanel();
    panel.attach(view, wantsFocus);
  };
  waterfall.addEventListener("pointerover", loadPanel, {once: true});
  if (view.selected >= 0) await attach();
  else view.addEventListener("select", attach, {once: true});
}

/** Marks the rows that other traces link to; the panel asks for itself, so that nothing is missed where this fails. */
async function markLinks(view) {
  const {links} = await fetchJson(waterfall.dataset.links).catch(() => ({links: []}));
  view.setLinksIn(links.map(({row}) => row).filter((row) => row !== null));
}

function applyAddress(view, state) {
  const {services} = view.block.header;
  const modes = new Map([...(state.fold ?? []).map((name) => [name, FOLD]), ...(state.dim ?? []).map((name) => [name, DIM])]);
  view.restore({
    ...state,
    foldsRepeats: state.repeats,
    serviceModes: services.map(({name}) => modes.get(name) ?? 0),
  });
}

/** What the address of the page must say for it to show the same again. */
function readState(view) {
  const {services} = view.block.header;
  const named = (mode) => services.filter((_, at) => view.serviceModes[at] === mode).map(({name}) => name);
  const before = readAddress(location.search);
  const {foldsRepeats: repeats, ...described} = view.describe();
  const state = {...before, ...described, repeats, first: 0, fold: named(FOLD), dim: named(DIM)};
  if (view.selected >= 0 && !view.spanId) state.span = before.span; // its id comes with the panel
  return state;
}

/** Keeps the address of the page that of what is seen. */
function keepAddress(view) {
  let waiting = 0;
  const write = () => {
    waiting = 0;
    history.replaceState(history.state, "", `${location.pathname}${writeAddress(readState(view))}`);
  };
  for (const event of ["entries", "zoom", "select", "spanid", "find"]) {
    view.addEventListener(event, () => (waiting ||= setTimeout(write, ADDRESS_EVERY_MS)));
  }
}

/** The same view with the other times. */
document.querySelector("a[data-clock]")?.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  location.search = writeAddress({...readAddress(location.search), clock: event.target.dataset.clock});
});

open().catch((problem) => {
  const failure = waterfall.querySelector(".failure");
  failure.textContent = `${problem.message} What follows is the first page of the rows.`;
  failure.hidden = false;
  if (!(problem instanceof RequestFailed)) throw problem;
});
