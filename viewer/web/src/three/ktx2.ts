/** Reads KTX2 textures: a chunk of its own, with a transcoder of our own server, for the few files that have them. */

import { LoadingManager, type WebGLRenderer } from "three";
import transcoder from "three/addons/libs/basis/basis_transcoder.js?raw";
import { KTX2Loader } from "three/addons/loaders/KTX2Loader.js";
import { withoutEval } from "./basis";

const WORKERS = 2;

let loader: KTX2Loader | null = null;

/** One for all models: each has workers of its own. Rejects when its transcoder does not come. */
export async function ktx2Loader(renderer: WebGLRenderer): Promise<KTX2Loader> {
  const ready = (loader ??= made(renderer));
  try {
    await ready.init();
    return ready;
  } catch (reason) {
    // What failed once would fail for ever.
    ready.dispose();
    loader = null;
    throw reason;
  }
}

function made(renderer: WebGLRenderer): KTX2Loader {
  const script = URL.createObjectURL(new Blob([withoutEval(transcoder)], { type: "text/javascript" }));
  // The loader asks for the script by an address that the build leaves empty.
  const manager = new LoadingManager().setURLModifier((url) => (url === "" ? script : url));
  return new KTX2Loader(manager).setWorkerLimit(WORKERS).detectSupport(renderer);
}
