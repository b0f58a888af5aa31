/**
 * The point tilesets of a tour on the stage: 3D Tiles, read and chosen by 3d-tiles-renderer.
 *
 * A chunk of its own, loaded when points are asked for. What is here beside the library: the place
 * in the world, a limit of memory and of points for the device, the size of points, picking.
 */

import {
  type BufferAttribute,
  Group,
  type InterleavedBufferAttribute,
  type Object3D,
  PerspectiveCamera,
  type Points,
  Sphere,
} from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { MeshoptDecoder } from "three/addons/libs/meshopt_decoder.module.js";
import { type Tile, TilesRendererBase } from "3d-tiles-renderer/core";
import { TilesRenderer } from "3d-tiles-renderer/three";
import { fetchBytes } from "../core/fetching";
import type { PackageFiles, Points as PointsOfTour } from "../core/manifest";
import { leastScale, mapped, multiplied, worldFromRoot } from "../core/matrix";
import { type Coordinates, nearestPoint, passes, type Ray, type ScreenSpot } from "../core/pick";
import { nextTarget, POINT_PX, type PointLimits } from "../core/point-limits";
import { Problem } from "../core/problem";
import { type Box, boxesUnion, sub, type Vec3 } from "../core/vector";
import { EyeDome, POINT_LAYER } from "./eye-dome";
import { NO_CUT, pointMaterial, sharedUniforms } from "./point-material";
import type { Stage, StageLayer, StageView } from "./stage";

/** Waits between tries of what the network did not bring, milliseconds. */
const WAITS = [2e3, 6e3, 20e3, 60e3];
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
}

export class PointLayer implements StageLayer {
  readonly #group = new Group();
  readonly #renderers: TilesRenderer[] = [];
  /** Until the first tile is here: the camera may have no place yet, or look elsewhere. */
  readonly #overviews = new Map<TilesRenderer, PerspectiveCamera>();
  readonly #parts = new Set<Part>();
  readonly #uniforms = sharedUniforms();
  readonly #dome = new EyeDome();
  readonly #begun = performance.now();
  #first: number | null = null;
  #all: number | null = null;
  #target: number;
  #drawn = 0;
  #failedRoots = 0;
  #failed = 0;
  #tries = 0;
  #timer = 0;
  #disposed = false;
  /** What the network did not bring. */
  readonly #held = new Set<Tile>();
  #rooted: (box: Box) => void = () => undefined;
  #rootFailed: (problem: Problem) => void = () => undefined;
  /** The box around all, once the first tile is here. */
  readonly rooted = new Promise<Box>((resolve, reject) => {
    this.#rooted = resolve;
    this.#rootFailed = reject;
  });
  /** Depth is shaded. */
  shaded: boolean;
  /** True while panoramas need the network. */
  waits = false;

  constructor(
    private readonly points: readonly PointsOfTour[],
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
    const stats = this.#renderers.map((tiles) => (tiles as unknown as { stats: Stats }).stats);
    const sum = (of: (each: Stats) => number): number => stats.reduce((total, each) => total + of(each), 0);
    return {
      tiles: this.#parts.size,
      points: this.#drawn,
      bytes: this.#bytes,
      budget: this.limits.bytes,
      errorTarget: this.#target,
      loading: sum(({ queued, downloading, parsing }) => queued + downloading + parsing),
      failed: this.#failed,
      shaded: this.shaded,
      first_ms: this.#first,
      all_ms: this.#all,
    };
  }

  /** All that the view needs is here. */
  get complete(): boolean {
    return this.#all !== null && this.state.loading === 0;
  }

  set cut(height: number | null) {
    this.#uniforms.cut.value = height ?? NO_CUT;
    this.stage.invalidate();
  }

