/** The memory that the tiles of all models on a stage share: apart from that of points. */

import { LRUCache } from "3d-tiles-renderer/core";
import type { TilesRenderer } from "3d-tiles-renderer/three";
import { limitCache, type TileCache } from "./point-reader";
import type { Stage } from "./stage";

const MEBI = 2 ** 20;

export class MeshMemory {
  readonly #cache = new LRUCache() as TileCache;
  readonly #users = new Set<TilesRenderer>();

  constructor(readonly budget: number) {
    limitCache(this.#cache, budget, budget - 64 * MEBI);
  }

  /** Before its first frame. */
  join(tiles: TilesRenderer): void {
    this.#cache.unloadPriorityCallback = tiles.lruCache.unloadPriorityCallback;
    tiles.lruCache = this.#cache;
    this.#users.add(tiles);
  }

  leave(tiles: TilesRenderer): void {
    this.#users.delete(tiles);
  }

  /** Of all tiles that are here. */
  get bytes(): number {
    return this.#cache.cachedBytes;
  }

  /** Of those on show. */
  get shownBytes(): number {
    const shown = [...this.#users].flatMap(({ visibleTiles }) => [...visibleTiles]);
    return shown.reduce((sum, tile) => sum + this.#cache.getMemoryUsage(tile), 0);
  }
}

const memories = new WeakMap<Stage, MeshMemory>();

/** Made once for a stage. */
export function memoryOn(stage: Stage, budget: number): MeshMemory {
  const memory = memories.get(stage) ?? new MeshMemory(budget);
  memories.set(stage, memory);
  return memory;
}
