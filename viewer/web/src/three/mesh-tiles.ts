/**
 * The tiles of a large model on the stage: 3D Tiles, read and chosen by 3d-tiles-renderer.
 *
 * A chunk of its own, loaded when a model with such tiles is seen. Its derivative stays on the stage,
 * not drawn and not met by rays once the root tile is: it comes back when tiles fail.
 */

import { Group, type Object3D } from "three";
import type { Tile } from "3d-tiles-renderer/core";
import type { TilesRenderer } from "3d-tiles-renderer/three";
import type { Ground } from "../core/ground";
import type { ModelTiles, PackageFiles } from "../core/manifest";
import { leastScale, worldFromRoot } from "../core/matrix";
import { type MeshLimits, nextMeshTarget } from "../core/mesh-limits";
import { Problem } from "../core/problem";
import { memoryOn, type MeshMemory } from "./mesh-memory";
import { errors, facesOf, HIDDEN_LAYER, meshesOf, texturesOf } from "./meshes";
import { loadingOf, pointReader, ROOM_MS, statsOf, WAITS } from "./point-reader";
import type { Stage, StageLayer, StageView } from "./stage";
import { TileGround } from "./tile-ground";

export interface MeshTilesState {
  /** On show. */
  readonly tiles: number;
  readonly faces: number;
  /** Of the tiles of all models together, and what they may take. */
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
  /** What is on show as what rays meet; null: the derivative is nearer to it than nothing. */
  onGround(ground: Ground | null): void;
}

export class MeshTiles implements StageLayer {
  readonly #group = new Group();
  readonly #tiles: TilesRenderer;
  readonly #memory: MeshMemory;
  readonly #ground: TileGround;
  /** By their tiles: what is here. */
  readonly #scenes = new Map<Tile, Object3D>();
  #shown = true;
  #scale = 1;
  /** Other tiles are on show than in the frame before. */
  #changed = false;
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
    /** The model's derivative on the stage. */
    private readonly derivative: Object3D,
    private readonly limits: MeshLimits,
    private readonly events: MeshTilesEvents,
  ) {
    this.#target = limits.errorTarget;
    this.#memory = memoryOn(stage, limits.bytes);
    this.#ground = new TileGround(limits.groundFaces, (ground) => events.onGround(ground));
    this.#tiles = this.#rendererOf(files);
    window.addEventListener("online", this.#retry);
    stage.addModelLayer(this.#group, this);
  }

  get state(): MeshTilesState {
    const { visibleTiles } = this.#tiles;
    return {
      tiles: visibleTiles.size,
      faces: facesOf(this.#group),
      bytes: this.#memory.bytes,
      budget: this.#memory.budget,
      errorTarget: this.#target,
      loading: loadingOf(statsOf(this.#tiles)),
      failed: this.#failed,
      covers: this.#covers,
    };
  }

  /** The visitor wants to see this model, or not. */
  set shown(shown: boolean) {
    this.#shown = this.#group.visible = shown;
    this.events.onChange();
  }

  /** Before each frame. */
  update({ camera, width, height }: StageView): void {
    // Nothing inside a panorama.
    if (this.#disposed || !this.#shown || !this.stage.model || !this.stage.driver?.eye) return;
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
    if (!this.#changed) return;
    this.#changed = false;
    this.#ground.show([...tiles.visibleTiles].flatMap((tile) => this.#scenes.get(tile) ?? []));
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
    this.#cover(false);
    this.#ground.dispose();
    this.#memory.leave(this.#tiles);
    this.#tiles.dispose();
    this.stage.removeLayer(this.#group, this);
  }

  /** Draws the tiles in place of the derivative, or the derivative. */
  #cover(covers: boolean): void {
    this.#covers = covers;
    for (const mesh of meshesOf(this.derivative)) mesh.layers.set(covers ? HIDDEN_LAYER : 0);
  }

  #rendererOf(files: PackageFiles): TilesRenderer {
    const tiles = pointReader(this.model, files);
    tiles.downloadQueue.maxJobsPerOrigin = this.limits.parallel;
    this.#memory.join(tiles);
    tiles.addEventListener("load-root-tileset", ({ tileset }) => {
      if (this.#disposed) return;
      const { root } = tileset as { root: Tile & { transform?: number[] } };
      const place = worldFromRoot(this.model.world_from_tileset, root.transform);
      if (!place) return this.#end(new Problem("model-broken", `${this.model.uri}: its root cannot be placed`));
      tiles.group.matrixAutoUpdate = false;
      tiles.group.matrix.fromArray(place);
      tiles.group.matrixWorldNeedsUpdate = true;
      tiles.group.updateMatrixWorld(true);
      this.#scale = leastScale(place);
      this.#group.add(tiles.group);
      this.events.onChange();
    });
    tiles.addEventListener("load-model", ({ scene, tile }) => this.#take(scene, tile));
    tiles.addEventListener("dispose-model", ({ tile }) => this.#scenes.delete(tile));
    tiles.addEventListener("tile-visibility-change", () => {
      if (!this.#disposed && !this.#covers && tiles.visibleTiles.size > 0) this.#cover(true);
      this.#changed = true;
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
    this.#scenes.set(tile, scene);
    errors.set(scene, tile.geometricError * this.#scale);
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
    const refused = statsOf(this.#tiles).refused > 0;
    const next = nextMeshTarget(this.#target, this.limits, { bytes: this.#memory.shownBytes, refused });
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

/** The reader speaks of points; here it is a model that is missing or broken. */
function problemOf(reason: unknown): Problem {
  if (!(reason instanceof Problem)) return new Problem("model-broken", String(reason));
  if (reason.kind === "points-missing") return new Problem("model-missing", reason.message);
  if (reason.kind === "points-broken") return new Problem("model-broken", reason.message);
  return reason;
}
