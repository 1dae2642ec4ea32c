/** Which translations a hart's buffers hold: a fully associative one, the latest first. */

export class TranslationBuffer {
  readonly #keys: Int32Array;

  /** @param keys the cells of its state, one for each entry */
  constructor(keys: Int32Array) {
    this.#keys = keys;
  }

  /** Whether the translation is there; it then counts as used. Keys are not 0. */
  use(key: number): boolean {
    const keys = this.#keys;
    if (keys[0] === key) return true;
    const place = keys.indexOf(key);
    if (place < 0) return false;
    for (let at = place; at > 0; at--) keys[at] = keys[at - 1];
    keys[0] = key;
    return true;
  }

  /** Puts in one that is not there. */
  fill(key: number): void {
    const keys = this.#keys;
    for (let at = keys.length - 1; at > 0; at--) keys[at] = keys[at - 1];
    keys[0] = key;
  }

  dropAll(): void {
    this.#keys.fill(0);
  }
}

/** The buffer behind them: direct-mapped by the number of the page. */
export class SharedTranslationBuffer {
  readonly #keys: Int32Array;

  /** @param keys the cells of its state: a power of two, or none */
  constructor(keys: Int32Array) {
    this.#keys = keys;
  }

  get exists(): boolean {
    return this.#keys.length > 0;
  }

  /** Whether the translation was there; it is afterwards. */
  use(key: number): boolean {
    const place = key & (this.#keys.length - 1);
    if (this.#keys[place] === key) return true;
    this.#keys[place] = key;
    return false;
  }

  dropAll(): void {
    this.#keys.fill(0);
  }
}
