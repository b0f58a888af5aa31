import { afterEach, describe, expect, it, vi } from "vitest";
import { ByteCache } from "../src/core/byte-cache";
import { LoadQueue } from "../src/core/load-queue";
import { Problem } from "../src/core/problem";

const NONE = new Set<string>();

describe("the cache", () => {
  const filled = () => {
    const gone: string[] = [];
    const cache = new ByteCache<string>(100, (key) => gone.push(key));
    for (const key of ["a", "b", "c"]) cache.set(key, key, 30, NONE);
    return { cache, gone };
  };

  it("lets the longest unused go, before there is too much", () => {
    const { cache, gone } = filled();
    cache.touch("a");
    cache.set("d", "d", 30, NONE);
    expect(gone).toEqual(["b"]);
    expect([cache.bytes, cache.peak]).toEqual([90, 90]);
    expect(cache.get("a")).toBe("a");
  });

  it("keeps what is needed", () => {
    const { cache, gone } = filled();
    cache.set("d", "d", 60, new Set(["a"]));
    expect(gone).toEqual(["b", "c"]);
  });

  it("counts what is put in twice once", () => {
    const { cache, gone } = filled();
    cache.set("a", "new", 10, NONE);
    expect([cache.bytes, cache.size, gone]).toEqual([70, 3, ["a"]]);
    cache.clear();
    expect([cache.bytes, cache.size]).toEqual([0, 0]);
  });
});

/** A load that ends when the test says so. */
function bench(parallel = 2) {
  const open = new Map<string, { resolve(value: string): void; reject(reason: unknown): void; signal: AbortSignal }>();
  const started: string[] = [];
  const loaded: string[] = [];
  const late: string[] = [];
  const failed: string[] = [];
  const delayed: string[] = [];
  const queue = new LoadQueue<string>(
    (key, signal) => {
      started.push(key);
      return new Promise((resolve, reject) => open.set(key, { resolve, reject, signal }));
    },
    {
      onLoaded: (key) => loaded.push(key),
      onLate: (_, value) => late.push(value),
      onDelayed: (key) => delayed.push(key),
      onFailed: (key) => failed.push(key),
    },
    parallel,
    () => Date.now(),
  );
  const end = async (key: string): Promise<void> => {
    open.get(key)?.resolve(key);
    await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return { queue, open, started, loaded, late, failed, delayed, end };
}

describe("the queue", () => {
  afterEach(() => vi.useRealTimers());

  it("loads a few at a time, in order", async () => {
    const { queue, started, loaded, end } = bench();
    queue.want(["a", "b", "c"]);
    expect(started).toEqual(["a", "b"]);
    await end("b");
    expect(started).toEqual(["a", "b", "c"]);
    expect([loaded, queue.missing]).toEqual([["b"], 2]);
  });

  it("gives up what is wanted no more, and starts what is wanted now", async () => {
    const { queue, open, started, loaded, end } = bench();
    queue.want(["a", "b"]);
    queue.want(["b", "c"]);
    expect(open.get("a")?.signal.aborted).toBe(true);
    expect(open.get("b")?.signal.aborted).toBe(false);
    expect(started).toEqual(["a", "b", "c"]);
    await end("a");
    expect(loaded).toEqual([]);
  });

  it("hands back what came too late, for its owner to free", async () => {
    const { queue, loaded, late, end } = bench();
    queue.want(["a"]);
    queue.want([]);
    await end("a");
    expect([loaded, late]).toEqual([[], ["a"]]);
  });

  it("waits while it is held", () => {
    const { queue, started } = bench();
    queue.hold(true);
    queue.want(["a"]);
    expect(started).toEqual([]);
    queue.hold(false);
    expect(started).toEqual(["a"]);
  });

  it("leaves out what is not there", async () => {
    const { queue, open, failed, started } = bench();
    queue.want(["a"]);
    open.get("a")?.reject(new Problem("panorama-missing", "a"));
    await new Promise((resolve) => setTimeout(resolve, 0));
    queue.want(["a"]);
    expect([failed, started, queue.missing]).toEqual([["a"], ["a"], 0]);
  });

  it("tries again what the network did not bring", async () => {
    vi.useFakeTimers();
    const { queue, open, started, delayed } = bench();
    queue.want(["a"]);
    open.get("a")?.reject(new Problem("network", "a"));
    await vi.advanceTimersByTimeAsync(1000);
    expect([started.length, queue.missing, delayed]).toEqual([1, 1, ["a"]]);
    await vi.advanceTimersByTimeAsync(1500);
    expect(started).toEqual(["a", "a"]);
  });
});
