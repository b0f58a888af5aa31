/** Brings the derivatives of a model onto the stage, coarse to fine. */

import { fetchBytes, type Progress } from "../core/fetching";
import type { Derivative, PackageFiles, TourModel } from "../core/manifest";
import { loadingPlan } from "../core/quality";
import { Problem } from "../core/problem";
import type { LoadedModel, Stage } from "../three";
import { deviceOf } from "./device";

/** The chunk with three.js. */
export type Show = typeof import("../three");

/** Loads it; raises Problem("network"). */
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
  /** A finer derivative did not come through; it is tried again later. */
  onHeld(derivative: Derivative): void;
}

/** Waits between tries of a finer derivative, in milliseconds; "online" ends a wait. */
const WAITS = [5e3, 15e3, 45e3, 120e3, 300e3];

/**
 * Loads and shows all that the device bears; resolves with whether the finest of it is shown.
 *
 * Raises Problem when not even the coarsest can be shown. A finer one that the network holds back
 * is tried again, one that fails otherwise is left out.
 */
export async function loadModel(
  model: TourModel,
  files: PackageFiles,
  stage: Stage,
  show: Show,
  events: LoadingEvents,
  signal: AbortSignal,
): Promise<boolean> {
  const whole = loadingPlan(model.derivatives, deviceOf(stage.maxTexture));
  // Tiles bring more than any finer derivative.
  const plan = model.tiles ? whole.slice(0, 1) : whole;
  if (plan.length === 0) throw new Problem("no-model", `model ${model.id} has no web derivative`);
  let shown: Derivative | null = null;
  for (const [index, derivative] of plan.entries()) {
    const first = index === 0;
    try {
      const glb = await (first ? load : loadPatiently)(derivative, files, events, signal);
      const loaded = await show.readModel(glb, model.world_from_model ?? IDENTITY, stage.anisotropy);
      if (signal.aborted) {
        show.disposeModel(loaded);
        return false;
      }
      if (first) events.onFirst(loaded, show);
      await stage.show(loaded);
      shown = derivative;
      events.onShown(derivative);
    } catch (reason) {
      if (first || signal.aborted) throw reason;
      console.warn(`vtour: ${derivative.quality} left out: ${String(reason)}`);
    }
  }
  return shown === plan[plan.length - 1];
}

function load(
  derivative: Derivative,
  files: PackageFiles,
  events: LoadingEvents,
  signal: AbortSignal,
  first = true,
): Promise<ArrayBuffer> {
  const onProgress = (progress: Progress): void => events.onProgress(derivative, progress, first);
  onProgress({ loaded: 0, total: derivative.bytes });
  const url = files.url(derivative.uri, derivative.sha256);
  return fetchBytes(url, derivative.bytes, "model-missing", onProgress, signal);
}

/** As `load`, and again after a while when the network fails; raises what the last try raised. */
async function loadPatiently(
  derivative: Derivative,
  files: PackageFiles,
  events: LoadingEvents,
  signal: AbortSignal,
): Promise<ArrayBuffer> {
  for (const wait of WAITS) {
    try {
      return await load(derivative, files, events, signal, false);
    } catch (reason) {
      if (signal.aborted || !(reason instanceof Problem && reason.kind === "network")) throw reason;
      events.onHeld(derivative);
      await pause(wait, signal);
      signal.throwIfAborted();
    }
  }
  return load(derivative, files, events, signal, false);
}

/** Resolves after a time, or as soon as the browser says that it is online again. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      window.removeEventListener("online", end);
      resolve();
    };
    const timer = window.setTimeout(end, milliseconds);
    window.addEventListener("online", end);
    signal.addEventListener("abort", end, { once: true });
  });
}
