// What every page does.

import {copyText} from "./copying.js";

addEventListener("click", (event) => {
  const button = event.target.closest("button[data-copy]");
  if (button) copyText(button.dataset.copy, button);
});
