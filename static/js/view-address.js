// The address of a trace's page: what it says is shown when the page opens, and it follows what is shown from then on.

import {readAddress, writeAddress} from "./lib/address.js";
import {DIM, FOLD} from "./trace-view.js";

const EVERY_MS = 250;

export class ViewAddress {
  #waiting = 0;

  /** @param {object} view the TraceView, which is made to show what the address says */
  constructor(view) {
    this.view = view;
    const state = readAddress(location.search);
    const modes = new Map([...state.fold.map((name) => [name, FOLD]), ...state.dim.map((name) => [name, DIM])]);
    const serviceModes = view.block.header.services.map(({name}) => modes.get(name) ?? 0);
    view.restore({...state, foldsRepeats: state.repeats, serviceModes});
  }

  /** Keeps it that of what is seen. */
  follow() {
    for (const event of ["entries", "zoom", "select", "spanid", "find"]) {
      this.view.addEventListener(event, () => (this.#waiting ||= setTimeout(() => this.write(), EVERY_MS)));
    }
  }

  /** What the address must say for the page to show the same again. @returns {object} a State of lib/address.js */
  read() {
    const {view} = this;
    const {services} = view.block.header;
    const named = (mode) => services.filter((_, at) => view.serviceModes[at] === mode).map(({name}) => name);
    const before = readAddress(location.search);
    const {foldsRepeats: repeats, ...described} = view.describe();
    const state = {...before, ...described, repeats, first: 0, fold: named(FOLD), dim: named(DIM)};
    if (view.selected >= 0 && !view.spanId) state.span = before.span; // its id comes with the panel
    return state;
  }

  write() {
    clearTimeout(this.#waiting);
    this.#waiting = 0;
    history.replaceState(history.state, "", this.#say({}));
  }

  /** The same with another view; Back leads to the one before. */
  push(change) {
    this.write();
    history.pushState(null, "", this.#say(change));
  }

  #say(change) {
    return `${location.pathname}${writeAddress({...this.read(), ...change})}`;
  }
}
