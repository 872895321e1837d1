// What a visitor chose, where the server reads it: a page comes as it was left, without a flash.

const YEAR_SECONDS = 31_536_000;

/** An empty value deletes the cookie. */
export function writeCookie(name, value) {
  document.cookie = `${name}=${value}; Path=/; SameSite=Lax; Max-Age=${value ? YEAR_SECONDS : 0}`;
}

/** @returns {string} empty where there is none */
export function readCookie(name) {
  const found = document.cookie.split("; ").find((cookie) => cookie.startsWith(`${name}=`));
  return found ? found.slice(name.length + 1).replaceAll('"', "") : "";
}
