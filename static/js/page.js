// What every page does.

import {copyText} from "./copying.js";
import "./elements/keyboard-help.js";
import "./elements/omni-box.js";
import "./elements/theme-switch.js";
import "./elements/time-zone.js";

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
