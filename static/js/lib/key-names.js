// How keys are called: "j", "?", "N" as typed; "ArrowDown"; "Shift+F"; "Code:KeyW" by place; "Mod+k"; "g s" in turn.

const GLYPHS = {ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc", PageUp: "PgUp", PageDown: "PgDn", " ": "Space"};

/**
 * Every name under which a key that went down may be bound. Ctrl and ⌘ are both Mod; nothing with Alt has a name,
 * except characters that a layout reaches by AltGr.
 * @param {{key: string, code: string, shiftKey: boolean, ctrlKey: boolean, metaKey: boolean, altKey: boolean}} event
 * @returns {string[]}
 */
export function namesOf({key, code, shiftKey, ctrlKey, metaKey, altKey}) {
  const isCharacter = [...key].length === 1;
  if (ctrlKey && altKey) return isCharacter ? [key] : [];
  if (altKey) return [];
  if (ctrlKey || metaKey) return [`Mod+${shiftKey ? "Shift+" : ""}${isCharacter ? key.toLowerCase() : key}`];
  if (shiftKey) return [`Shift+${key}`, `Shift+Code:${code}`, ...(isCharacter ? [key] : [])];
  return [key, `Code:${code}`];
}

/** Whether typing or speaking text could press it by accident (WCAG 2.1.4): a character, with Shift or without. */
export function isSingleKey(name) {
  if (name.startsWith("Mod+")) return false;
  if (name.includes(" ") && name !== " ") return true;
  const key = name.replace(/^Shift\+/, "");
  return key.startsWith("Code:Key") || key.startsWith("Code:Digit") || [...key].length === 1;
}

/** `["g", "s"]` for keys in turn, else the one key. */
export function stepsOf(name) {
  return name === " " ? [name] : name.split(" ");
}

/**
 * A key as a person reads it: `["Ctrl", "K"]`, `["g", "s"]`, `["↓"]`, one a key cap.
 * @returns {string[]}
 */
export function capsOf(name, isMac = false) {
  return stepsOf(name).flatMap((step) => {
    const parts = step.length > 1 ? step.split("+").filter(Boolean) : [step];
    return parts.map((part, index) => capOf(part, isMac, index > 0));
  });
}

function capOf(part, isMac, isHeld) {
  if (part === "Mod") return isMac ? "⌘" : "Ctrl";
  if (part.startsWith("Code:")) return part.replace(/^Code:(Key|Digit)?/, "");
  return GLYPHS[part] ?? (isHeld && part.length === 1 ? part.toUpperCase() : part);
}
