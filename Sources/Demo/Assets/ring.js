// A list that forgets its oldest: what a page keeps for hours must not grow.

export class Ring {
  #items = [];
  #start = 0;
  #limit;

  constructor(limit) {
    this.#limit = limit;
  }

  push(item) {
    if (this.#items.length < this.#limit) {
      this.#items.push(item);
    } else {
      this.#items[this.#start] = item;
      this.#start = (this.#start + 1) % this.#limit;
    }
  }

  get length() {
    return this.#items.length;
  }

  /** The item at `index` from the oldest, or from the newest where it is negative. */
  at(index) {
    const n = this.#items.length;
    const place = index < 0 ? n + index : index;
    return place >= 0 && place < n ? this.#items[(this.#start + place) % n] : undefined;
  }

  /** From the newest back, as long as `holds` says so: cheap where only the last few matter. */
  * recent(holds) {
    for (let i = this.length - 1; i >= 0; i -= 1) {
      const item = this.at(i);
      if (!holds(item)) return;
      yield item;
    }
  }

  * [Symbol.iterator]() {
    for (let i = 0; i < this.length; i += 1) yield this.at(i);
  }
}
