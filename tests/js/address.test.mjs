import assert from "node:assert/strict";
import {test} from "node:test";

import {emptyState, readAddress, writeAddress} from "../../static/js/lib/address.js";
import {freeze} from "../../static/js/lib/frozen-address.js";

const HOSTILE = ["a,b", "50%", "%2C", "%25", "a&b=c#d?e", "+ +", "שלום", "😀,😀", "", " ", "\u0000\n", "<script>", "__proto__", "%"];

test("an empty address is the view without one, and says nothing", () => {
  assert.deepEqual(readAddress(""), emptyState());
  assert.deepEqual(readAddress("?"), emptyState());
  assert.equal(writeAddress(emptyState()), "");
  assert.equal(writeAddress({}), "");
});

test("the whole view is read and written", () => {
  const address =
    "?view=table&span=00f067aa0ba902b7&from=12.5ms&to=80ms&find=charge&only=1&closed=3,17-19&opened=40&repeats=0&level=2&fold=vault,config&dim=pg" +
    "&focus=3&errors=1&critical=1&path=0&min=1%25&clock=sent&first=200&results=service%3Dcheckout%26limit%3D20&by=kind";
  const state = {
    view: "table", span: "00f067aa0ba902b7", from: 12_500_000, to: 80_000_000, find: "charge", only: true, closed: [3, 17, 18, 19], opened: [40],
    repeats: false, level: 2, fold: ["vault", "config"], dim: ["pg"], focus: 3, errors: true, critical: true, path: false, min: 1, clock: "sent", first: 200,
    results: "service=checkout&limit=20", others: ["by=kind"],
  };
  assert.deepEqual(readAddress(address), state);
  assert.equal(writeAddress(state), address);
});

test("an empty search is a search", () => {
  assert.equal(readAddress("?results=").results, "");
  assert.equal(writeAddress({results: ""}), "?results=");
  assert.equal(readAddress("").results, null);
});

test("a link that is given away says what moves with time", () => {
  const now = Date.parse("2026-11-22T03:00:00Z");
  const frozen = (results) => Object.fromEntries(new URLSearchParams(freeze({...emptyState(), results}, 5, now).results));
  assert.deepEqual(freeze(emptyState(), 2_840, now), {...emptyState(), from: 0, to: 2_840});
  assert.deepEqual(freeze({...emptyState(), from: 3, to: 4}, 2_840, now), {...emptyState(), from: 3, to: 4});
  assert.deepEqual(frozen(""), {start: "2026-11-22T02:00:00.000Z", end: "2026-11-22T03:00:00.000Z"});
  assert.deepEqual(frozen("service=a%26b&lookback=15m"), {
    service: "a&b", start: "2026-11-22T02:45:00.000Z", end: "2026-11-22T03:00:00.000Z",
  });
  assert.deepEqual(frozen("start=now-90m&end=now-30m"), {start: "2026-11-22T01:30:00.000Z", end: "2026-11-22T02:30:00.000Z"});
  assert.deepEqual(frozen("start=2026-11-20T00:00&end=now"), {start: "2026-11-20T00:00", end: "2026-11-22T03:00:00.000Z"});
  assert.deepEqual(frozen("lookback=1h&end=2026-11-21T00:00"), {lookback: "1h", end: "2026-11-21T00:00"});
  assert.deepEqual(frozen("start=now-nonsense"), {start: "2026-11-22T03:00:00.000Z", end: "2026-11-22T03:00:00.000Z"});
});

test("row 0, level 0 and time 0 are not nothing", () => {
  const state = {...emptyState(), focus: 0, level: 0, from: 0, closed: [0]};
  assert.equal(writeAddress(state), "?from=0&closed=0&level=0&focus=0");
  assert.deepEqual(readAddress(writeAddress(state)), state);
});

test("names and words of any kind come back as they were", () => {
  const lists = [HOSTILE.filter(Boolean), ...HOSTILE.filter(Boolean).map((name) => [name])];
  for (const names of lists) {
    const state = {...emptyState(), fold: names, dim: [...names].reverse()};
    const address = writeAddress(state);
    assert.deepEqual(readAddress(address), state);
    assert.deepEqual(new URL(address, "http://localhost/trace/1").search, address);
  }
  for (const words of HOSTILE) {
    const state = {...emptyState(), find: words, results: words};
    assert.deepEqual(readAddress(writeAddress(state)), state);
  }
});

test("what URLSearchParams writes is read too", () => {
  const written = new URLSearchParams({find: "a b+c,é", fold: "x y,z"});
  const {find, fold} = readAddress(`?${written}`);
  assert.deepEqual([find, fold], ["a b+c,é", ["x y", "z"]]);
});

test("a lone surrogate does not break the address", () => {
  assert.equal(readAddress(writeAddress({find: "a\ud800b"})).find, "a\ufffdb");
});

test("parameters of others stay as they were written", () => {
  const address = "?utm%5Fx=A+b%zz&by=kind&&flag&__proto__=1&constructor=2&from=1s&=x";
  const state = readAddress(address);
  assert.deepEqual(state.others, ["utm%5Fx=A+b%zz", "by=kind", "flag", "__proto__=1", "constructor=2", "=x"]);
  assert.equal(writeAddress(state), "?from=1s&utm%5Fx=A+b%zz&by=kind&flag&__proto__=1&constructor=2&=x");
  assert.deepEqual(readAddress(writeAddress(state)), state);
});

test("what makes no sense is left out", () => {
  const nonsense =
    "?span=<b>&from=-1s&to=soon&closed=x,-3,1e3,9999999999,7-2&opened=&level=-1&focus=1.5&errors=yes&critical=2&path=no&view=<b>&min=101%25&clock=broken&first=1e9";
  assert.deepEqual(readAddress(nonsense), emptyState());
  assert.equal(writeAddress(readAddress(nonsense)), "");
  assert.deepEqual(readAddress("?%E0%A4%A=1&find=%E0%A4%A").find, "%E0%A4%A");
});

test("the first of two values counts", () => {
  assert.equal(readAddress("?find=a&find=b").find, "a");
});

test("a percentage is read with and without its sign, encoded or not", () => {
  for (const [text, share] of [["1%25", 1], ["1%", 1], ["0.5", 0.5], ["%25", 0]]) assert.equal(readAddress(`?min=${text}`).min, share);
  assert.equal(writeAddress({min: 0.07 * 100}), "?min=7%25");
});

test("rows come back in order and once", () => {
  assert.deepEqual(readAddress("?closed=17,3,4-6,5").closed, [3, 4, 5, 6, 17]);
});

test("a huge run of rows ends at a million, a long list at what an address can hold", () => {
  assert.equal(readAddress("?closed=0-999999999,5-999999999").closed.length, 1_000_000);
  const closed = Array.from({length: 50_000}, (_, index) => index * 2);
  const address = writeAddress({closed});
  assert.ok(address.length < 1_600);
  const kept = readAddress(address).closed;
  assert.deepEqual(kept, closed.slice(0, kept.length));
});
