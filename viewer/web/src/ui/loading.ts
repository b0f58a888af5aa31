/** Brings the derivatives of a model onto the stage, coarse to fine. */

import { fetchBytes, type Progress } from "../core/fetching";
import type { Derivative, PackageFiles, TourModel } from "../core/manifest";
import { loadingPlan } from "../core/quality";
import { Problem } from "../core/problem";
import type { LoadedModel, Stage } from "../three";
import { deviceOf } from "./device";

type Show = typeof import("../three");

/** The chunk with three.js; raises Problem("network"). */
export const importShow = (): Promise<Show> =>
  import("../three").catch((reason: unknown) => {
    throw new Problem("network", `viewer: ${String(reason)}`);
  });

const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

export interface LoadingEvents {
  onProgress(derivative: Derivative, progress: Progress, first: boolean): void;
  /** The coarsest derivative was read and will be shown now. */
  onFirst(model: LoadedModel, show: Show): void;
  onShown(derivative: Derivative): void;
}

/**
 * Loads and shows all that the device bears; resolves when the finest is shown.
 *
 * Raises Problem when not even the coarsest can be shown; a finer one that fails is left out.
 */
export async function loadModel(
  model: TourModel,
  files: PackageFiles,
  stage: Stage,
  show: Show,
  events: LoadingEvents,
  signal: AbortSignal,
): Promise<void> {
  const plan = loadingPlan(model.derivatives, deviceOf(stage.maxTexture));
  if (plan.length === 0) throw new Problem("no-model", `model ${model.id} has no web derivative`);
  for (const [index, derivative] of plan.entries()) {
    try {
      events.onProgress(derivative, { loaded: 0, total: derivative.bytes }, index === 0);
      const glb = await fetchBytes(
        files.url(derivative.uri, derivative.sha256),
        derivative.bytes,
        "model-missing",
        (progress) => events.onProgress(derivative, progress, index === 0),
        signal,
      );
      const loaded = await show.readModel(glb, model.world_from_model ?? IDENTITY, stage.anisotropy);
      if (signal.aborted) return show.disposeModel(loaded);
      if (index === 0) events.onFirst(loaded, show);
      await stage.show(loaded);
      events.onShown(derivative);
    } catch (reason) {
      if (index === 0 || signal.aborted) throw reason;
      console.warn(`vtour: ${derivative.quality} left out: ${String(reason)}`);
    }
  }
}
