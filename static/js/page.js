// What every page does. What only opens when it is asked for is loaded then.

import {copyText} from "./copying.js";
import {makeCaps} from "./key-caps.js";
import {bindKeys} from "./keys.js";
import "./elements/theme-switch.js";
import "./elements/time-zone.js";

const box = document.querySelector("omni-box");
const input = box.querySelector("input");
const help = document.querySelector("keyboard-help");
const drop = document.querySelector("file-drop");

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

/** What is dragged, dropped or pasted can be read at once only. */
async function takeFiles(event) {
  const {type, target, dataTransfer, clipboardData} = event;
  if (dataTransfer?.types.includes("Files") === false) return;
  if (dataTransfer) event.preventDefault();
  const data = dataTransfer ?? clipboardData;
  const taken = {type, target, files: [...data.files], text: data.getData("text")};
  await import("./elements/file-drop.js");
  drop.take(taken);
}

async function chooseFiles(event) {
  event.preventDefault();
  await import("./elements/file-drop.js");
  drop.open();
}

bindKeys("Everywhere", [
  {keys: ["Mod+k", "/"], text: "Go to a trace, a service, a command", run: openBox},
  ...[...document.querySelectorAll(".bar nav a")].map((link) => ({
    keys: [link.dataset.keys],
    text: link.dataset.command,
    run: () => link.click(),
  })),
  {keys: ["o", "Shift+O"], text: "Import files of traces", run: chooseFiles},
  {keys: ["?"], text: "Keyboard shortcuts", run: showHelp},
]);
// Who reaches the box is told what it is, before the list is there.
Object.assign(input, {role: "combobox", ariaExpanded: "false", ariaAutoComplete: "list"});
input.addEventListener("focus", loadBox, {once: true});
box.querySelector(".hint").append(...makeCaps(["Mod+k"]));
for (const button of document.querySelectorAll("[aria-controls=keyboard-help]")) button.addEventListener("click", showHelp);
document.querySelector(".bar a.file").addEventListener("click", chooseFiles);
for (const type of ["dragenter", "dragover", "drop", "paste"]) addEventListener(type, takeFiles);

addEventListener("click", (event) => {
  const button = event.target.closest("button[data-copy]");
  if (button) copyText(button.dataset.copy || button.parentElement.querySelector("pre").textContent, button);
});
