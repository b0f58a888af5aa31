/**
 * The tiles of a large model on the stage: 3D Tiles, read and chosen by 3d-tiles-renderer.
 *
 * A chunk of its own, loaded when a tour has such tiles. The derivative on the stage stays: it is not
 * drawn once the root tile is, but is there for picking and lights, and comes back when tiles fail.
 */

import { Group, type Object3D } from "three";
import type { Tile } from "3d-tiles-renderer/core";
import type { TilesRenderer } from "3d-tiles-renderer/three";
import type { ModelTiles, PackageFiles } from "../core/manifest";
import { worldFromRoot } from "../core/matrix";
import { type MeshLimits, nextMeshTarget } from "../core/mesh-limits";
import { Problem } from "../core/problem";
import { meshesOf, texturesOf } from "./meshes";
import { pointReader } from "./point-reader";
import type { Stage, StageLayer, StageView } from "./stage";

/** Waits between tries of what the network did not bring, milliseconds. */
const WAITS = [2e3, 6e3, 20e3, 60e3];
const MEBI = 2 ** 20;
/** After so long there may be room in a cache that was full, milliseconds. */
const ROOM_MS = 150;
/** The layer of what is there, and not drawn. */
const HIDDEN_LAYER = 31;

export interface MeshTilesState {
  /** On show. */
  readonly tiles: number;
  readonly faces: number;
  readonly bytes: number;
  readonly budget: number;
  readonly errorTarget: number;
  /** Tiles on their way or waiting. */
  readonly loading: number;
  readonly failed: number;
  /** The root tile is here: the derivative is not drawn any more. */
  readonly covers: boolean;
}

export interface MeshTilesEvents {
  /** Something changed: another frame is due. */
  onChange(): void;
  /** A tile was left out, or the network holds some back. */
  onMissing(problem: Problem): void;
  /** Nothing can be shown: the derivative is drawn again. */
  onFailed(problem: Problem): void;
}

export class MeshTiles implements StageLayer {
  /** What is on show of the tiles: for picking. */
  readonly group = new Group();
  readonly #tiles: TilesRenderer;
  readonly #held = new Set<Tile>();
  #target: number;
  #covers = false;
  #failed = 0;
  #tries = 0;
  #timer = 0;
  #waiting = 0;
  #disposed = false;

