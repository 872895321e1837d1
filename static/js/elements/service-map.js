// <service-map>: the dependency map as one moves about in it. The server draws; here it is moved, lit, walked and kept fresh.

import {announce} from "../copying.js";
import {bindKeys} from "../keys.js";
import {Graph} from "../lib/graph.js";
import {MapCamera} from "../map-camera.js";
import {keepFresh} from "../map-freshness.js";
import {MapLabels} from "../map-labels.js";
import {fetchText, parseFragment} from "../requests.js";
import {showMoments} from "../zones.js";

const CARD_AFTER_MS = 60;
const HOVER_AFTER_MS = 50;
const LINKS = "a.node, a.edge, a.loop";

class ServiceMap extends HTMLElement {
  #asked = null;
  found = null;

  connectedCallback() {
    this.stage = this.querySelector(".stage");
    this.split = this.querySelector(".map-split");
    if (this.stage) this.#adopt();
    this.addEventListener("click", (event) => this.#click(event));
    bindKeys("Map", [{keys: ["Escape"], text: "Close the card", run: () => this.#close()}]);
    keepFresh(this);
    document.documentElement.dataset.ready = "";
  }

  /** Takes over what the server drew. */
  #adopt() {
    this.svg = this.stage.querySelector("svg");
    const nodes = [...this.svg.querySelectorAll(".node")];
    const links = [...this.svg.querySelectorAll(".edge, .loop")];
    this.graph = new Graph(
      nodes.map((node) => ({id: node.id, ...placeOf(node)})),
      links.map(({id, dataset}) => ({id, from: dataset.from, to: dataset.to})),
    );
    this.camera = new MapCamera(this.stage);
    this.labels = new MapLabels(this.svg);
    this.#rove(this.svg.querySelector(".node.selected") ?? nodes[0]);
    for (const node of nodes.slice(1)) if (node !== this.current) node.tabIndex = -1;
    this.svg.addEventListener("pointerover", (event) => this.#lightSoon(event.target.closest(LINKS)));
    this.svg.addEventListener("pointerleave", () => this.#lightSoon(this.#focused));
    this.svg.addEventListener("focusin", (event) => this.#focus(event.target.closest(LINKS)));
    this.svg.addEventListener("focusout", () => this.#light(null));
    this.querySelector("#map-find").addEventListener("input", (event) => this.#find(event.target.value));
    const walk = (keys, text, run) => ({keys, text, run, within: this.svg});
    bindKeys("Map", [
      walk(["ArrowDown"], "Next node", () => this.#go(this.graph.step(this.#at, 1))),
      walk(["ArrowUp"], "Node before", () => this.#go(this.graph.step(this.#at, -1))),
      walk(["ArrowRight"], "To a callee", () => this.#cross(1)),
      walk(["ArrowLeft"], "To a caller", () => this.#cross(-1)),
      walk(["Home"], "First node", () => this.#go(this.graph.order[0])),
      walk(["End"], "Last node", () => this.#go(this.graph.order.at(-1))),
      walk(["e"], "Next link of the node", () => this.#around(1)),
      walk(["E"], "Link before", () => this.#around(-1)),
    ]);
    this.#find(this.querySelector("#map-find").value);
  }

  // Walking

  get #focused() {
    return this.svg.contains(document.activeElement) ? document.activeElement.closest(LINKS) : null;
  }

  get #at() {
    return this.current?.id;
  }

  #go(id) {
    const element = id && this.svg.getElementById(id);
    element?.focus({preventScroll: true});
  }

  /** From a node along a link, from a link to its end. */
  #cross(by) {
    const link = this.graph.edges.get(this.#focused?.id);
    if (link) this.#go(by > 0 ? link.to : link.from);
    else this.#go(this.graph.across(this.#at, by));
  }

  #around(by) {
    this.#go(this.graph.stepAround(this.#at, this.#focused?.id, by));
  }

  /** One node is reached by Tab: where one was last. */
  #rove(node) {
    if (!node || node === this.current) return;
    if (this.current) this.current.tabIndex = -1;
    this.current = node;
    node.tabIndex = 0;
  }

  #focus(element) {
    if (!element) return;
    if (element.matches(".node")) {
      this.#rove(element);
      this.camera.reveal({...placeOf(element), ...BOX});
    }
    this.#light(element);
  }

  // Lighting

  /** A pointer on its way to something else lights nothing. */
  #lightSoon(element) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#light(element), HOVER_AFTER_MS);
  }

  /** The surroundings of a node or a link; of none: what is selected, else what is found, else everything. */
  #light(element) {
    const lit = element ?? this.svg.querySelector(".selected");
    clearTimeout(this.timer);
    if (lit === this.lit) return;
    this.lit = lit;
    this.#dim(lit ? this.graph.near(lit.id) : this.found);
    this.labels.show(lit ? this.#linksBeside(lit) : []);
  }

  #linksBeside(element) {
    return element.matches(".node") ? this.graph.edgesOf(element.id).map(({id}) => id) : [element.id];
  }

  #dim(near) {
    this.svg.classList.toggle("dimmed", near !== null);
    for (const element of this.svg.querySelectorAll(".near")) element.classList.remove("near");
    for (const id of near ?? []) this.svg.getElementById(id)?.classList.add("near");
  }

  #find(text) {
    const wanted = text.trim().toLowerCase();
    const found = [];
    for (const node of this.svg.querySelectorAll(".node")) {
      const isFound = wanted !== "" && node.dataset.name.toLowerCase().includes(wanted);
      node.classList.toggle("found", isFound);
      if (isFound) found.push(node);
    }
    this.found = found.length ? new Set(found.map(({id}) => id)) : null;
    this.lit = undefined;
    this.#light(null);
    if (found.length) this.camera.reveal({...placeOf(found[0]), ...BOX});
    if (wanted) announce(`${found.length} found`);
  }

  // The card

  #click(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const control = event.target.closest("[data-do]");
    const link = event.target.closest(`${LINKS}, [data-do=open], .map-table tbody a`);
    if (link) {
      event.preventDefault();
      this.#open(link.href?.baseVal ?? link.getAttribute("href"));
    } else if (control && this.#actions[control.dataset.do]) {
      event.preventDefault();
      this.#actions[control.dataset.do]();
    }
  }

  #actions = {
    close: () => this.#close(),
    in: () => this.camera.zoom(1.25),
    out: () => this.camera.zoom(0.8),
    fit: () => this.camera.fit(),
  };

  get #card() {
    return this.querySelector(".map-card");
  }

  async #open(search) {
    this.#asked?.abort();
    this.#asked = new AbortController();
    const {signal} = this.#asked;
    history.replaceState(history.state, "", search);
    this.#select(search);
    const busy = setTimeout(() => (this.#card.ariaBusy = "true"), CARD_AFTER_MS);
    try {
      const card = parseFragment(await fetchText(`${this.dataset.card}${search}`, {signal}));
      showMoments(card);
      this.#card.replaceWith(card);
      this.split.classList.add("with-card");
      card.focus({preventScroll: innerWidth > 1000});
    } catch (problem) {
      // The page says it all, and why not.
      if (problem.name !== "AbortError") location.assign(search);
    } finally {
      clearTimeout(busy);
    }
  }

  /** Marks what an address selects. */
  #select(search) {
    if (!this.svg) return;
    const address = new URL(search, location).searchParams;
    for (const element of this.svg.querySelectorAll(LINKS)) {
      const own = new URL(element.href.baseVal, location).searchParams;
      const isSame = ["node", "caller", "callee"].every((name) => own.get(name) === address.get(name));
      element.classList.toggle("selected", isSame);
    }
    this.#light(null);
  }

  #close() {
    const card = this.#card;
    const address = card.querySelector("[data-do=close]")?.getAttribute("href");
    if (!address) return;
    this.#asked?.abort();
    const selected = this.svg?.querySelector(".selected");
    const hadFocus = card.contains(document.activeElement);
    history.replaceState(history.state, "", address);
    card.replaceChildren();
    card.hidden = true;
    this.split.classList.remove("with-card");
    if (this.svg) this.#select(address);
    if (hadFocus) (selected ?? this.stage ?? this.querySelector(".map-table"))?.focus({preventScroll: true});
  }
}

const BOX = {width: 148, height: 40};

/** Where a box stands in the map. */
function placeOf(node) {
  const {e: x, f: y} = node.transform.baseVal.consolidate().matrix;
  return {x, y};
}

customElements.define("service-map", ServiceMap);
