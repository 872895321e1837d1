// One chart of a <chart-group>: its cross-hair and the numbers in its legend, and its drawing by Plotly.

import {announce} from "../copying.js";
import {cellAt, exampleAddress, hasSpans, placeAfter, placeAt} from "../lib/chart-data.js";
import {aheadOf, spellMoment} from "../lib/moments.js";
import {CONFIG, figureOf} from "../lib/plotly-figures.js";
import {timeTicks} from "../lib/time-ticks.js";

const SVG = "http://www.w3.org/2000/svg";
const root = document.documentElement;

export class ChartFigure {
  #place = null;
  #plotly = null;

  constructor(figure, data, group) {
    Object.assign(this, {figure, data, group, chart: data.charts[figure.dataset.chart]});
    this.field = figure.querySelector(".field");
    this.links = figure.querySelector(".links");
    this.outputs = [...figure.querySelectorAll("[data-value]")];
    this.rows = this.chart.kind === "heatmap" ? [] : [...figure.querySelectorAll("tbody tr")];
    this.span = [data.start, data.start + data.count * data.step];
    this.cursor = document.createElement("span");
    this.cursor.className = "cursor";
    this.cursor.ariaHidden = "true";
    this.cursor.append(document.createElement("b"));
    this.cursor.hidden = true;
    this.field.append(this.cursor);
    Object.assign(this.field, {tabIndex: 0, role: "group", ariaLabel: figure.querySelector("[role=img]").ariaLabel});
    this.#listen();
  }

