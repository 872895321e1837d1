// <chart-group>: the charts of a page. What is pointed at in one is shown in all; dragging over one makes its part the
// window of the page; a click opens the traces behind it. The server's drawings become Plotly's when there is time.

import {bindKeys} from "../keys.js";
import {slotsOf, zoomSearch} from "../lib/chart-data.js";
import {loadPlotly, whenIdle} from "../plotly.js";
import {ChartFigure} from "./chart-figure.js";

const ZOOMED = "zoomed "; // and the query string that a zoom led to
const root = document.documentElement;

class ChartGroup extends HTMLElement {
  connectedCallback() {
    const source = document.getElementById("charts-data");
    if (!source) return;
    this.data = JSON.parse(source.textContent);
    const known = [...this.querySelectorAll("[data-chart]")].filter(({dataset}) => this.data.charts[dataset.chart]);
    this.figures = known.map((figure) => new ChartFigure(figure, this.data, this));
    this.#listen();
    this.#bind();
    for (const figure of this.figures) figure.showTimes();
  }

  #listen() {
    new MutationObserver((changes) => {
      if (changes.some(({attributeName}) => attributeName === "data-zone")) this.#each("showTimes");
      if (changes.some(({attributeName}) => attributeName === "data-theme")) this.#each("redraw");
    }).observe(root, {attributeFilter: ["data-theme", "data-zone"]});
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#each("redraw"));
    for (const event of ["pointerenter", "focusin"]) this.addEventListener(event, () => this.#upgrade(), {once: true});
    if (!navigator.connection?.saveData) this.#upgradeLater();
    // Back brings the page out of memory as it was left: zoomed.
    addEventListener("pageshow", ({persisted}) => persisted && this.#each("unzoom"));
  }

  #bind() {
    for (const figure of this.figures) {
      const move = ({key}) => figure.press(key);
      bindKeys("Charts", [
        {keys: ["ArrowLeft", "ArrowRight", "Home", "End"], text: "Through the times of a chart", run: move, within: figure.field},
        {keys: ["ArrowUp", "ArrowDown"], text: "Through the durations of a heatmap", run: move, within: figure.field},
        {keys: ["Enter"], text: "The traces at that place", run: () => figure.open(), within: figure.field},
      ]);
    }
  }

  async #upgradeLater() {
    if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve, {once: true}));
    await whenIdle();
    this.#upgrade();
  }

  /** One drawing at a time, so that nothing the reader does waits for all of them. */
  async #upgrade() {
    if (this.isUpgrading) return;
    this.isUpgrading = true;
    const plotly = await loadPlotly(this.dataset.plotly);
    for (const figure of plotly ? this.figures : []) {
      await whenIdle();
      await figure.upgrade(plotly).catch(reportError);
    }
    this.dataset.drawn = plotly ? "plotly" : "server";
  }

  #each(method, ...args) {
    for (const figure of this.figures) figure[method](...args);
  }

  /** Every chart shows what it has in a slot; null: nothing is pointed at. */
  point(place) {
    this.#each("point", place);
  }

  /** The slots between two moments become the window of the page: all charts at once, then by the server, finer. */
  zoom(from, to) {
    const {start, step} = this.data;
    const [first, last] = slotsOf(this.data, from, to).map((slot) => start + slot * step);
    this.#each("show", first, last);
    const search = zoomSearch(location.search, first, last);
    sessionStorage.setItem(ZOOMED + search, "");
    location.assign(search);
  }

  zoomOut() {
    if (sessionStorage.getItem(ZOOMED + location.search) !== null) history.back();
  }

  /** The traces at a place; without a drawer, on a page of their own. */
  open(address, opener) {
    const drawer = document.querySelector("example-drawer");
    if (drawer?.open) drawer.open(address, opener);
    else location.assign(address);
  }
}

customElements.define("chart-group", ChartGroup);
