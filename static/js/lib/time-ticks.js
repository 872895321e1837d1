/**
 * Round times of a clock in a time zone: the same as services_map/charts/time_ticks.py. Pure; moments are seconds since
 * 1970.
 */
import {aheadOf} from "./moments.js";

const [MINUTE, HOUR, DAY] = [60, 3600, 86400];
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14].map((days) => days * DAY),
];
const MONTHS = [1, 2, 3, 6, 12, 24, 60, 120];
const MONTH = 2629746;
const MARGIN = 3 * HOUR;
const MONDAY = 4 * DAY;
const MOST = 8;
const NAMES = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/**
 * `share` is from 0 at the start to 1 at the end; `more` the day (or the year) where it is not that of the tick before.
 * @param {number} start
 * @param {number} end
 * @param {string} zone IANA name
 * @returns {{at: number, share: number, text: string, more: string}[]}
 */
export function timeTicks(start, end, zone) {
  const fits = (length) => (end - start) / length <= MOST;
  const small = STEPS.find(fits);
  const months = small ? 0 : (MONTHS.find((count) => fits(count * MONTH)) ?? MONTHS.at(-1));
  const step = small ?? months * MONTH;
  const walls = small ? wallsOf(start, end, step, zone) : firstsOf(start, end, months, zone);
  const found = new Set(walls.flatMap((wall) => momentsOf(wall, zone, step)));
  let before = "";
  return [...found]
    .filter((at) => start <= at && at <= end)
    .sort((a, b) => a - b)
    .map((at) => {
      const [text, more] = spell(at, step, zone);
      const tick = {at, share: (at - start) / (end - start), text, more: more === before ? "" : more};
      before = more;
      return tick;
    });
}

/** Round times of the clock around the window, as if they were UTC. */
function wallsOf(start, end, step, zone) {
  const first = start + aheadOf(start, zone) - MARGIN;
  const last = end + aheadOf(end, zone) + MARGIN;
  const walls = [];
  for (let wall = first - (first - MONDAY) % step; wall <= last; wall += step) walls.push(wall);
  return walls;
}

/** The beginning of every so many months. */
function firstsOf(start, end, months, zone) {
  const [first, last] = [start, end].map((moment) => monthOf(moment + aheadOf(moment, zone)));
  const walls = [];
  for (let month = first - (first % months); month <= last; month += months) walls.push(Date.UTC(0, month) / 1000);
  return walls;
}

/** Months since the year 1900, which Date.UTC counts small years from. */
function monthOf(wall) {
  const date = new Date(wall * 1000);
  return 12 * (date.getUTCFullYear() - 1900) + date.getUTCMonth();
}

/** When the clock shows that: twice, once, never; a day without a midnight begins later. */
function momentsOf(wall, zone, step) {
  const before = aheadOf(wall - DAY, zone);
  const offsets = [...new Set([before, aheadOf(wall + DAY, zone)])].sort((a, b) => b - a);
  const found = offsets.filter((offset) => aheadOf(wall - offset, zone) === offset).map((offset) => wall - offset);
  if (!found.length && step >= DAY) return [wall - before];
  return found.slice(0, step <= HOUR ? 2 : 1);
}

function spell(moment, step, zone) {
  const clock = new Date((moment + aheadOf(moment, zone)) * 1000);
  const day = `${NAMES[clock.getUTCMonth()]} ${clock.getUTCDate()}`;
  return step < DAY ? [clock.toISOString().slice(11, 16), day] : [day, String(clock.getUTCFullYear())];
}
