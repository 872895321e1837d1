// Live: the figures of the map are asked for again and put where the old ones are. Nothing moves.

import {announce} from "./copying.js";
import {fetchFragment} from "./requests.js";
import {showMoments} from "./zones.js";

const EVERY_MS = 10_000;
/** What of a link or a node says how it goes; where it stands is left alone. */
const SAID = ["class", "aria-label", "data-label"];
const LINKS = "a.node, a.edge, a.loop";
const KEPT = ["selected", "found", "near"];

/** @param {HTMLElement} map a <service-map>; nothing is done where its address does not say so */
export function keepFresh(map) {
  if (!map.querySelector(".live[aria-current]")) return;
  let timer = 0;
  const ask = async () => {
    clearTimeout(timer);
    if (document.hidden || !map.isConnected) return;
    try {
      renew(map, await fetchFragment(`${map.dataset.drawing}${location.search}`));
    } catch {
      say(map, map.dataset.stale);
    }
    timer = setTimeout(ask, EVERY_MS);
  };
  document.addEventListener("visibilitychange", ask);
  timer = setTimeout(ask, EVERY_MS);
}

function renew(map, fresh) {
  const shown = map.querySelector(".drawn");
  showMoments(fresh);
  if (shown.dataset.shows !== "drawing" || fresh.dataset.shows !== "drawing") return replace(shown, fresh);
  shown.querySelector(".facts").replaceWith(fresh.querySelector(".facts"));
  const known = new Map(Array.from(shown.querySelectorAll(LINKS), (element) => [element.id, element]));
  let grown = 0;
  for (const element of fresh.querySelectorAll(LINKS)) {
    const old = known.get(element.id);
    if (old) update(old, element);
    else grown += 1;
    known.delete(element.id);
  }
  for (const gone of known.values()) gone.classList.add("idle");
  const asked = shown.querySelectorAll(".labels .asked");
  shown.querySelector(".labels").replaceChildren(...fresh.querySelector(".labels").childNodes, ...asked);
  if (grown) say(map, map.dataset.grown);
}

/** A table or a sentence has nothing that could move; what has the focus in it keeps it. */
function replace(shown, fresh) {
  const focused = document.activeElement?.closest?.("[id]")?.id;
  const hadFocus = shown.contains(document.activeElement);
  if (shown.dataset.shows === "drawing" || fresh.dataset.shows === "drawing") return location.reload();
  shown.replaceWith(fresh);
  if (hadFocus) document.getElementById(focused)?.querySelector("a")?.focus({preventScroll: true});
}

function update(old, fresh) {
  const kept = KEPT.filter((name) => old.classList.contains(name));
  for (const name of SAID) {
    const value = fresh.getAttribute(name);
    if (value !== null) old.setAttribute(name, value);
  }
  old.classList.remove(...KEPT);
  old.classList.add(...kept);
  const lines = fresh.matches(".edge") ? [".hit", ".line", ".head"] : [];
  if (!lines.length) return old.replaceChildren(...fresh.childNodes);
  // Its ends are where they were; only what stands beside the line is new.
  for (const part of old.querySelectorAll(".slow, .mark")) part.remove();
  old.append(...fresh.querySelectorAll(".slow, .mark"));
}

function say(map, sentence) {
  const place = map.querySelector(".stale");
  if (place.hidden) announce(sentence);
  place.textContent = sentence;
  place.hidden = false;
}
