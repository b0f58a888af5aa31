/**
 * The point tilesets of a tour on the stage: 3D Tiles, read and chosen by 3d-tiles-renderer.
 *
 * A chunk of its own, loaded when points are asked for. What is here beside the library: the place
 * in the world, a limit of memory and of points for the device, the size of points, picking.
 */

import {
  Group,
  type IUniform,
  type Object3D,
  PerspectiveCamera,
  type Points,
  Sphere,
} from "three";
import type { Tile } from "3d-tiles-renderer/core";
import type { TilesRenderer } from "3d-tiles-renderer/three";
import type { PackageFiles, Points as PointsOfTour } from "../core/manifest";
import { leastScale, multiplied, worldFromRoot } from "../core/matrix";
import { type Coordinates, nearestPoint, type Ray, type ScreenSpot } from "../core/pick";
import { nextTarget, POINT_PX, type PointLimits } from "../core/point-limits";
import { Problem } from "../core/problem";
import { type Box, boxesUnion, clampToBox, distance, type Vec3 } from "../core/vector";
import { EyeDome, POINT_LAYER } from "./eye-dome";
import { NO_CUT, pointMaterial, sharedUniforms } from "./point-material";
import { limitCache, loadingOf, pointReader, ROOM_MS, statsOf, type TileCache, type TileStats, WAITS } from "./point-reader";
import { boxOf, coloursOf, coordinatesOf, guessedSpacing, inWorld, isLegacy, localOf, meets, spacingIn, spacingTold } from "./point-tiles";
import type { Stage, StageLayer, StageView } from "./stage";

/** Points of the coarsest tile that stand for the whole where there is no model. */
const MOST_SAMPLES = 60_000;
const MEBI = 2 ** 20;

export interface PointState {
  readonly tiles: number;
  readonly points: number;
  readonly bytes: number;
  readonly budget: number;
  readonly errorTarget: number;
  /** Tiles on their way or waiting. */
  readonly loading: number;
  readonly failed: number;
  readonly shaded: boolean;
  /** From turning the points on to the first frame with some, and to all of that view; milliseconds. */
  readonly first_ms: number | null;
  readonly all_ms: number | null;
}

export interface PointEvents {
  /** The first tiles of a tileset are here: so far they reach. */
  onBox(box: Box): void;
  /** Something changed: another frame is due. */
  onChange(): void;
  /** A tile was left out, or the network holds some back. */
  onMissing(problem: Problem): void;
  /** Nothing can be shown. */
  onFailed(problem: Problem): void;
}

/** Tiles as the library prepares them, as far as they are used here. */
interface LoadedTile extends Tile {
  readonly traversal: Tile["traversal"] & { readonly allChildrenLoaded: boolean };
}

interface Part {
  readonly tile: LoadedTile;
  readonly tiles: TilesRenderer;
  readonly object: Points;
  readonly coordinates: Coordinates;
}

export interface PickedPoint {
  readonly position: Vec3;
  /** Along the view. */
  readonly depth: number;
  /** Of the points on show there, in units of the world. */
  readonly spacing: number;
}

export class PointLayer implements StageLayer {
  readonly #group = new Group();
  readonly #renderers: TilesRenderer[] = [];
  readonly #known = new Map<TilesRenderer, Known>();
  /** Tilesets that may still bring a first tile. */
  readonly #awaited = new Set<TilesRenderer>();
  /** Until a tileset's first tile is here and the camera, which may look elsewhere, has a place. */
  readonly #overviews = new Map<TilesRenderer, PerspectiveCamera>();
  readonly #parts = new Set<Part>();
  readonly #uniforms = sharedUniforms();
  readonly #dome = new EyeDome();
  readonly #begun = performance.now();
  #first: number | null = null;
  #all: number | null = null;
  #target: number;
  #drawn = 0;
  #failed = 0;
  #tries = 0;
  #timer = 0;
  #waiting = 0;
  #disposed = false;
  /** Tilesets of which nothing can be shown. */
  readonly #broken = new Set<TilesRenderer>();
  /** What the network did not bring. */
  readonly #held = new Set<Tile>();
  #rooted: (box: Box) => void = () => undefined;
  #rootFailed: (problem: Problem) => void = () => undefined;
  /** The box around all, once each tileset's first tile is here, or will not come soon. */
  readonly rooted = new Promise<Box>((resolve, reject) => {
    this.#rooted = resolve;
    this.#rootFailed = reject;
  });
  /** Depth is shaded. */
  shaded: boolean;
  /** True while panoramas need the network. */
  waits = false;

