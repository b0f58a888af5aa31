/**
 * Files that need more than most: a decoder of our own server, in a chunk of its own.
 *
 * Draco: 61 kB with its wasm. KTX2 textures were tried with three's KTX2Loader: 238 kB, and Basis
 * Universal's transcoder makes functions from strings, which the page's policy forbids (it has no
 * 'unsafe-eval'); so a file that cannot do without them is refused, and one that has other pictures
 * beside them shows those.
 */

import type { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { Problem } from "../core/problem";
import type { Extensions } from "./model";

/** What the loader reads, should a file not make sense without it. */
const READS =
  /^(KHR_(materials_(?!pbr)\w+|texture_transform|mesh_quantization|(draco_mesh|meshopt)_compression|lights_punctual)|EXT_(meshopt_compression|texture_(webp|avif)|mesh_gpu_instancing))$/;

/** Gives the loader what a file needs; raises Problem for one that cannot be read, or when a decoder does not come. */
export async function prepare(loader: GLTFLoader, json: Extensions): Promise<void> {
  const { extensionsUsed = [], extensionsRequired = [] } = json;
  const unknown = extensionsRequired.find((name) => !READS.test(name));
  if (unknown) throw new Problem("model-unsupported", `extension ${unknown}`);
  if (!extensionsUsed.includes("KHR_draco_mesh_compression")) return;
  try {
    loader.setDRACOLoader((await import("./draco")).dracoLoader());
  } catch (reason) {
    throw new Problem("network", `decoder: ${String(reason)}`);
  }
}
