import assert from "node:assert/strict";
import {once} from "node:events";
import {createServer} from "node:http";
import {after, before, test} from "node:test";

import {fetchBytes, fetchJson, fetchText, RequestFailed} from "../../static/js/requests.js";

const asked = [];
const answers = {
  "/text": [200, "text/html", "<p>é</p>"],
  "/json": [200, "application/json", '{"a": [1]}'],
  "/bytes": [200, "application/x-columns", "abc", 'W/"build-1"'],
  "/same": [304, "application/x-columns", "", '"build-1"'],
  "/said": [400, "application/json", '{"error": {"code": "x", "message": "The id is none.", "field": null}}'],
  "/plain": [409, "text/plain; charset=utf-8", "It was built anew.\n"],
  "/page": [503, "text/html", "<h1>Busy</h1>"],
  "/strange": [500, "application/json", "not JSON"],
  "/empty": [502, "text/plain", ""],
};
const server = createServer(async (request, response) => {
  const posted = Buffer.concat(await request.toArray()).toString();
  asked.push([request.url, request.headers, request.method, posted]);
  const [status, type, body, build] = answers[request.url];
  response.writeHead(status, {"Content-Type": type, ...(build ? {ETag: build} : {})}).end(body);
});
let address = "";

before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

const fails = (promise, status, message) =>
  assert.rejects(promise, (problem) => {
    assert.ok(problem instanceof RequestFailed);
    assert.deepEqual([problem.status, problem.message], [status, message]);
    return true;
  });

test("text, JSON and bytes come as what they are", async () => {
  assert.equal(await fetchText(`${address}/text`, {headers: {"X-Wanted": "1"}}), "<p>é</p>");
  assert.equal(asked.at(-1)[1]["x-wanted"], "1");
  assert.deepEqual(await fetchJson(`${address}/json`), {a: [1]});
  assert.equal(asked.at(-1)[1].accept, "application/json");
  const {buffer, build, type} = await fetchBytes(`${address}/bytes`);
  assert.deepEqual([new TextDecoder().decode(buffer), build, type], ["abc", "build-1", "application/x-columns"]);
  assert.equal(asked.at(-1)[1]["if-none-match"], undefined);
});

test("a body is posted as JSON", async () => {
  assert.deepEqual(await fetchJson(`${address}/json`, {body: {b: ["é"]}}), {a: [1]});
  const [url, headers, method, posted] = asked.at(-1);
  assert.deepEqual([url, method, posted], ["/json", "POST", '{"b":["é"]}']);
  assert.deepEqual([headers.accept, headers["content-type"]], ["application/json", "application/json"]);
});

test("what the caller has already does not come again", async () => {
  assert.equal(await fetchBytes(`${address}/same`, {build: "build-1"}), null);
  assert.equal(asked.at(-1)[1]["if-none-match"], '"build-1"');
});

test("a refusal says why in a sentence", async () => {
  await fails(fetchJson(`${address}/said`), 400, "The id is none.");
  await fails(fetchText(`${address}/plain`), 409, "It was built anew.");
  await fails(fetchText(`${address}/page`), 503, "The server answered 503.");
  await fails(fetchBytes(`${address}/strange`), 500, "The server answered 500.");
  await fails(fetchText(`${address}/empty`), 502, "The server answered 502.");
});

test("a server that is not there is said", async () => {
  const gone = createServer().listen(0, "127.0.0.1");
  await once(gone, "listening");
  const {port} = gone.address();
  gone.close();
  await once(gone, "close");
  await fails(fetchText(`http://127.0.0.1:${port}/`), 0, "The server cannot be reached.");
});

test("who changes their mind gets the AbortError", async () => {
  const controller = new AbortController();
  controller.abort();
  await assert.rejects(fetchText(`${address}/text`, {signal: controller.signal}), {name: "AbortError"});
});
