// The only module that asks the server for something. Same origin only: the content security policy sees to it. The
// mode stays as it is by default, so that what <link rel="preload"> fetched is used.

const JSON_TYPE = "application/json";

/** The server could not be reached (status 0) or refused; `message` is a sentence for the reader. */
export class RequestFailed extends Error {
  constructor(message, status) {
    super(message);
    this.name = "RequestFailed";
    this.status = status;
  }
}

/** @returns {Promise<string>} */
export async function fetchText(address, {signal, headers} = {}) {
  return (await ask(address, {signal, headers})).text();
}

/** @returns {Promise<Element>} the element that a template of this server made */
export async function fetchFragment(address, {signal} = {}) {
  return parseFragment(await fetchText(address, {signal}));
}

/** The first element of HTML that this server made. Scripts in it, which there are none, would not run. */
export function parseFragment(html) {
  return document.adoptNode(new DOMParser().parseFromString(html, "text/html").body.firstElementChild);
}

/**
 * With a `body` it is posted, as JSON.
 * @returns {Promise<any>}
 */
export async function fetchJson(address, {signal, body} = {}) {
  const posted = body && {method: "POST", body: JSON.stringify(body)};
  return (await ask(address, {signal, headers: {Accept: JSON_TYPE, ...(body && {"Content-Type": JSON_TYPE})}, ...posted})).json();
}

/**
 * With the `build` that the caller has already, null where it is still current.
 * @returns {Promise<{buffer: ArrayBuffer, build: string, type: string} | null>}
 */
export async function fetchBytes(address, {signal, build} = {}) {
  // Our own memory is the cache: the browser's would turn a 304 into a 200.
  const options = build ? {headers: {"If-None-Match": quote(build)}, cache: "no-store"} : {};
  const answer = await ask(address, {signal, ...options});
  if (answer.status === 304) return null;
  return {
    buffer: await answer.arrayBuffer(),
    build: (answer.headers.get("ETag") ?? "").replace(/^W\/|"/g, ""),
    type: answer.headers.get("Content-Type") ?? "",
  };
}

const quote = (build) => (build.startsWith('"') ? build : `"${build}"`);

async function ask(address, options) {
  let answer;
  try {
    answer = await fetch(address, options);
  } catch (problem) {
    if (problem.name === "AbortError") throw problem;
    throw new RequestFailed("The server cannot be reached.", 0);
  }
  if (answer.ok || answer.status === 304) return answer;
  throw new RequestFailed(await readProblem(answer), answer.status);
}

/** The sentence of our API or of a plain text; a page says nothing that fits in one. */
async function readProblem(answer) {
  const type = answer.headers.get("Content-Type") ?? "";
  const text = type.includes("html") ? "" : await answer.text().catch(() => "");
  try {
    return JSON.parse(text).error.message;
  } catch {
    return (type.startsWith("text/plain") && text.trim()) || `The server answered ${answer.status}.`;
  }
}
