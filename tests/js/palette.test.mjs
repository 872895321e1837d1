import assert from "node:assert/strict";
import {test} from "node:test";

import {arrange, fitOf} from "../../static/js/lib/palette.js";

const NOTHING = {trace: "", services: [], operations: []};
const service = (name, isLikely = true) => ({name, label: name, letters: name.slice(0, 2), slot: 3, isLikely});
const command = (label, more = {}) => ({label, run() {}, ...more});
const spell = (options) => options.map(({kind, label, isLikely}) => `${kind} ${label}${isLikely ? " !" : ""}`);

test("a name fits as a whole, by its start, by a word, by a part, by its letters, or not", () => {
  assert.equal(fitOf(" Theme DARK", "Theme dark"), 0);
  assert.equal(fitOf("the", "Theme dark"), 1);
  assert.equal(fitOf("dark", "Theme dark"), 2);
  assert.equal(fitOf("berlin", "Time zone Europe/Berlin"), 2);
  assert.equal(fitOf("ark", "Theme dark"), 3);
  assert.equal(fitOf("tdk", "Theme dark"), 4);
  assert.equal(fitOf("xyz", "Theme dark"), undefined);
  assert.equal(fitOf(" ", "Theme dark"), undefined);
});

test("words may fit each for itself", () => {
  assert.equal(fitOf("dark theme", "Theme dark"), 2);
  assert.equal(fitOf("zone tokyo", "Time zone Asia/Tokyo"), 2);
  assert.equal(fitOf("zone mars", "Time zone Asia/Tokyo"), undefined);
});

test("the better fit of a word counts", () => {
  assert.equal(fitOf("b", "ab b"), 2);
});

test("an empty box offers the commands, but not the rare ones", () => {
  const commands = [command("One"), command("Two", {isRare: true})];
  assert.deepEqual(spell(arrange(" ", NOTHING, commands)), ["command One"]);
});

test("an id is a trace, and nothing to search for", () => {
  assert.deepEqual(spell(arrange("4BF9", {...NOTHING, trace: "4bf9"}, [])), ["trace 4bf9 !"]);
});

test("services come first, then commands, then operations, then the text itself", () => {
  const found = {trace: "", services: [service("checkout"), service("check")], operations: [{name: "POST /c", label: "POST /c"}]};
  const options = arrange("check", found, [command("Check the weather", {keys: ["w"]}), command("Other")]);
  assert.deepEqual(spell(options), [
    "service checkout !",
    "errors checkout !",
    "service check !",
    "command Check the weather !",
    "operation POST /c",
    "search check",
  ]);
  assert.deepEqual(options[0].search, {service: "checkout"});
  assert.deepEqual(options[1].search, {service: "checkout", status: "error"});
  assert.deepEqual(options[3].keys, ["w"]);
  assert.deepEqual(options[4].search, {operation: "POST /c"});
  assert.equal(options[5].search, undefined);
});

test("a guess by letters is offered without its errors, and is not likely", () => {
  assert.deepEqual(spell(arrange("cko", {...NOTHING, services: [service("checkout", false)]}, [])), [
    "service checkout",
    "search cko",
  ]);
});

test("errors of a service are asked for in words", () => {
  const found = {...NOTHING, services: [service("checkout"), service("check")]};
  for (const text of ["errors of che", "Search errors in che", "error of che"]) {
    assert.deepEqual(spell(arrange(text, found, [])).slice(0, 2), ["errors checkout !", "errors check !"]);
  }
});

test("the best six commands are offered, rare ones only where they are likely", () => {
  const commands = [..."abcdefgh"].map((letter) => command(`Zoom ${letter}`));
  assert.equal(arrange("zoom", NOTHING, commands).length, 7);
  assert.deepEqual(spell(arrange("oom", NOTHING, [command("Zoom"), command("Zoomed", {isRare: true})])), [
    "command Zoom",
    "search oom",
  ]);
  assert.deepEqual(spell(arrange("zoom", NOTHING, [command("Zoom out"), command("Zoom")])).slice(0, 2), [
    "command Zoom !",
    "command Zoom out !",
  ]);
});
