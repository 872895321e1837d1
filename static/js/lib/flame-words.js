/** What a flame graph says of its frames. Pure. */
import {trailOf} from "./frames.js";
import {count, duration, letters, named} from "./words.js";

const TRAIL_BEGINNING = 1;
const TRAIL_END = 4;

/** @returns {{service: number, name: string, serviceName: string}} whose a frame is */
function whoseIs({block: {header}}, {operation}, frame) {
  const [service, name] = header.operations[operation[frame]];
  return {service, name: named(name), serviceName: named(header.services[service].name)};
}

/** @returns {(frame: number) => string} what stands on a frame: the service, where it is another than above, and the name */
export function makeLabels({block: {header}}, {operation, frames}) {
  const names = header.operations.map(([, name]) => named(name));
  const services = header.services.map(({name}) => named(name));
  const serviceOf = (frame) => header.operations[operation[frame]][0];
  return (frame) => {
    const [service, above] = [serviceOf(frame), frames.parent[frame]];
    const name = names[operation[frame]];
    return above >= 0 && serviceOf(above) === service ? name : `${services[service]} › ${name}`;
  };
}

const share = (part, of) => `${((100 * part) / Math.max(1, of)).toFixed(1)} %`;

/** @returns {string[]} its name, and lines of figures */
export function describeFrame(view, flame, frame) {
  const {name, serviceName} = whoseIs(view, flame, frame);
  const {count: spans, errors, total, self, critical, shown} = flame.factsOf(frame);
  const figures = flame.isTimeline
    ? [
        `${duration(total)}, ${share(total, view.duration_ns)} of the trace, from ${duration(view.block.start[frame])}`,
        `self ${duration(self)} · on the critical path ${duration(critical)}`,
        ...(errors ? ["✕ failed"] : []),
      ]
    : [
        `${share(shown, flame.whole.to)} of the width · ${count(spans)} ${spans === 1 ? "span" : "spans"}, together ${duration(total)}`,
        `self ${duration(self)} · on the critical path ${duration(critical)} with all below`,
        ...(errors ? [`✕ ${count(errors)} failed`] : []),
      ];
  return [`${serviceName} › ${name}`, ...figures];
}

/** The way from the top to a frame; where it is long, null stands for its middle. @returns {({frame: number, text: string}|null)[]} */
export function describeTrail(view, flame, frame) {
  const trail = trailOf(flame.frames, frame);
  const isLong = trail.length > TRAIL_BEGINNING + TRAIL_END + 1;
  const shown = isLong ? [...trail.slice(0, TRAIL_BEGINNING), -1, ...trail.slice(-TRAIL_END)] : trail;
  return shown.map((each) => {
    if (each < 0) return null;
    const {name, serviceName} = whoseIs(view, flame, each);
    return {frame: each, text: `${letters(serviceName)} ${name}`};
  });
}
