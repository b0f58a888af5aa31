/** Brings the coarsest derivative of a model, and any other, from the network to something to show. */

import { fetchBytes, type Progress } from "../core/fetching";
import type { Derivative, PackageFiles, TourModel } from "../core/manifest";
import { Problem } from "../core/problem";
import type { LoadedModel, Stage } from "../three";

/** The chunk with three.js. */
export type Show = typeof import("../three");

/** Loads it; raises Problem("network"). */
export const importShow = (): Promise<Show> =>
  import("../three").catch((reason: unknown) => {
    throw new Problem("network", `viewer: ${String(reason)}`);
  });

const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** Whatever loading needs besides a model. */
export interface Loading {
  readonly files: PackageFiles;
  readonly stage: Stage;
  readonly show: Show;
  readonly signal: AbortSignal;
}

/** Downloads and reads one derivative. Raises Problem; passes AbortError on. */
export async function loadDerivative(
  model: TourModel,
  derivative: Derivative,
  { files, stage, show, signal }: Loading,
  onProgress: (progress: Progress) => void,
): Promise<LoadedModel> {
  onProgress({ loaded: 0, total: derivative.bytes });
  const url = files.url(derivative.uri, derivative.sha256);
  const glb = await fetchBytes(url, derivative.bytes, "model-missing", onProgress, signal);
  const loaded = await show.readModel(glb, model.world_from_model ?? IDENTITY, stage.anisotropy);
  if (!signal.aborted) return loaded;
  show.disposeModel(loaded);
  throw signal.reason;
}
