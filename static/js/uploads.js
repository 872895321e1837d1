// Forms with files. XMLHttpRequest, because fetch does not say how much was sent.

import {readLines} from "./lib/json-lines.js";
import {RequestFailed} from "./requests.js";

/**
 * Posts a form whose answer is lines of JSON.
 * @param {string} address
 * @param {FormData} form
 * @param {{signal: AbortSignal, onSent: function(number, number): void, onLine: function(any): void}} watcher is told
 *   how many bytes of how many are sent, then every line
 * @returns {Promise<void>} when all is said; rejects with a RequestFailed or, if it was stopped, an AbortError
 */
export function postForm(address, form, {signal, onSent, onLine}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let at = 0;
    const read = () => {
      if (request.status !== 200) return;
      const {values, end} = readLines(request.responseText, at);
      at = end;
      values.forEach(onLine);
    };
    const fail = (message) => reject(new RequestFailed(message, request.status));
    request.upload.addEventListener("progress", ({loaded, total}) => onSent(loaded, total));
    request.addEventListener("progress", read);
    request.addEventListener("error", () => fail(at ? "The answer broke off." : "The server cannot be reached, or the files cannot be read."));
    request.addEventListener("abort", () => reject(signal.reason));
    request.addEventListener("load", () => {
      read();
      if (request.status === 200) resolve();
      else fail(sentenceOf(request));
    });
    signal.addEventListener("abort", () => request.abort());
    request.open("POST", address);
    request.setRequestHeader("Accept", "application/x-ndjson");
    request.send(form);
  });
}

function sentenceOf(request) {
  const isPlain = request.getResponseHeader("Content-Type")?.startsWith("text/plain");
  return (isPlain && request.responseText.trim()) || `The server answered ${request.status}.`;
}
