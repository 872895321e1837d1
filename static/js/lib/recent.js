/** What was used last: at most `size` things by key; the one used longest ago goes first. */
export class Recent {
  #size;
  #things = new Map();

  constructor(size) {
    this.#size = size;
  }

  has(key) {
    return this.#things.has(key);
  }

  get(key) {
    const thing = this.#things.get(key);
    if (this.#things.delete(key)) this.#things.set(key, thing);
    return thing;
  }

  set(key, thing) {
    this.#things.delete(key);
    this.#things.set(key, thing);
    if (this.#things.size > this.#size) this.#things.delete(this.#things.keys().next().value);
  }
}
