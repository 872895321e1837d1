import assert from "node:assert/strict";
import {test} from "node:test";

import {capsOf, isSingleKey, namesOf, stepsOf} from "../../static/js/lib/key-names.js";

const press = (key, more = {}) =>
  namesOf({key, code: "", shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more});

test("a character is bound as typed, a key by its place too", () => {
  assert.deepEqual(press("j", {code: "KeyJ"}), ["j", "Code:KeyJ"]);
  assert.deepEqual(press("ArrowDown", {code: "ArrowDown"}), ["ArrowDown", "Code:ArrowDown"]);
});

test("Shift makes another character, and is spelled out where that is wanted", () => {
  assert.deepEqual(press("N", {code: "KeyN", shiftKey: true}), ["Shift+N", "Shift+Code:KeyN", "N"]);
  assert.deepEqual(press("?", {code: "Slash", shiftKey: true}), ["Shift+?", "Shift+Code:Slash", "?"]);
  assert.deepEqual(press("ArrowDown", {code: "ArrowDown", shiftKey: true}), ["Shift+ArrowDown", "Shift+Code:ArrowDown"]);
});

test("Ctrl and ⌘ are one, and no plain key", () => {
  assert.deepEqual(press("K", {ctrlKey: true}), ["Mod+k"]);
  assert.deepEqual(press("k", {metaKey: true}), ["Mod+k"]);
  assert.deepEqual(press("k", {metaKey: true, shiftKey: true}), ["Mod+Shift+k"]);
});

test("what Alt does is the browser's, what AltGr types is a character", () => {
  assert.deepEqual(press("d", {altKey: true}), []);
  assert.deepEqual(press("@", {altKey: true, ctrlKey: true}), ["@"]);
  assert.deepEqual(press("Delete", {altKey: true, ctrlKey: true}), []);
});

test("characters are single keys, alone, shifted, by place or in turn", () => {
  for (const name of ["j", "?", " ", "Shift+F", "Code:KeyW", "Code:Digit1", "g s"]) assert.equal(isSingleKey(name), true, name);
  for (const name of ["Mod+k", "Escape", "ArrowDown", "Shift+ArrowDown", "Enter"]) assert.equal(isSingleKey(name), false, name);
});

test("keys in turn are steps; the space bar is one key", () => {
  assert.deepEqual(stepsOf("g s"), ["g", "s"]);
  assert.deepEqual(stepsOf(" "), [" "]);
});

test("keys are spelled one cap a key", () => {
  assert.deepEqual(capsOf("Mod+k"), ["Ctrl", "K"]);
  assert.deepEqual(capsOf("Mod+k", true), ["⌘", "K"]);
  assert.deepEqual(capsOf("g s"), ["g", "s"]);
  assert.deepEqual(capsOf("Shift+F"), ["Shift", "F"]);
  assert.deepEqual(capsOf("Code:KeyW"), ["W"]);
  assert.deepEqual(capsOf("Code:BracketLeft"), ["BracketLeft"]);
  assert.deepEqual(capsOf("ArrowDown"), ["↓"]);
  assert.deepEqual(capsOf(" "), ["Space"]);
  assert.deepEqual(capsOf("+"), ["+"]);
  assert.deepEqual(capsOf("N"), ["N"]);
});
