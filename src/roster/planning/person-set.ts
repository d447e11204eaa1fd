/** A set of person numbers, one bit each: they are dense (design D1), and there may be millions. */
export class PersonSet {
  #bits = new Uint8Array(1024);

  add(person: number): void {
    const index = person >>> 3;
    if (index >= this.#bits.length) this.#grow(index + 1);
    this.#bits[index] = (this.#bits[index] ?? 0) | (1 << (person & 7));
  }

  has(person: number): boolean {
    return ((this.#bits[person >>> 3] ?? 0) & (1 << (person & 7))) !== 0;
  }

  /** All of them, so many at a time. */
  *pages(size: number): Generator<number[]> {
    let page: number[] = [];
    for (let person = 0; person < this.#bits.length * 8; person += 1) {
      if (this.has(person)) page.push(person);
      if (page.length < size) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  #grow(size: number): void {
    const larger = new Uint8Array(Math.max(size, this.#bits.length * 2));
    larger.set(this.#bits);
    this.#bits = larger;
  }
}
