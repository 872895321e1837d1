// What every page does. What only opens when it is asked for is loaded then.

import {copyText} from "./copying.js";
import {makeCaps} from "./key-caps.js";
import {bindKeys} from "./keys.js";
import "./elements/theme-switch.js";
import "./elements/time-zone.js";

const box = document.querySelector("omni-box");
const help = document.querySelector("keyboard-help");

const loadBox = () => import("./elements/omni-box.js");

async function showHelp() {
  await import("./elements/keyboard-help.js");
  help.open();
}

async function openBox() {
  await loadBox();
  box.open();
}

bindKeys("Everywhere", [
  {keys: ["Mod+k", "/"], text: "Go to a trace, a service, a command", run: openBox},
  {keys: ["g t"], text: "Search traces", run: () => location.assign(box.dataset.search)},
  {keys: ["?"], text: "Keyboard shortcuts", run: showHelp},
]);
box.addEventListener("focusin", loadBox, {once: true});
box.querySelector(".hint").append(...makeCaps(["Mod+k"]));
for (const button of document.querySelectorAll("[aria-controls=keyboard-help]")) button.addEventListener("click", showHelp);

addEventListener("click", (event) => {
  const button = event.target.closest("button[data-copy]");
  if (button) copyText(button.dataset.copy, button);
});

// A shortened id is selected and copied whole.
addEventListener("dblclick", (event) => {
  const id = event.target.closest("[data-whole]");
  if (id) getSelection().selectAllChildren(id);
});
addEventListener("copy", (event) => {
  const {anchorNode, focusNode} = getSelection();
  const [id, other] = [anchorNode, focusNode].map((node) => (node?.parentElement ?? node)?.closest?.("[data-whole]"));
  if (!id || id !== other) return;
  event.preventDefault();
  event.clipboardData.setData("text/plain", id.dataset.whole);
});
