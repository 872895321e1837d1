/**
 * A chart of chart-data.js as Plotly takes it. Pure. The axes stay those that the server drew: Plotly draws what lies
 * between them, on the same scales, so that nothing moves when it takes over.
 */
import {STEPS, stepOf} from "./chart-data.js";

/** What Plotly calls the size of a diamond whose corners are one pixel from its middle. */
const DIAMOND = 2 / 1.3;
/** As in components/chart.css. */
const DASHES = {p95: "6px,3px", p99: "2px,2px"};

export const CONFIG = {displayModeBar: false, responsive: true, doubleClick: false, showTips: false};

/**
 * @param {object} data Data of chart-data.js
 * @param {object} chart one of its charts
 * @param {Object<string, string>} colours by tone, h1 to h7, and hatch
 * @returns {{traces: object[], layout: object}}
 */
export function figureOf(data, chart, colours) {
  const end = data.start + data.count * data.step;
  const hidden = {visible: false, fixedrange: true, zeroline: false};
  const range = chart.kind === "heatmap" ? [-0.5, chart.rows - 0.5] : chart.log ? chart.range.map(Math.log10) : chart.range;
  return {
    traces: tracesOf(data, chart, colours),
    layout: {
      uirevision: "fixed",
      autosize: true,
      height: 160,
      margin: {l: 0, r: 0, t: 0, b: 0, pad: 0},
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      showlegend: false,
      dragmode: "zoom",
      hovermode: chart.kind === "heatmap" ? "closest" : "x",
      barmode: "stack",
      bargap: 0,
      xaxis: {...hidden, type: "linear", range: [data.start, end], fixedrange: false},
      yaxis: {...hidden, type: chart.log && chart.kind !== "heatmap" ? "log" : "linear", range},
    },
  };
}

function tracesOf(data, chart, colours) {
  const x = Array.from({length: data.count}, (_, slot) => data.start + (slot + 0.5) * data.step);
  if (chart.kind === "heatmap") return heatTraces(x, chart, colours);
  const draw = chart.kind === "stacked" ? barTrace : lineTrace;
  return chart.series.map((series) => ({...draw(series, colours, data.step), x, y: series.values, hoverinfo: "none"}));
}

function lineTrace({tone, values}, colours) {
  const alone = values.map((value, at) => value !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null);
  return {
    type: "scatter",
    mode: "lines+markers",
    connectgaps: false,
    cliponaxis: false,
    line: {color: colours[tone], width: 1.5, dash: DASHES[tone] ?? "solid"},
    marker: {color: colours[tone], size: alone.map((is) => (is ? 4 : 0)), opacity: 1, line: {width: 0}},
  };
}

function barTrace({tone}, colours, width) {
  const pattern = tone === "failed" ? {shape: "-", fgcolor: colours.hatch, size: 4, solidity: 0.25, fillmode: "overlay"} : {};
  return {type: "bar", width, marker: {color: colours[tone], line: {width: 0}, pattern}};
}

function heatTraces(x, {weights, failed, most, diamondPx, rows, firstRow}, colours) {
  const z = weights.map((row) => row.map((weight) => stepOf(weight, most) || null));
  const scale = Array.from({length: STEPS}, (_, at) => [at, at + 1].map((edge) => [edge / STEPS, colours[`h${at + 1}`]])).flat();
  // "fast" is one pixel a cell, without a style attribute; components/chart.css says that pixels stay sharp.
  const cell = {zsmooth: "fast", showscale: false, hoverongaps: false, hoverinfo: "none"};
  const y = Array.from({length: rows}, (_, at) => at);
  return [
    {type: "heatmap", x, y, z, zmin: 0.5, zmax: STEPS + 0.5, colorscale: scale, ...cell},
    {
      type: "scatter",
      mode: "markers",
      x: failed.map(([slot]) => x[slot]),
      y: failed.map(([, row]) => row - firstRow),
      marker: {symbol: "diamond", size: diamondPx * DIAMOND, opacity: 1, color: colours.failed, line: {color: colours.edge, width: diamondPx > 2 ? 1 : 0.5}},
      hoverinfo: "skip",
    },
  ];
}
