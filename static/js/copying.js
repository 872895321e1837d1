// The clipboard, and sentences for those who do not see what changed.

const TICK_MS = 1200;

/**
 * Copies; the button shows a tick for a second (components/copying.css) and a sentence is said.
 * @param {string} text
 * @param {Element=} button
 * @returns {Promise<boolean>} whether it was copied
 */
export async function copyText(text, button) {
  const isCopied = await write(text);
  announce(isCopied ? "Copied" : "The browser does not let this page copy.");
  if (button && isCopied) {
    button.toggleAttribute("data-copied", true);
    setTimeout(() => button.removeAttribute("data-copied"), TICK_MS);
  }
  return isCopied;
}

/** Says a sentence to screen readers when they are done with what they say. */
export function announce(sentence) {
  const region = document.getElementById("live");
  region.textContent = "";
  // A region that turns to the same text again would be silent.
  setTimeout(() => (region.textContent = sentence), 50);
}

async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return writeBySelection(text);
  }
}

/** Pages under plain http (but localhost) have no clipboard; a selection they can copy. */
function writeBySelection(text) {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.className = "vh";
  area.value = text;
  (document.querySelector("dialog:modal") ?? document.body).append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  focused?.focus({preventScroll: true});
  return isCopied;
}