  /** Some points of the coarsest tiles, three numbers each, in the world. */
  get samples(): Float32Array {
    const parts = [...this.#parts].filter(({ tile }) => tile.internal.depth <= 1);
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
    for (const tiles of this.#renderers) {
      tiles.errorTarget = this.#target;
      tiles.downloadQueue.maxJobsPerOrigin = this.waits ? 1 : this.limits.parallel;
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
    let best: (PickedPoint & { score: number }) | null = null;
    for (const { object, coordinates, tile } of this.#parts) {
      if (!tile.traversal.visible || !meets(object, ray, perLength)) continue;
      const world = object.matrixWorld.elements;
      const cut = this.#uniforms.cut.value;
      const allows = (local: Vec3): boolean => cut === NO_CUT || inWorld(object, local)[1] <= cut;
      const hit = nearestPoint(coordinates, multiplied(clipFromWorld, world), spot, allows);
      if (hit && (!best || hit.score < best.score))
        best = { position: inWorld(object, hit.local), depth: hit.depth, score: hit.score };
    }
    return best && { position: best.position, depth: best.depth };
  }

  /** Frees all memory; the layer is not used again. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    clearTimeout(this.#timer);
    window.removeEventListener("online", this.#retry);
    for (const tiles of this.#renderers) tiles.dispose();
    this.#parts.clear();
    this.#dome.dispose();
    this.stage.removeLayer(this.#group, this);
    this.#rootFailed(new Problem("points-missing", "the points were left"));
  }

  get #bytes(): number {
    const cache = this.#renderers[0]?.lruCache as { cachedBytes?: number } | undefined;
    return cache?.cachedBytes ?? 0;
  }

  #rendererOf(points: PointsOfTour): TilesRenderer {
    const tiles = new QuietRenderer(this.files.url(points.uri));
    const loader = new GLTFLoader(tiles.manager);
    loader.setMeshoptDecoder(MeshoptDecoder);
    tiles.manager.addHandler(/\.(gltf|glb)$/g, loader);
    tiles.registerPlugin(new PackageFetch(this.files));
    tiles.addEventListener("load-root-tileset", ({ tileset }) => {
      const root = (tileset as { root: Tile }).root;
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
    tiles.addEventListener("load-error", ({ tile, error }) => this.#miss(tile, error));
    return tiles;
  }

  /** All tilesets share one cache, so they share one limit. */
  #limit({ lruCache }: TilesRenderer): void {
    lruCache.maxBytesSize = this.limits.bytes;
    lruCache.minBytesSize = Math.max(this.limits.bytes - 16 * MEBI, this.limits.bytes * 0.7);
    lruCache.minSize = 0;
    lruCache.maxSize = 6000;
  }

  /** A tile is here: its points get their material. */
  #take(tiles: TilesRenderer, scene: Object3D, tile: LoadedTile): void {
    this.#tries = 0;
    const size = leastScale(tiles.group.matrixWorld.elements);
    const told = spacingIn(tile) * size;
    // As the library does once it is on show; before, it would lie in the tileset's own frame.
    scene.parent = tiles.group;
    scene.updateMatrixWorld(true);
    scene.traverse((object) => {
      if (!(object as Points).isPoints) return;
      const points = object as Points;
      const before = points.material;
      const material = pointMaterial(this.#uniforms, coloursOf(points, tile));
      material.uniforms.spacing!.value = told > 0 && !isLegacy(tile) ? told : guessedSpacing(points);
      points.material = material;
      for (const each of Array.isArray(before) ? before : [before]) each.dispose();
      points.layers.set(POINT_LAYER);
      points.frustumCulled = false;
      const position = points.geometry.attributes.position;
      if (position) this.#parts.add({ tile, tiles, object: points, coordinates: coordinatesOf(position) });
    });
    this.#finest(tiles);
    this.#root(tile);
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

  /** The spacing of the finest tiles: what is known of it, else half that of the finest that was refined. */
  #finest(tiles: TilesRenderer): void {
    const index = this.#renderers.indexOf(tiles);
    const size = leastScale(tiles.group.matrixWorld.elements);
    const told = (this.points[index] as { spacing_m?: number | null }).spacing_m;
    const least = Math.min(...[...this.#parts].map(({ object }) => spacingOf(object)));
    const finest = told ? told * size : least;
    this.#uniforms.finest.value = Number.isFinite(finest) ? finest : 0;
  }

  #root(tile: LoadedTile): void {
    if (tile.internal.depth > 1) return;
    this.#overviews.clear();
    const boxes = [...this.#parts].map(({ object }) => boxOf(object));
    if (boxes.length > 0) this.#rooted(boxes.reduce(boxesUnion));
  }

  #count(): void {
    this.#drawn = 0;
    for (const { tile, object, coordinates } of this.#parts) {
      if (!tile.traversal.visible) continue;
      this.#drawn += coordinates.count;
      const { traversal, children = [] } = tile;
      const leaf = children.length === 0;
      const coarseEnough = traversal.error <= this.#target;
      (object.material as ReturnType<typeof pointMaterial>).uniforms.refined!.value =
        !leaf && (coarseEnough || traversal.allChildrenLoaded);
    }
    const { loading } = this.state;
    const now = performance.now() - this.#begun;
    if (this.#drawn > 0) this.#first ??= now;
    if (this.#drawn > 0 && loading === 0) this.#all ??= now;
    const next = nextTarget(this.#target, this.limits, this.#drawn, this.#bytes);
    // Finer again only when nothing is on its way: else it would swing.
    if (next === this.#target || (next < this.#target && loading > 0)) return;
    this.#target = next;
    this.events.onChange();
  }

  #miss(tile: Tile | null, reason: unknown): void {
    const problem = reason instanceof Problem ? reason : new Problem("points-broken", String(reason));
    if (problem.kind === "network") return this.#later(tile, problem);
    if (tile) {
      this.#failed += 1;
      this.events.onMissing(problem);
      if (tile.internal.depth === 0 && !tile.children?.length) this.#end(problem);
      return;
    }
    this.#failedRoots += 1;
    if (this.#failedRoots === this.#renderers.length) this.#end(problem);
    else this.events.onMissing(problem);
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

interface Stats {
  readonly queued: number;
  readonly downloading: number;
  readonly parsing: number;
}

/** Says nothing of versions: 1.1 is what is written here. */
class QuietRenderer extends TilesRenderer {
  preprocessTileset(json: { asset?: { version?: string } }, url: string, parent: Tile | null = null): void {
    const version = json.asset?.version;
    if (!version?.startsWith("1.") && version !== "0.0")
      throw new Problem("points-broken", `${url}: 3D Tiles ${version}, expected 1.x`);
    if (json.asset) json.asset.version = "1.0";
    // Not in the types of the library.
    const { preprocessTileset } = TilesRendererBase.prototype as unknown as QuietRenderer;
    preprocessTileset.call(this, json, url, parent);
  }
}

/** Fetches from the package alone, with each file's digest, and fails with Problems. */
class PackageFetch {
  readonly #base: string;

  constructor(private readonly files: PackageFiles) {
    this.#base = new URL(files.base, location.href).href;
  }

  preprocessURL(url: string | URL): string {
    const { href, origin, pathname } = new URL(url, location.href);
    const path = `${origin}${pathname}`;
    if (!path.startsWith(this.#base)) throw new Problem("points-broken", `${href}: outside the package`);
    return this.files.url(decodeURIComponent(path.slice(this.#base.length)));
  }

  async fetchData(url: string, { signal }: { signal?: AbortSignal | null }): Promise<unknown> {
    const bytes = await fetchBytes(url, 0, "points-missing", () => undefined, signal ?? undefined);
    if (!/\.json(\?|$)/.test(url)) return bytes;
    try {
      return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
    } catch (reason) {
      throw new Problem("points-broken", `${url}: ${String(reason)}`);
    }
  }
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

/** The spacing of a tile's points in metres: its error, of a leaf half that of the tile above. */
function spacingIn(tile: Tile): number {
  if (tile.geometricError > 0) return tile.geometricError;
  let above = tile.parent;
  while (above && above.geometricError <= 0) above = above.parent;
  return above ? above.geometricError / 2 : 0;
}

/** The format that glTF followed; its writers mean other things by the error of a tile. */
const isLegacy = (tile: Tile): boolean => /\.pnts(\?|$)/.test(tile.content?.uri ?? "");

/** As if the points lay evenly on the largest side of their box. */
function guessedSpacing(object: Points): number {
  const { min, max } = boxOf(object);
  const sides = sub(max, min).slice().sort((a, b) => b - a) as [number, number, number];
  return Math.sqrt((sides[0] * sides[1]) / Math.max(object.geometry.attributes.position?.count ?? 1, 1));
}

const spacingOf = (object: Points): number =>
  (object.material as ReturnType<typeof pointMaterial>).uniforms.spacing!.value as number;

function coloursOf({ geometry }: Points, tile: Tile): Parameters<typeof pointMaterial>[1] {
  const { color, _intensity } = geometry.attributes;
  const most = _intensity && !_intensity.normalized && _intensity.array instanceof Uint16Array ? 65535 : 1;
  const unit = _intensity?.array instanceof Uint8Array && !_intensity.normalized ? 255 : most;
  return { colour: color ? (isLegacy(tile) ? "srgb" : "linear") : null, intensityUnit: _intensity ? 1 / unit : null };
}

/** Where the coordinates of a vertex buffer are, interleaved or not. */
function coordinatesOf(position: BufferAttribute | InterleavedBufferAttribute): Coordinates {
  const { array, count, normalized } = position;
  const most = { Int16Array: 32767, Uint16Array: 65535, Int8Array: 127, Uint8Array: 255 }[array.constructor.name];
  const unit = normalized && most ? 1 / most : 1;
  if (!("data" in position)) return { array, count, unit, stride: 3, offset: 0 };
  return { array, count, unit, stride: position.data.stride, offset: position.offset };
}

function localOf({ array, stride, offset, unit }: Coordinates, index: number): Vec3 {
  const at = (axis: number): number => (array[offset + index * stride + axis] as number) * unit;
  return [at(0), at(1), at(2)];
}

const inWorld = ({ matrixWorld }: Points, local: Vec3): Vec3 => mapped(matrixWorld.elements, local);

function boxOf(object: Points): Box {
  const { geometry } = object;
  if (!geometry.boundingBox) geometry.computeBoundingBox();
  const { min, max } = geometry.boundingBox!.clone().applyMatrix4(object.matrixWorld);
  return { min: min.toArray(), max: max.toArray() };
}

function meets(object: Points, ray: Ray, perLength: number): boolean {
  const { geometry } = object;
  if (!geometry.boundingSphere) geometry.computeBoundingSphere();
  const { center, radius } = geometry.boundingSphere!.clone().applyMatrix4(object.matrixWorld);
  return passes(ray, center.toArray(), radius, perLength);
}
