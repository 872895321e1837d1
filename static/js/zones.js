// The time zone of the page. <html data-zone> is its IANA name, data-zone-choice what was chosen: local, UTC or a name.

import {readCookie, writeCookie} from "./cookies.js";
import {isZone, nameOf, offsetOf, placeOf, spellMoment} from "./lib/moments.js";

const BESIDE_UTC = "zone-beside-utc";
const root = document.documentElement;

/** The browser's own. */
export const ownZone = () => nameOf(Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC");

/** @returns {string[]} every zone that the browser knows */
export const listZones = () => [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone").map(nameOf)])];

/** @param {string} choice local, UTC or an IANA name. */
export function chooseZone(choice) {
  writeCookie("zone", choice === "local" ? "" : choice);
  if (choice !== "UTC") localStorage.setItem(BESIDE_UTC, choice);
  show(choice);
}

/** Between UTC and what was chosen before it. */
export function flipZone() {
  chooseZone(root.dataset.zone === "UTC" ? (localStorage.getItem(BESIDE_UTC) ?? "local") : "UTC");
}

/** Writes every `<time data-digits>` in the page's zone, as `{% moment %}` does; for what came from the server earlier. */
export function showMoments(within = document) {
  if (!isZone(root.dataset.zone)) return;
  for (const time of within.querySelectorAll("time[data-digits]")) {
    const parts = spellMoment(time.dateTime, root.dataset.zone, Number(time.dataset.digits));
    for (const [name, text] of Object.entries(parts)) time.querySelector(`.${name}`).textContent = text;
  }
}

/** Tells the server the browser's zone, once; and shows it, where the page came in another. */
export function adoptOwnZone() {
  if (readCookie("browser_zone") !== ownZone()) writeCookie("browser_zone", ownZone());
  if (root.dataset.zoneChoice === "local" && root.dataset.zone !== ownZone()) show("local");
}

function show(choice) {
  const zone = choice === "local" ? ownZone() : choice;
  Object.assign(root.dataset, {zone, zoneChoice: choice});
  write("[data-zone-name]", zone);
  write("[data-zone-place]", placeOf(zone));
  write("[data-zone-offset]", offsetOf(Date.now(), zone));
  for (const field of document.querySelectorAll("input[data-zone-field]")) field.value = zone;
  for (const button of document.querySelectorAll("button[name=zone]")) button.ariaPressed = String(button.value === choice);
  showMoments();
}

function write(selector, text) {
  for (const element of document.querySelectorAll(selector)) element.textContent = text;
}

addEventListener("pageshow", ({persisted}) => persisted && show(readCookie("zone") || "local"));
