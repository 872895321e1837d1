// “still receiving · +12 spans”: whether more of a young trace has arrived than is shown. Nothing moves by itself.

import {announce} from "../copying.js";
import {fetchJson} from "../requests.js";

const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 15_000;
// After so long without a new span the trace is taken to be whole.
const QUIET_MS = 60_000;

customElements.define(
  "trace-freshness",
  class extends HTMLElement {
    #shown = "";
    #known = 0;
    #count = 0;
    #changedAt = 0;
    #pause = FIRST_PAUSE_MS;
    #timer = 0;

    /** @param {TraceView} view what is shown: its block names the version that it was made of */
    attach({block: {header}}) {
      this.#shown = header.build;
      this.#known = this.#count = header.span_count;
      this.#changedAt = performance.now();
      this.querySelector("button").addEventListener("click", () => location.reload());
      document.addEventListener("visibilitychange", () => this.#wake());
      this.#ask();
    }

    async #ask() {
      try {
        this.#compare(await fetchJson(this.dataset.address));
      } catch {
        // The next answer tells.
      }
      this.#pause = Math.min(LONGEST_PAUSE_MS, this.#pause * 1.5);
      clearTimeout(this.#timer);
      if (!document.hidden && this.isConnected && performance.now() - this.#changedAt < QUIET_MS) {
        this.#timer = setTimeout(() => this.#ask(), this.#pause);
      }
    }

    #compare({version, span_count: count}) {
      if (this.#shown.includes(version)) this.#known = count;
      if (count === this.#count) return;
      if (count > this.#known) this.#say(count - this.#known);
      this.#count = count;
      this.#pause = FIRST_PAUSE_MS / 1.5;
      this.#changedAt = performance.now();
    }

    #say(more) {
      const chip = this.querySelector("p");
      const sentence = `${this.dataset.words} · +${more.toLocaleString("en")} ${more === 1 ? this.dataset.span : this.dataset.spans}`;
      chip.querySelector("span").textContent = sentence;
      if (chip.hidden) announce(sentence);
      chip.hidden = false;
    }

    #wake() {
      if (document.hidden) clearTimeout(this.#timer);
      else if (performance.now() - this.#changedAt < QUIET_MS) this.#ask();
    }
  },
);
