/** Brings the chunks with three.js, and derivatives of models, from the network to something to show. */

import { fetchBytes, type Progress } from "../core/fetching";
import type { Derivative, PackageFiles, TourModel } from "../core/manifest";
import { Problem } from "../core/problem";
import type { Stage } from "../three";
import type { LoadedModel } from "../three/models";

/** The chunk with three.js and the stage. */
export type Show = typeof import("../three");
/** The chunk of models, and of going around them. */
export type Models = typeof import("../three/models");

const failed = (reason: unknown): never => {
  throw new Problem("network", `viewer: ${String(reason)}`);
};

/** These load a chunk each; they raise Problem("network"). */
export const importShow = (): Promise<Show> => import("../three").catch(failed);
export const importModels = (): Promise<Models> => import("../three/models").catch(failed);
export const importWalk = (): Promise<typeof import("../three/walk")> => import("../three/walk").catch(failed);

const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** Whatever loading needs besides a model. */
export interface Loading {
  readonly files: PackageFiles;
  readonly stage: Stage;
  readonly models: Models;
  readonly signal: AbortSignal;
}

/** Downloads one derivative. Raises Problem; passes AbortError on. */
export function fetchDerivative(
  derivative: Derivative,
  files: PackageFiles,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<ArrayBuffer> {
  onProgress({ loaded: 0, total: derivative.bytes });
  const url = files.url(derivative.uri, derivative.sha256);
  return fetchBytes(url, derivative.bytes, "model-missing", onProgress, signal);
}

/** Reads one that was downloaded. Raises Problem; passes AbortError on. */
export async function readDerivative(
  model: TourModel,
  derivative: Derivative,
  glb: ArrayBuffer,
  { stage, models, signal }: Loading,
): Promise<LoadedModel> {
  const { error_m } = derivative;
  const loaded = await models.readModel(glb, model.world_from_model ?? IDENTITY, stage, error_m ?? null);
  if (!signal.aborted) return loaded;
  models.disposeModel(loaded);
  throw signal.reason;
}
