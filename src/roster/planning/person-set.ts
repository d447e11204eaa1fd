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

  #grow(size: number): void {
    const larger = new Uint8Array(Math.max(size, this.#bits.length * 2));
    larger.set(this.#bits);
    this.#bits = larger;
  }
}