  #listen() {
    const {field, group} = this;
    field.addEventListener("pointermove", (event) => {
      const {slot, row} = this.#placeOf(event);
      if (slot === this.#place?.slot && row === this.#place.row && !this.cursor.hidden) return;
      group.point((this.#place = {slot, row}));
    });
    field.addEventListener("pointerleave", () => group.point(null));
    field.addEventListener("blur", () => group.point((this.#place = null)));
    this.links.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.#place = this.#placeOf(event);
      if (hasSpans(this.chart, this.#place)) this.open();
      else group.open(link.getAttribute("href"), field);
    });
  }

  #placeOf({clientX, clientY}) {
    const {left, top, width, height} = this.field.getBoundingClientRect();
    return placeAt(this.data, this.chart, (clientX - left) / width, (clientY - top) / height);
  }

  /** The times along the lower edge and in the table, in the zone of the page. */
  showTimes() {
    const times = this.figure.querySelector(".times");
    times.replaceChildren(...timeTicks(...this.span, root.dataset.zone).map(makeTick));
    const {start, step, count} = this.data;
    const changes = aheadOf(start, root.dataset.zone) !== aheadOf(start + count * step, root.dataset.zone);
    this.rows.forEach((row, slot) => {
      const {day, clock, offset} = this.#momentOf(slot);
      const head = row.cells[0];
      (head.firstElementChild ?? head).textContent = `${day} ${clock.slice(0, 5)}${changes ? ` ${offset}` : ""}`;
    });
  }

  /** What a slot has, in numbers; null: nothing is pointed at. */
  point(place) {
    this.cursor.hidden = !place;
    if (place) {
      this.cursor.style.left = `${(100 * (place.slot + 0.5)) / this.data.count}%`;
      this.cursor.firstChild.textContent = this.#timeOf(place);
    }
    this.#describe(place).forEach((text, at) => (this.outputs[at].textContent = text));
  }

  #describe(place) {
    if (!place) return this.outputs.map(() => "");
    if (this.chart.kind === "heatmap") return [this.#describeCell(place)];
    const cells = this.rows[place.slot].querySelectorAll("td");
    return [...cells].map(({textContent}) => textContent);
  }

  #describeCell(place) {
    if (place.row === null) return "";
    const cell = cellAt(this.chart, place);
    const text = this.chart.texts[place.row - this.chart.firstRow];
    const {failed} = this.figure.dataset;
    return `${text}: ${cell.weight}${cell.failed ? `, ${cell.failed} ${failed}` : ""}`;
  }

  #momentOf(slot) {
    const moment = new Date((this.data.start + slot * this.data.step) * 1000).toISOString();
    return spellMoment(moment, root.dataset.zone, 0);
  }

  #timeOf({slot}) {
    const {day, clock} = this.#momentOf(slot);
    const isLong = this.data.step * this.data.count > 86400;
    return [isLong && day, this.data.step < 86400 && clock.slice(0, 5)].filter(Boolean).join(" ");
  }

  /** An arrow moves the cross-hair and says what is there. */
  press(key) {
    this.#place = placeAfter(key, this.#place, this.data, this.chart);
    this.group.point(this.#place);
    announce([this.#timeOf(this.#place), ...this.#spell()].join(", "));
  }

  #spell() {
    const names = [...this.figure.querySelectorAll("thead th")].slice(1).map(({textContent}) => textContent);
    const texts = this.#describe(this.#place);
    return this.chart.kind === "heatmap" ? texts : texts.map((text, at) => `${names[at]} ${text}`);
  }

  /** The traces where the cross-hair is, if there are any. */
  open() {
    if (!this.#place || !hasSpans(this.chart, this.#place)) return;
    this.group.open(exampleAddress(this.data, this.#place.slot, this.#place.row), this.field);
  }

  async upgrade(plotly) {
    const canvas = document.createElement("div");
    canvas.className = "plotly-field";
    this.links.after(canvas);
    const {traces, layout} = this.#makeFigure();
    try {
      await plotly.newPlot(canvas, traces, layout, CONFIG);
    } catch (problem) {
      canvas.remove();
      throw problem;
    }
    this.canvas = canvas;
    this.#plotly = plotly;
    canvas.on("plotly_relayout", (change) => {
      const [from, to] = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
      if (from !== undefined) this.group.zoom(from, to);
    });
    canvas.on("plotly_click", () => this.open());
    canvas.on("plotly_doubleclick", () => this.group.zoomOut());
    this.figure.dataset.drawn = "plotly";
    // What Plotly draws and answers now.
    this.links.remove();
    this.figure.querySelector(".drawing > svg").remove();
  }

  #makeFigure() {
    const {traces, layout} = figureOf(this.data, this.chart, this.#readColours());
    layout.xaxis.range = this.span;
    // A finger that is drawn over a chart scrolls the page.
    if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
    return {traces, layout};
  }

  /** In the colours that the page has now. */
  redraw() {
    if (!this.#plotly) return;
    const {traces, layout} = this.#makeFigure();
    this.#plotly.react(this.canvas, traces, layout, CONFIG);
  }

  /** Only what lies between two moments. */
  show(from, to) {
    this.span = [from, to];
    this.figure.toggleAttribute("data-zoomed", true);
    this.#plotly?.relayout(this.canvas, {"xaxis.range": [from, to]});
    this.showTimes();
  }

  unzoom() {
    this.show(this.data.start, this.data.start + this.data.count * this.data.step);
    this.figure.toggleAttribute("data-zoomed", false);
  }

  /** A custom property is what was written; one that uses it is a colour. A fill stays as it is in forced colours. */
  #readColours() {
    const probe = document.createElement("i");
    this.field.append(probe);
    const read = (name) => {
      probe.style.fill = `var(--${name})`;
      return getComputedStyle(probe).fill;
    };
    const names = [...(this.chart.series ?? []).map(({tone}) => tone), "failed", "h1", "h2", "h3", "h4", "h5", "h6", "h7"];
    const colours = Object.fromEntries(names.map((name) => [name, read(`chart-${name}`)]));
    Object.assign(colours, {hatch: read("bg"), edge: read("bg")});
    probe.remove();
    return colours;
  }
}

/** As in templates/services_map/charts/_axes.html. */
function makeTick({share, text, more}) {
  const tick = document.createElementNS(SVG, "svg");
  tick.setAttribute("x", `${100 * share}%`);
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", "M0 160v4");
  tick.append(line, makeText(176, text), makeText(189, more));
  return tick;
}

function makeText(y, text) {
  const element = document.createElementNS(SVG, "text");
  element.setAttribute("y", y);
  element.textContent = text;
  return element;
}
