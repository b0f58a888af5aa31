/** Reads Draco geometry: a chunk of its own, with a decoder of our own server, for the few files that have it. */

import { DRACO_GLTF_CONFIG, DRACOLoader } from "three/addons/loaders/DRACOLoader.js";

const WORKERS = 2;

let loader: DRACOLoader | null = null;

/** One for all models: each has workers of its own. */
export function dracoLoader(): DRACOLoader {
  loader ??= new DRACOLoader().setDecoderPath(DRACO_GLTF_CONFIG).setWorkerLimit(WORKERS);
  return loader;
}
