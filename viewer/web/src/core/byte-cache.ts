/** What was loaded, up to so many bytes: the longest unused goes first. */

interface Entry<T> {
  readonly value: T;
  readonly bytes: number;
}

export class ByteCache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  #bytes = 0;
  #peak = 0;

  constructor(
    readonly budget: number,
    private readonly onEvict: (key: string, value: T) => void,
  ) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** The most bytes there ever were at a time. */
  get peak(): number {
    return this.#peak;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.value;
  }

  /** Makes an entry the last one to go. */
  touch(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }

  /** Room is made before the entry counts, so that the budget holds at any time. */
  set(key: string, value: T, bytes: number, needed: ReadonlySet<string>): void {
    this.delete(key);
    this.#makeRoom(bytes, needed);
    this.#entries.set(key, { value, bytes });
    this.#bytes += bytes;
    this.#peak = Math.max(this.#peak, this.#bytes);
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
    this.onEvict(key, entry.value);
  }

  clear(): void {
    for (const key of [...this.#entries.keys()]) this.delete(key);
  }

  #makeRoom(bytes: number, needed: ReadonlySet<string>): void {
    for (const key of [...this.#entries.keys()]) {
      if (this.#bytes + bytes <= this.budget) return;
      if (!needed.has(key)) this.delete(key);
    }
  }
}
