// The page of a trace: fetches its block of columns, makes the view of it, and gives the view to every element.

import {offerLink} from "../copy-link.js";
import {readAddress, writeAddress} from "../lib/address.js";
import {readBlock} from "../lib/block.js";
import {fetchBytes, fetchJson, RequestFailed} from "../requests.js";
import {TraceView} from "../trace-view.js";
import {ViewAddress} from "../view-address.js";
import "../elements/trace-filters.js";
import "../elements/trace-find.js";
import "../elements/trace-minimap.js";
import "../elements/trace-ruler.js";
import "../elements/trace-waterfall.js";

const ELEMENTS = "trace-filters, trace-find, trace-minimap, trace-ruler, trace-waterfall, trace-freshness";

const waterfall = document.querySelector("trace-waterfall");

const loadPanel = () => import("../elements/span-panel.js");

async function open() {
  const selected = Number(waterfall.dataset.selected);
  if (selected >= 0) loadPanel();
  const {buffer} = await fetchBytes(waterfall.dataset.columns);
  const view = new TraceView(readBlock(buffer));
  const address = new ViewAddress(view);
  if (selected >= 0 && selected < view.count) view.select(selected, {scroll: false});
  if (document.querySelector("trace-freshness")) await import("../elements/trace-freshness.js");
  for (const element of document.querySelectorAll(ELEMENTS)) element.attach?.(view);
  await attachPanel(view);
  address.follow();
  offerLink(() => address.read(), view.duration_ns);
  // The rows are painted in the next frame.
  requestAnimationFrame(() => (document.documentElement.dataset.ready = ""));
  markLinks(view);
  // Without them tabs are links, and nothing is said of what is usual.
  loadRest(view, address).catch(() => {});
}

async function loadRest(view, address) {
  await import("../elements/trace-views.js");
  document.querySelector("trace-views").attach(view, address);
  await (await import("../elements/usual-times.js")).loadUsual(view);
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
