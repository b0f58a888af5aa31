/** The renderer of 3D Tiles as it is used here: it reads from the package alone, and fails with Problems. */

import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { MeshoptDecoder } from "three/addons/libs/meshopt_decoder.module.js";
import { type Tile, TilesRendererBase } from "3d-tiles-renderer/core";
import { TilesRenderer } from "3d-tiles-renderer/three";
import { fetchBytes } from "../core/fetching";
import type { PackageFiles } from "../core/manifest";
import { Problem } from "../core/problem";

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
