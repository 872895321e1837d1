// What the box at the top offers while somebody types. Pure.

const LIKELY = 2;
const PART = 3;
const LETTERS = 4;
const MAX_COMMANDS = 6;
const ERRORS_OF = /^(search\s+)?errors?\s+(of|in)\s/i;

/**
 * How a name fits a text: 0 whole, 1 its start, 2 the start of a word, 3 a part, 4 its letters in order; undefined.
 * Words of the text that do not stand in the name together may fit each for itself. traces/domain/ranking.py ranks
 * the names that the server knows likewise.
 */
export function fitOf(text, name) {
  const wanted = text.trim().toLowerCase();
  const whole = fitOne(wanted, name.toLowerCase());
  const words = wanted.split(/\s+/);
  if (words.length < 2 || whole <= LIKELY) return whole;
  const fits = words.map((word) => fitOne(word, name.toLowerCase()));
  return fits.every((fit) => fit <= LIKELY) ? LIKELY : whole;
}

function fitOne(wanted, name) {
  if (!wanted) return undefined;
  const at = name.indexOf(wanted);
  if (at === 0) return name === wanted ? 0 : 1;
  if (at > 0) return startsWord(wanted, name, at) ? 2 : 3;
  let next = 0;
  for (const letter of name) if (letter === wanted[next]) next++;
  return next === wanted.length ? LETTERS : undefined;
}

function startsWord(wanted, name, at) {
  for (; at > 0; at = name.indexOf(wanted, at + 1)) if (/[^\p{L}\p{N}]/u.test(name[at - 1])) return true;
  return false;
}

/**
 * The options for a text: a trace, services, commands, operations, and the search for the text itself.
 * @param {string} text
 * @param {{trace: string, services: object[], operations: object[]}} found what /suggest answered
 * @param {{label: string, keys?: string[], isRare?: boolean, run: function(): void}[]} commands rare ones are not
 *   offered before they are likely
 * @returns {{kind: string, label: string, isLikely?: boolean, search?: object, run?: function(): void}[]} with what
 *   to search for, what to run, or neither: the text goes to the server
 */
export function arrange(text, found, commands) {
  if (!text.trim()) return commands.filter(({isRare}) => !isRare).map(asOption);
  const ofErrors = ERRORS_OF.test(text.trim());
  return [
    ...(found.trace ? [{kind: "trace", label: found.trace, isLikely: true}] : []),
    ...found.services.flatMap((service, index) => offerService(service, ofErrors, index === 0)),
    ...rankCommands(text, commands).map(asOption),
    ...found.operations.map(({name, label}) => ({kind: "operation", label, search: {operation: name}})),
    ...(found.trace ? [] : [{kind: "search", label: text.trim()}]),
  ];
}

function offerService({name, label, letters, slot, isLikely}, ofErrors, isFirst) {
  const service = {kind: "service", label, letters, slot, isLikely, search: {service: name}};
  const errors = {kind: "errors", label, letters, slot, isLikely, search: {service: name, status: "error"}};
  if (ofErrors) return [errors];
  return isFirst && isLikely ? [service, errors] : [service];
}

function rankCommands(text, commands) {
  return commands
    .map((command) => ({command, fit: fitOf(text, command.label)}))
    .filter(({command, fit}) => fit <= (command.isRare ? LIKELY : PART))
    .sort((a, b) => a.fit - b.fit || a.command.label.length - b.command.label.length)
    .slice(0, MAX_COMMANDS)
    .map(({command, fit}) => ({...command, isLikely: fit <= LIKELY}));
}

const asOption = (command) => ({...command, kind: "command"});