  constructor(
    points: readonly PointsOfTour[],
    private readonly files: PackageFiles,
    private readonly stage: Stage,
    private readonly limits: PointLimits,
    private readonly events: PointEvents,
  ) {
    this.rooted.catch(() => undefined);
    this.shaded = limits.shaded;
    this.#target = limits.errorTarget;
    for (const each of points) this.#renderers.push(this.#rendererOf(each));
    const [first] = this.#renderers;
    if (first) this.#limit(first);
    window.addEventListener("online", this.#retry);
    stage.addLayer(this.#group, this);
  }

  get state(): PointState {
    return {
      tiles: this.#parts.size,
      points: this.#drawn,
      bytes: this.#cache?.cachedBytes ?? 0,
      budget: this.limits.bytes,
      errorTarget: this.#target,
      loading: this.#sum(loadingOf),
      failed: this.#failed,
      shaded: this.shaded,
      first_ms: this.#first,
      all_ms: this.#all,
    };
  }

  /** Nothing is on its way, be it that all is here or that there is nothing in view. */
  get resting(): boolean {
    return this.#renderers.every(({ root }) => root !== null) && this.state.loading === 0;
  }

  set cut(height: number | null) {
    this.#uniforms.cut.value = height ?? NO_CUT;
    this.stage.invalidate();
  }

  /** Some points of each tileset's coarsest tiles, three numbers each, in the world: the same whatever else is here. */
  get samples(): Float32Array {
    const parts = this.#renderers.flatMap((tiles) => {
      const own = this.#partsOf(tiles);
      const least = Math.min(...own.map(({ tile }) => tile.internal.depth));
      return own.filter(({ tile }) => tile.internal.depth === least);
    });
    const count = parts.reduce((sum, { coordinates }) => sum + coordinates.count, 0);
    const step = Math.max(Math.ceil(count / MOST_SAMPLES), 1);
    const xyz: number[] = [];
    for (const { object, coordinates } of parts)
      for (let i = 0; i < coordinates.count; i += step) xyz.push(...inWorld(object, localOf(coordinates, i)));
    return Float32Array.from(xyz);
  }

