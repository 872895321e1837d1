// Points in time as a clock somewhere shows them. traces/words.py says the same on the server.

const UTC = /^(Etc\/)?(UTC|UCT|Universal|Zulu)$/;
// Browsers that go by ICU say names that the time zone database has given up.
const RENAMED = {
  "Africa/Asmera": "Africa/Asmara",
  "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
  "America/Godthab": "America/Nuuk",
  "America/Indianapolis": "America/Indiana/Indianapolis",
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Atlantic/Faeroe": "Atlantic/Faroe",
  "Europe/Kiev": "Europe/Kyiv",
};
const clocks = new Map();

/**
 * @param {string} iso UTC with nine digits: "2026-11-22T02:12:44.183204991Z"
 * @param {string} zone IANA name
 * @param {number} digits of a second, 0 to 9, cut off
 * @returns {{day: string, clock: string, offset: string}}
 */
export function spellMoment(iso, zone, digits = 3) {
  const epochMs = Date.parse(`${iso.slice(0, 19)}Z`);
  const {day, clock, wallMs} = readClock(epochMs, zone);
  const fraction = digits ? `.${iso.slice(20, 20 + digits)}` : "";
  return {day, clock: clock + fraction, offset: spellOffset(wallMs - epochMs, zone)};
}

/** `+05:30`, `UTC`: what a clock in the zone is ahead at that time. */
export function offsetOf(epochMs, zone) {
  const whole = Math.floor(epochMs / 1000) * 1000;
  return spellOffset(readClock(whole, zone).wallMs - whole, zone);
}

/** So many seconds is a clock in the zone ahead of UTC, at a whole second since 1970. */
export const aheadOf = (epochS, zone) => readClock(epochS * 1000, zone).wallMs / 1000 - epochS;

/** `Berlin`, `Buenos Aires`, `UTC`. */
export const placeOf = (zone) => zone.split("/").at(-1).replaceAll("_", " ");

/** The name that a zone has today. */
export const nameOf = (zone) => RENAMED[zone] ?? zone;

/** Whether this browser can show times in it. */
export function isZone(zone) {
  try {
    return Boolean(zone && clockOf(zone));
  } catch {
    return false;
  }
}

/** The zone that was typed: `europe/berlin`, `berlin`, `new york`; undefined where none has that name. */
export function findZone(text, zones) {
  const wanted = text.trim().toLowerCase().split(/\s+/).join("_");
  const whole = zones.find((zone) => zone.toLowerCase() === wanted);
  return whole ?? zones.find((zone) => zone.toLowerCase().split("/").at(-1) === wanted);
}

function readClock(epochMs, zone) {
  const parts = Object.fromEntries(clockOf(zone).formatToParts(epochMs).map(({type, value}) => [type, value]));
  const day = `${parts.year.padStart(4, "0")}-${parts.month}-${parts.day}`;
  const clock = `${parts.hour}:${parts.minute}:${parts.second}`;
  return {day, clock, wallMs: Date.parse(`${day}T${clock}Z`)};
}

function clockOf(zone) {
  if (!clocks.has(zone)) {
    const two = "2-digit";
    const fields = {year: "numeric", month: two, day: two, hour: two, minute: two, second: two, hourCycle: "h23"};
    clocks.set(zone, new Intl.DateTimeFormat("en-u-ca-iso8601", {...fields, timeZone: zone}));
  }
  return clocks.get(zone);
}

function spellOffset(offsetMs, zone) {
  if (UTC.test(zone)) return "UTC";
  const seconds = Math.abs(offsetMs) / 1000;
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, ...(seconds % 60 ? [seconds % 60] : [])];
  return (offsetMs < 0 ? "-" : "+") + parts.map((part) => String(part).padStart(2, "0")).join(":");
}
