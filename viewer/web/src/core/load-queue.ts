/** Loads what is wanted, a few at a time, and gives up at once what is wanted no more. */

import { Problem } from "./problem";

/** Waits between tries of what the network did not bring, milliseconds. */
const WAITS = [2e3, 6e3, 20e3, 60e3];

export interface QueueEvents<T> {
  onLoaded(key: string, value: T): void;
  /** It came after it was given up: whoever loaded it frees it. */
  onLate(key: string, value: T): void;
  /** The network did not bring it; it is tried again later. */
  onDelayed(key: string): void;
  /** It will not come: it is not there, or broken. */
  onFailed(key: string, reason: unknown): void;
}

export class LoadQueue<T> {
  #wanted: readonly string[] = [];
  readonly #running = new Map<string, AbortController>();
  readonly #given = new Set<string>();
  readonly #failed = new Set<string>();
  readonly #tries = new Map<string, { count: number; after: number }>();
  /** While true nothing new is started: what came is not used up yet. */
  #held = false;

  constructor(
    private readonly load: (key: string, signal: AbortSignal) => Promise<T>,
    private readonly events: QueueEvents<T>,
    readonly parallel = 6,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Wants these, the first most; what is on its way and not among them is given up. */
  want(keys: readonly string[]): void {
    this.#wanted = keys;
    const wanted = new Set(keys);
    for (const [key, controller] of this.#running) {
      if (wanted.has(key)) continue;
      this.#running.delete(key);
      controller.abort();
    }
    for (const key of this.#given) if (!wanted.has(key)) this.#given.delete(key);
    this.#start();
  }

  hold(held: boolean): void {
    this.#held = held;
    if (!held) this.#start();
  }

  /** Wants again what was given but got lost. */
  forget(): void {
    this.#given.clear();
    this.#start();
  }

  /** How many are wanted and will come, but are not here. */
  get missing(): number {
    return this.#wanted.filter((key) => !this.#given.has(key) && !this.#failed.has(key)).length;
  }

  get running(): number {
    return this.#running.size;
  }

  #start(): void {
    for (const key of this.#wanted) {
      if (this.#held || this.#running.size >= this.parallel) return;
      if (this.#given.has(key) || this.#failed.has(key) || this.#running.has(key)) continue;
      if ((this.#tries.get(key)?.after ?? 0) > this.now()) continue;
      void this.#run(key);
    }
  }

  async #run(key: string): Promise<void> {
    const controller = new AbortController();
    this.#running.set(key, controller);
    try {
      const value = await this.load(key, controller.signal);
      if (this.#running.get(key) !== controller) return this.events.onLate(key, value);
      this.#given.add(key);
      this.#tries.delete(key);
      this.events.onLoaded(key, value);
    } catch (reason) {
      if (this.#running.get(key) !== controller) return;
      this.#miss(key, reason);
    }
    this.#running.delete(key);
    this.#start();
  }

  #miss(key: string, reason: unknown): void {
    const count = this.#tries.get(key)?.count ?? 0;
    const wait = WAITS[Math.min(count, WAITS.length - 1)] as number;
    if (reason instanceof Problem && reason.kind === "network") {
      this.#tries.set(key, { count: count + 1, after: this.now() + wait });
      setTimeout(() => this.#start(), wait + 1);
      this.events.onDelayed(key);
      return;
    }
    this.#failed.add(key);
    this.events.onFailed(key, reason);
  }
}