  /** The spacing of the coarsest tiles, in units of the world. */
  get coarsest(): number {
    return Math.max(0, ...[...this.#parts].map(({ object }) => spacingOf(object)));
  }

  /** Before each frame. */
  update({ camera, width, height, focal, pixelRatio }: StageView): void {
    if (this.#disposed) return;
    this.#uniforms.sizes.value = [
      focal * pixelRatio,
      this.#target * pixelRatio,
      POINT_PX.least * pixelRatio,
      POINT_PX.most * pixelRatio,
    ];
    const placed = this.stage.driver?.eye != null;
    for (const tiles of this.#renderers) {
      tiles.errorTarget = this.#target;
      tiles.downloadQueue.maxJobsPerOrigin = this.waits ? 1 : this.limits.parallel;
      if (placed && this.#known.get(tiles)?.here) this.#overviews.delete(tiles);
      const overview = this.#overviews.get(tiles);
      const from = overview ?? camera;
      for (const each of [...tiles.cameras]) if (each !== from) tiles.deleteCamera(each);
      tiles.setCamera(from);
      tiles.setResolution(from, width, height);
      try {
        tiles.update();
      } catch (reason) {
        return this.#end(new Problem("points-broken", String(reason)));
      }
    }
    this.#count();
  }

  /** After each frame; coarse: the device is slow and moves. */
  after({ renderer, scene, camera, width, height }: StageView, coarse: boolean): void {
    if (this.shaded && !coarse && this.#drawn > 0) this.#dome.draw(renderer, scene, camera, { width, height });
  }

  /** The point under a spot that is nearest to the camera; null where there is none. */
  pick(spot: ScreenSpot, ray: Ray): PickedPoint | null {
    const { clipFromWorld, focal } = this.stage;
    const perLength = spot.radius / focal;
    let best: { position: Vec3; depth: number; score: number } | null = null;
    for (const { object, coordinates, tile } of this.#parts) {
      if (!tile.traversal.visible || !meets(object, ray, perLength)) continue;
      const world = object.matrixWorld.elements;
      const cut = this.#uniforms.cut.value;
      const allows = (local: Vec3): boolean => cut === NO_CUT || inWorld(object, local)[1] <= cut;
      const hit = nearestPoint(coordinates, multiplied(clipFromWorld, world), spot, allows);
      if (hit && (!best || hit.score < best.score))
        best = { position: inWorld(object, hit.local), depth: hit.depth, score: hit.score };
    }
    return best && { position: best.position, depth: best.depth, spacing: this.#spacingAt(best.position) };
  }

  /** That of the finest tile on show around a place. */
  #spacingAt(place: Vec3): number {
    const around = [...this.#parts].filter(({ tile, object }) => tile.traversal.visible && holds(boxOf(object), place, spacingOf(object)));
    return Math.min(...around.map(({ object }) => spacingOf(object)));
  }

  /** Frees all memory; the layer is not used again. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#waiting);
    window.removeEventListener("online", this.#retry);
    for (const tiles of this.#renderers) tiles.dispose();
    this.#parts.clear();
    this.#dome.dispose();
    this.stage.removeLayer(this.#group, this);
    this.#rootFailed(new Problem("points-missing", "the points were left"));
  }

  #sum(of: (stats: TileStats) => number): number {
    return this.#renderers.reduce((sum, tiles) => sum + of(statsOf(tiles)), 0);
  }

  get #cache(): TileCache | null {
    return (this.#renderers[0]?.lruCache as TileCache | undefined) ?? null;
  }

  #rendererOf(points: PointsOfTour): TilesRenderer {
    const tiles = pointReader(points, this.files);
    const known: Known = { spacing: points.spacing_m ?? 0, finest: { value: 0 }, here: false };
    this.#known.set(tiles, known);
    this.#awaited.add(tiles);
    tiles.addEventListener("load-root-tileset", ({ tileset }) => {
      if (this.#disposed) return;
      const { root, extras } = tileset as RootTileset;
      known.spacing ||= spacingTold(extras);
      const place = worldFromRoot(points.world_from_tileset, root.transform);
      if (!place) return this.#end(new Problem("points-broken", `${points.uri}: its root cannot be placed`));
      tiles.group.matrixAutoUpdate = false;
      tiles.group.matrix.fromArray(place);
      tiles.group.matrixWorldNeedsUpdate = true;
      tiles.group.updateMatrixWorld(true);
      this.#overviews.set(tiles, overviewOf(tiles));
      this.#group.add(tiles.group);
      this.events.onChange();
    });
    tiles.addEventListener("load-model", ({ scene, tile }) => this.#take(tiles, scene, tile as LoadedTile));
    tiles.addEventListener("dispose-model", ({ tile }) => this.#forget(tile as LoadedTile));
    tiles.addEventListener("needs-update", () => this.events.onChange());
    tiles.addEventListener("load-error", ({ tile, error }) => this.#miss(tiles, tile, error));
    return tiles;
  }

  /** All tilesets share one cache, so they share one limit. */
  #limit({ lruCache }: TilesRenderer): void {
    limitCache(lruCache, this.limits.bytes, this.limits.bytes - 16 * MEBI);
  }

  /** A tile is here: its points get their material. */
  #take(tiles: TilesRenderer, scene: Object3D, tile: LoadedTile): void {
    if (this.#disposed) return;
    this.#tries = 0;
    const size = leastScale(tiles.group.matrixWorld.elements);
    const known = this.#known.get(tiles) as Known;
    const told = spacingIn(tile, known.spacing) * size;
    // As the library does once it is on show; before, it would lie in the tileset's own frame.
    scene.parent = tiles.group;
    scene.updateMatrixWorld(true);
    scene.traverse((object) => {
      if (!(object as Points).isPoints) return;
      const points = object as Points;
      const before = points.material;
      const material = pointMaterial({ ...this.#uniforms, finest: known.finest }, coloursOf(points, tile));
      material.uniforms.spacing!.value = told > 0 && !isLegacy(tile) ? told : guessedSpacing(points);
      points.material = material;
      for (const each of Array.isArray(before) ? before : [before]) each.dispose();
      points.layers.set(POINT_LAYER);
      points.frustumCulled = false;
      const position = points.geometry.attributes.position;
      if (position) this.#parts.add({ tile, tiles, object: points, coordinates: coordinatesOf(position) });
    });
    this.#finest(tiles, known);
    this.#root(tiles, tile);
    this.events.onChange();
  }

  #forget(tile: LoadedTile): void {
    for (const part of this.#parts) {
      if (part.tile !== tile) continue;
      // The library frees the material that it made, which is not on show any more.
      const { material } = part.object;
      for (const each of Array.isArray(material) ? material : [material]) each.dispose();
      this.#parts.delete(part);
    }
  }

  /** The spacing of a tileset's finest tiles: what is told of it, else that of the finest which are here. */
  #finest(tiles: TilesRenderer, { spacing, finest }: Known): void {
    const size = leastScale(tiles.group.matrixWorld.elements);
    const least = Math.min(...this.#partsOf(tiles).map(({ object }) => spacingOf(object)));
    const value = spacing > 0 ? spacing * size : least;
    finest.value = Number.isFinite(value) ? value : 0;
  }

  #partsOf(tiles: TilesRenderer): Part[] {
    return [...this.#parts].filter((part) => part.tiles === tiles);
  }

  #root(tiles: TilesRenderer, tile: LoadedTile): void {
    if (tile.internal.depth > 1) return;
    const boxes = this.#partsOf(tiles).map(({ object }) => boxOf(object));
    if (boxes.length > 0) this.events.onBox(boxes.reduce(boxesUnion));
    // A child that comes before the root's points shows a part only.
    if (tile.internal.depth > 0 && this.#awaited.has(tiles) && tiles.root?.internal.hasRenderableContent) return;
    (this.#known.get(tiles) as Known).here = true;
    this.#settle(tiles);
  }

  /** A tileset's first tile is here, or is not to be waited for; the others are. */
  #settle(tiles: TilesRenderer): void {
    this.#awaited.delete(tiles);
    const boxes = [...this.#parts].map(({ object }) => boxOf(object));
    if (this.#awaited.size === 0 && boxes.length > 0) this.#rooted(boxes.reduce(boxesUnion));
  }

  /** What is on show, and whether it is too much or may be finer. */
  #count(): void {
    this.#drawn = 0;
    const visible = new Set<Tile>();
    for (const { tile, object, coordinates } of this.#parts) {
      if (!tile.traversal.visible) continue;
      visible.add(tile);
      this.#drawn += coordinates.count;
      const coarseEnough = tile.traversal.error <= this.#target;
      (object.material as PointMaterial).uniforms.refined!.value =
        tile.children?.length !== 0 && (coarseEnough || tile.traversal.allChildrenLoaded);
    }
    const { loading } = this.state;
    const now = performance.now() - this.#begun;
    if (this.#drawn > 0) this.#first ??= now;
    if (this.#drawn > 0 && loading === 0) this.#all ??= now;
    const bytes = [...visible].reduce((sum, tile) => sum + (this.#cache?.getMemoryUsage(tile) ?? 0), 0);
    this.#adapt(this.limits, bytes, loading);
  }

  #adapt(limits: PointLimits, bytes: number, loading: number): void {
    const refused = this.#sum((stats) => stats.refused) > 0;
    const next = nextTarget(this.#target, limits, { points: this.#drawn, bytes, refused });
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

  #miss(tiles: TilesRenderer, tile: Tile | null, reason: unknown): void {
    if (this.#disposed) return;
    const problem = reason instanceof Problem ? reason : new Problem("points-broken", String(reason));
    if (problem.kind === "network") return this.#later(tiles, tile, problem);
    if (tile) this.#failed += 1;
    const nothing = !tile || (tile.internal.depth === 0 && !tile.children?.length);
    if (nothing) this.#broken.add(tiles);
    if (this.#broken.size === this.#renderers.length) return this.#end(problem);
    this.events.onMissing(problem);
    if ((tile?.internal.depth ?? 0) === 0) this.#settle(tiles);
  }

  /** What the network did not bring is asked for again, after a while or when it is back. */
  #later(tiles: TilesRenderer, tile: Tile | null, problem: Problem): void {
    if (tile) this.#held.add(tile);
    this.events.onMissing(problem);
    if ((tile?.internal.depth ?? 0) === 0) this.#settle(tiles);
    clearTimeout(this.#timer);
    const wait = WAITS[Math.min(this.#tries, WAITS.length - 1)] as number;
    this.#tries += 1;
    this.#timer = window.setTimeout(this.#retry, wait);
  }

  readonly #retry = (): void => {
    for (const tiles of this.#renderers) {
      // A tile that failed stays in the cache, and what is there is not asked for again.
      for (const tile of this.#held) if (tile.internal.renderer === tiles) tiles.lruCache.remove(tile);
      if (!tiles.root) tiles.resetFailedTiles();
    }
    this.#held.clear();
    this.events.onChange();
  };

  #end(problem: Problem): void {
    if (this.#disposed) return;
    this.#rootFailed(problem);
    this.dispose();
    this.events.onFailed(problem);
  }
}

/** What is known of a tileset beside its tiles. */
interface Known {
  /** Told of the finest points, in the tileset's unit; 0: nothing. */
  spacing: number;
  /** The spacing of the finest points, in units of the world. */
  readonly finest: IUniform<number>;
  /** Its first tile has come. */
  here: boolean;
}

interface RootTileset {
  readonly root: Tile;
  readonly extras?: unknown;
}

/** A camera that sees all of a tileset. */
function overviewOf(tiles: TilesRenderer): PerspectiveCamera {
  const ball = new Sphere();
  tiles.getBoundingSphere(ball);
  ball.applyMatrix4(tiles.group.matrixWorld);
  const radius = Math.max(ball.radius, 1e-6);
  const camera = new PerspectiveCamera(50, 1, radius / 100, radius * 10);
  camera.position.copy(ball.center);
  camera.position.z += 3 * radius;
  camera.updateMatrixWorld();
  return camera;
}

/** Whether a place is in a box, or beside it by at most some length. */
const holds = (box: Box, place: Vec3, beside: number): boolean => distance(place, clampToBox(place, box)) <= beside;

type PointMaterial = ReturnType<typeof pointMaterial>;

/** What the material of a tile was told, in units of the world. */
const spacingOf = ({ material }: Points): number => (material as PointMaterial).uniforms.spacing!.value as number;
