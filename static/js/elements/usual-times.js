// How long the operations of a trace usually take: asked for late, at once, and remembered while the tab is open.

import {chooseOperations, makeQuestion, readAnswer} from "../lib/usual.js";
import {fetchJson} from "../requests.js";

const KEY = "usual";
const MOST_KEPT = 20;

/** Gives the view what is usual. Where nobody can say, nothing is drawn. */
export async function loadUsual(view) {
  const {header} = view.block;
  const key = `${header.trace_id} ${header.build}`;
  const kept = readKept();
  let usual = kept.find(([name]) => name === key)?.[1];
  if (!usual) {
    const chosen = chooseOperations(view.block);
    const answer = await fetchJson("/api/v1/baseline", {body: makeQuestion(header, chosen)}).catch(() => null);
    if (!answer) return;
    usual = readAnswer(header.operations.length, chosen, answer);
    // What is not counted yet is asked for again.
    if (usual.some((each) => each)) keep([[key, usual], ...kept]);
  }
  view.setUsual(usual);
}

function readKept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

function keep(list) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(list.slice(0, MOST_KEPT)));
  } catch {
    sessionStorage.removeItem(KEY); // no room for so many
  }
}
