// The theme: the system's, light or dark. <html data-theme> says which; CSS does the rest.

import {readCookie, writeCookie} from "./cookies.js";

export const THEMES = ["system", "light", "dark"];
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

/** Those who paint watch data-theme and the system. */
export function chooseTheme(theme) {
  writeCookie("theme", theme === "system" ? "" : theme);
  show(theme);
}

export const isDark = () => (root.dataset.theme === "system" ? system.matches : root.dataset.theme === "dark");

function show(theme) {
  root.dataset.theme = theme;
  for (const button of document.querySelectorAll("button[name=theme]")) button.ariaPressed = String(button.value === theme);
}

// A page that Back brings out of memory knows nothing of what was chosen since.
addEventListener("pageshow", ({persisted}) => persisted && show(readCookie("theme") || "system"));