  constructor(
    private readonly model: ModelTiles,
    files: PackageFiles,
    private readonly stage: Stage,
    private readonly limits: MeshLimits,
    private readonly events: MeshTilesEvents,
  ) {
    this.#target = limits.errorTarget;
    this.#tiles = this.#rendererOf(files);
    window.addEventListener("online", this.#retry);
    stage.addLayer(this.group, this);
  }

  get state(): MeshTilesState {
    const { visibleTiles } = this.#tiles;
    return {
      tiles: visibleTiles.size,
      faces: meshesOf(this.group).reduce((sum, { geometry }) => sum + (geometry.index?.count ?? 0) / 3, 0),
      bytes: this.#cache.cachedBytes,
      budget: this.limits.bytes,
      errorTarget: this.#target,
      loading: this.#stats.queued + this.#stats.downloading + this.#stats.parsing,
      failed: this.#failed,
      covers: this.#covers,
    };
  }

  /** Before each frame. */
  update({ camera, width, height }: StageView): void {
    if (this.#disposed) return;
    const { model } = this.stage;
    // As the model: not inside a panorama, and not when the visitor does not want it.
    this.group.visible = model !== null;
    if (model) this.#cover(model);
    if (!model || !this.stage.driver?.eye) return;
    const tiles = this.#tiles;
    tiles.errorTarget = this.#target;
    tiles.setCamera(camera);
    tiles.setResolution(camera, width, height);
    try {
      tiles.update();
    } catch (reason) {
      return this.#end(new Problem("model-broken", String(reason)));
    }
    this.#adapt();
  }

  after(): void {
    // Nothing is drawn over the frame.
  }

  /** Frees all memory; the derivative is drawn again. The tiles are not used again. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#waiting);
    window.removeEventListener("online", this.#retry);
    this.#covers = false;
    if (this.stage.model) this.#cover(this.stage.model);
    this.#tiles.dispose();
    this.stage.removeLayer(this.group, this);
  }

  /** Draws the derivative, or not; a finer one may have taken its place since the last frame. */
  #cover(model: Object3D): void {
    for (const mesh of meshesOf(model)) mesh.layers.set(this.#covers ? HIDDEN_LAYER : 0);
  }

  get #cache(): Cache {
    return this.#tiles.lruCache as unknown as Cache;
  }

  get #stats(): Stats {
    return (this.#tiles as unknown as { stats: Stats }).stats;
  }

  #rendererOf(files: PackageFiles): TilesRenderer {
    const tiles = pointReader(this.model, files);
    tiles.downloadQueue.maxJobsPerOrigin = this.limits.parallel;
    const { lruCache } = tiles;
    lruCache.maxBytesSize = this.limits.bytes;
    lruCache.minBytesSize = Math.max(this.limits.bytes - 64 * MEBI, this.limits.bytes * 0.7);
    lruCache.minSize = 0;
    lruCache.maxSize = 6000;
    tiles.addEventListener("load-root-tileset", ({ tileset }) => {
      if (this.#disposed) return;
      const { root } = tileset as { root: Tile & { transform?: number[] } };
      const place = worldFromRoot(this.model.world_from_tileset, root.transform);
      if (!place) return this.#end(new Problem("model-broken", `${this.model.uri}: its root cannot be placed`));
      tiles.group.matrixAutoUpdate = false;
      tiles.group.matrix.fromArray(place);
      tiles.group.matrixWorldNeedsUpdate = true;
      tiles.group.updateMatrixWorld(true);
      this.group.add(tiles.group);
      this.events.onChange();
    });
    tiles.addEventListener("load-model", ({ scene, tile }) => this.#take(scene, tile));
    tiles.addEventListener("tile-visibility-change", () => {
      if (!this.#disposed) this.#covers ||= tiles.visibleTiles.size > 0;
      this.events.onChange();
    });
    tiles.addEventListener("needs-update", () => this.events.onChange());
    tiles.addEventListener("load-error", ({ tile, error }) => this.#miss(tile, error));
    return tiles;
  }

  /** A tile is here: its textures go to the GPU before it is on show. */
  #take(scene: Object3D, tile: Tile): void {
    if (this.#disposed) return;
    this.#tries = 0;
    this.#held.delete(tile);
    for (const mesh of meshesOf(scene)) {
      for (const texture of texturesOf(mesh)) {
        texture.anisotropy = this.stage.anisotropy;
        this.stage.upload(texture);
      }
    }
    this.events.onChange();
  }

  #adapt(): void {
    const { loading } = this.state;
    const refused = this.#stats.refused > 0;
    const bytes = [...this.#tiles.visibleTiles].reduce((sum, tile) => sum + this.#cache.getMemoryUsage(tile), 0);
    const next = nextMeshTarget(this.#target, this.limits, { bytes, refused });
    // Finer again only when nothing is on its way: else it would swing.
    if (next > this.#target || (next < this.#target && loading === 0)) {
      this.#target = next;
      this.events.onChange();
    } else if (refused && loading === 0) {
      // What is not used goes between frames; then there is room.
      clearTimeout(this.#waiting);
      this.#waiting = window.setTimeout(() => this.events.onChange(), ROOM_MS);
    }
  }

  #miss(tile: Tile | null, reason: unknown): void {
    if (this.#disposed) return;
    const problem = problemOf(reason);
    if (problem.kind === "network") return this.#later(tile, problem);
    if (tile) this.#failed += 1;
    if (!tile || tile.internal.depth === 0) return this.#end(problem);
    this.events.onMissing(problem);
  }

  /** What the network did not bring is asked for again, after a while or when it is back. */
  #later(tile: Tile | null, problem: Problem): void {
    if (tile) this.#held.add(tile);
    this.events.onMissing(problem);
    clearTimeout(this.#timer);
    const wait = WAITS[Math.min(this.#tries, WAITS.length - 1)] as number;
    this.#tries += 1;
    this.#timer = window.setTimeout(this.#retry, wait);
  }

  readonly #retry = (): void => {
    // A tile that failed stays in the cache, and what is there is not asked for again.
    for (const tile of this.#held) this.#tiles.lruCache.remove(tile);
    if (!this.#tiles.root) this.#tiles.resetFailedTiles();
    this.#held.clear();
    this.events.onChange();
  };

  #end(problem: Problem): void {
    if (this.#disposed) return;
    this.dispose();
    this.events.onFailed(problem);
  }
}

/** What the types of the library leave out. */
interface Cache {
  readonly cachedBytes: number;
  getMemoryUsage(tile: Tile): number;
}

interface Stats {
  /** Wanted, but the cache was full. */
  readonly refused: number;
  readonly queued: number;
  readonly downloading: number;
  readonly parsing: number;
}

/** The reader speaks of points; here it is a model that is missing or broken. */
function problemOf(reason: unknown): Problem {
  if (!(reason instanceof Problem)) return new Problem("model-broken", String(reason));
  if (reason.kind === "points-missing") return new Problem("model-missing", reason.message);
  if (reason.kind === "points-broken") return new Problem("model-broken", reason.message);
  return reason;
}
