/**
 * Files that need more than most: a decoder of our own server, in a chunk of its own.
 *
 * Draco: 61 kB with its wasm. KTX2 textures: 238 kB with theirs, so a file that has other pictures
 * beside them (the extension used, not required) shows those.
 */

import type { WebGLRenderer } from "three";
import type { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { Problem } from "../core/problem";
import type { Extensions } from "./model";

/** What the loader reads, should a file not make sense without it. */
const READS =
  /^(KHR_(materials_(?!pbr)\w+|texture_transform|mesh_quantization|(draco_mesh|meshopt)_compression|lights_punctual|texture_basisu)|EXT_(meshopt_compression|texture_(webp|avif)|mesh_gpu_instancing))$/;

/** Gives the loader what a file needs; raises Problem for one that cannot be read, or when a decoder does not come. */
export async function prepare(loader: GLTFLoader, json: Extensions, renderer: WebGLRenderer): Promise<void> {
  const { extensionsUsed = [], extensionsRequired = [] } = json;
  const unknown = extensionsRequired.find((name) => !READS.test(name));
  if (unknown) throw new Problem("model-unsupported", `extension ${unknown}`);
  try {
    if (extensionsUsed.includes("KHR_draco_mesh_compression"))
      loader.setDRACOLoader((await import("./draco")).dracoLoader());
    if (extensionsRequired.includes("KHR_texture_basisu"))
      loader.setKTX2Loader(await (await import("./ktx2")).ktx2Loader(renderer));
  } catch (reason) {
    throw new Problem("network", `decoder: ${String(reason)}`);
  }
}
