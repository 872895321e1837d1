// <file-drop>: files that are dropped, pasted or chosen are looked through in a dialog of the page, then imported.
// page.js loads it and hands over what happened.

import {mayBeJson} from "../lib/json-lines.js";
import {parseFragment, RequestFailed} from "../requests.js";
import {postForm} from "../uploads.js";
import {showMoments} from "../zones.js";

const TYPING = "input, textarea, select, [contenteditable]";
// A drag that has left the window without a word is over: a browser tells of it three times a second or more often.
const SILENCE_MS = 1000;

class FileDrop extends HTMLElement {
  #files = [];
  #asked = null;
  #isImporting = false;
  #silence = 0;

  connectedCallback() {
    this.veil = this.querySelector("[popover]");
    this.dialog = this.querySelector("dialog");
    this.stages = ["choose", "work", "result"].map((name) => this.querySelector(`.${name}`));
    addEventListener("dragleave", ({relatedTarget}) => relatedTarget || this.#unveil());
    document.addEventListener("change", ({target}) => target.matches("input[name=files]") && this.#choose(target));
    document.addEventListener("submit", (event) => this.#submit(event));
    this.addEventListener("click", ({target}) => {
      if (target === this.dialog && !this.#isImporting) this.dialog.close();
      if (target.closest(".again")) this.#show("choose");
      if (target.closest(".stop")) this.#stop();
    });
    this.dialog.addEventListener("cancel", (event) => {
      if (this.#isImporting && event.target === this.dialog) event.preventDefault();
    });
    this.dialog.addEventListener("close", () => this.#asked?.abort());
  }

  /**
   * Something came to the page.
   * @param {{type: string, target: Element, files: File[], text: string}} what
   */
  take({type, target, files, text}) {
    if (type.startsWith("drag")) return this.#reveal();
    this.#unveil();
    if (files.length) this.open(files);
    else if (!target.closest?.(TYPING) && mayBeJson(text)) this.open([new File([text], "pasted.json")]);
  }

  /** @param {File[]} files none: somebody is going to choose */
  open(files = []) {
    if (this.#isImporting) return;
    if (!this.dialog.open) this.dialog.showModal();
    this.#asked?.abort();
    this.#show("choose");
    if (!files.length) return;
    this.#files = files;
    this.#send(this.dataset.preview, new FormData());
  }

  #reveal() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#unveil(), SILENCE_MS);
    if (!this.veil.matches(":popover-open")) this.veil.showPopover();
  }

  #unveil() {
    clearTimeout(this.#silence);
    this.veil.hidePopover();
  }

  #choose(input) {
    const files = [...input.files];
    if (files.length) this.open(files);
    // The same file once more is a choice, too.
    if (this.contains(input)) input.value = "";
  }

  #submit(event) {
    if (!event.target.matches(".send, .import-form")) return;
    event.preventDefault();
    if (event.target.matches(".send")) this.#send(event.target.action, new FormData(event.target));
    else this.open([...event.target.elements.files.files]);
  }

  #stop() {
    const wasImporting = this.#isImporting;
    this.#asked?.abort();
    if (wasImporting) this.#say(this.dataset.stopped);
    else this.#show("choose");
  }

  /** Sends the files; what the server makes of them is the next thing that is seen. */
  async #send(address, form) {
    const {preview, most, tooLarge, sending} = this.dataset;
    if (this.#files.reduce((sum, {size}) => sum + size, 0) > Number(most)) return this.#say(tooLarge);
    form.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    for (const file of this.#files) form.append("files", file);
    form.append("whole", "1");
    this.#isImporting = address !== preview;
    const {signal} = (this.#asked = new AbortController());
    this.#show("work");
    this.#tell(sending, 0, 0);
    let result = "";
    try {
      await postForm(address, form, {
        signal,
        onSent: (done, total) => this.#tell(sending, done, total),
        onLine: ({html, doing, done, total}) => (html ? (result = html) : this.#tell(doing, done, total)),
      });
      this.#show("result", parseFragment(result));
    } catch (problem) {
      // Who stopped it has shown something else by now.
      if (signal.aborted) return;
      this.#say(problem.message);
      if (!(problem instanceof RequestFailed)) throw problem;
    } finally {
      if (this.#asked.signal === signal) this.#isImporting = false;
    }
  }

  #tell(doing, done, total) {
    const [text, far] = this.querySelectorAll(".doing, .far");
    if (text.textContent !== doing) text.textContent = doing;
    far.textContent = total ? `${Math.floor((100 * done) / total)} %` : "";
    const bar = this.querySelector("progress");
    if (total) Object.assign(bar, {max: total, value: done});
    else bar.removeAttribute("value");
  }

  /** What ended it, above the choice of other files. */
  #say(sentence) {
    const note = Object.assign(document.createElement("p"), {className: "note warn", tabIndex: -1, textContent: sentence});
    this.#show("result", note);
    this.stages[0].hidden = false;
  }

  /** @param {string} name of the stage @param {Element=} result to be seen in it */
  #show(name, result) {
    for (const stage of this.stages) stage.hidden = !stage.matches(`.${name}`);
    const [choose, work, found] = this.stages;
    found.replaceChildren(...(result ? [result] : []));
    showMoments(found);
    (result ?? (name === "work" ? work : choose).querySelector("input, button")).focus({preventScroll: true});
    this.dialog.scrollTop = 0;
  }
}

customElements.define("file-drop", FileDrop);
