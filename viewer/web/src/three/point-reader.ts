/** The renderer of 3D Tiles as it is used here: it reads from the package alone, and fails with Problems. */

import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { MeshoptDecoder } from "three/addons/libs/meshopt_decoder.module.js";
import { type LRUCache, type Tile, TilesRendererBase } from "3d-tiles-renderer/core";
import { TilesRenderer } from "3d-tiles-renderer/three";
import { fetchBytes } from "../core/fetching";
import type { PackageFiles } from "../core/manifest";
import { Problem } from "../core/problem";

/** Waits between tries of what the network did not bring, milliseconds. */
export const WAITS = [2e3, 6e3, 20e3, 60e3];
/** After so long there may be room in a cache that was full, milliseconds. */
export const ROOM_MS = 150;

/** What the types of the library leave out. */
export interface TileCache extends LRUCache {
  readonly cachedBytes: number;
}

export interface TileStats {
  /** Wanted, but the cache was full. */
  readonly refused: number;
  readonly queued: number;
  readonly downloading: number;
  readonly parsing: number;
}

export const statsOf = (tiles: TilesRenderer): TileStats => (tiles as unknown as { stats: TileStats }).stats;

/** Tiles on their way or waiting. */
export const loadingOf = ({ queued, downloading, parsing }: TileStats): number => queued + downloading + parsing;

/** Tiles that are not used are let go from this limit of bytes on, until `least` are left. */
export function limitCache(cache: LRUCache, bytes: number, least: number): void {
  cache.maxBytesSize = bytes;
  cache.minBytesSize = Math.max(least, bytes * 0.7);
  cache.minSize = 0;
  cache.maxSize = 6000;
}

/** What tour.json says of a tileset: where it is, and the digest of all its other files. */
interface Tileset {
  readonly uri: string;
  readonly tiles_sha256?: string | null;
}

/** A renderer of a tileset of a package; it asks for nothing yet. */
export function pointReader(tileset: Tileset, files: PackageFiles): TilesRenderer {
  const tiles = new QuietRenderer(files.url(tileset.uri));
  // In place of the library's plugin, which brings metadata of features besides: 5 kB.
  const loader = new GLTFLoader(tiles.manager);
  loader.setMeshoptDecoder(MeshoptDecoder);
  tiles.manager.addHandler(/\.(gltf|glb)$/g, loader);
  tiles.registerPlugin(new PackageFetch(files, tileset));
  return tiles;
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

  constructor(
    private readonly files: PackageFiles,
    private readonly tileset: Tileset,
  ) {
    this.#base = new URL(files.base, location.href).href;
  }

  preprocessURL(url: string | URL): string {
    const { href, origin, pathname } = new URL(url, location.href);
    const path = `${origin}${pathname}`;
    if (!path.startsWith(this.#base)) throw new Problem("points-broken", `${href}: outside the package`);
    const uri = decodeURIComponent(path.slice(this.#base.length));
    const { tiles_sha256 } = this.tileset;
    return this.files.url(uri, uri === this.tileset.uri ? undefined : (tiles_sha256 ?? undefined));
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
