// What every page does. What only opens when it is asked for is loaded then.

import {copyText} from "./copying.js";
import {makeCaps} from "./key-caps.js";
import {bindKeys} from "./keys.js";
import "./elements/theme-switch.js";
import "./elements/time-zone.js";

const box = document.querySelector("omni-box");
const input = box.querySelector("input");
const help = document.querySelector("keyboard-help");

const loadBox = () => import("./elements/omni-box.js");

async function showHelp() {
  await import("./elements/keyboard-help.js");
  help.open();
}

/** What is typed while the rest is loaded is text, not shortcuts. */
async function openBox() {
  const before = document.activeElement;
  input.focus();
  input.select();
  await loadBox();
  if (before !== input) box.before = before;
  box.suggest();
}

bindKeys("Everywhere", [
  {keys: ["Mod+k", "/"], text: "Go to a trace, a service, a command", run: openBox},
  ...[...document.querySelectorAll(".bar nav a")].map((link) => ({
    keys: [link.dataset.keys],
    text: link.dataset.command,
    run: () => link.click(),
  })),
  {keys: ["?"], text: "Keyboard shortcuts", run: showHelp},
]);
// Who reaches the box is told what it is, before the list is there.
Object.assign(input, {role: "combobox", ariaExpanded: "false", ariaAutoComplete: "list"});
input.addEventListener("focus", loadBox, {once: true});
box.querySelector(".hint").append(...makeCaps(["Mod+k"]));
for (const button of document.querySelectorAll("[aria-controls=keyboard-help]")) button.addEventListener("click", showHelp);

addEventListener("click", (event) => {
  const button = event.target.closest("button[data-copy]");
  if (button) copyText(button.dataset.copy, button);
});
