/**
 * Which derivative of each model is worth its bytes from where the eye is.
 *
 * The measured error of a derivative and the size of its texels become pixels at the distance of
 * what is seen (Luebke and others, Level of Detail for 3D Graphics, 2003, section 3.3). Worth
 * showing is the coarsest with both below a limit. The finer of two is never let go because the eye
 * goes away, only when the memory is needed: so nothing flickers and nothing is loaded twice.
 */

import { memoryOf } from "./budget";
import type { Derivative } from "./manifest.gen";
import type { Device } from "./quality";

/** Device pixels that may be wrong. */
export interface PixelLimits {
  /** Of a surface that is not where it was measured. */
  readonly error: number;
  /** Of a texel: above 1 its edges begin to show. */
  readonly texel: number;
}

export function pixelLimits(device: Device): PixelLimits {
  const thrifty = device.saveData === true || /2g|3g/.test(device.network ?? "");
  // Pixels of phones are half as wide to the eye.
  const factor = (device.mobile ? 1.6 : 1) * (thrifty ? 2 : 1);
  return { error: 1 * factor, texel: 1.5 * factor };
}

/** What is known of a model besides its manifest, in units of the world. */
export interface ModelSize {
  /** Of its surface, square units. */
  readonly area: number;
  /** Of the box around it. */
  readonly diagonal: number;
  /** Whether a unit is a metre. */
  readonly metric: boolean;
}

/** One derivative as far as choosing goes; lengths in units of the world. */
export interface Step {
  readonly derivative: Derivative;
  readonly error: number;
  readonly texel: number;
  /** Bytes on the GPU. */
  readonly memory: number;
}

/** The share of an atlas that charts fill. */
const FILL = 0.6;
/** The error of a decimated surface as a share of the edges of its triangles: 0.03 to 0.05 where it was measured. */
const ERROR_OF_EDGE = 0.05;

/** A derivative with its error and its texels: measured ones, else a guess by the size of the model. */
export function stepOf(derivative: Derivative, { area, diagonal, metric }: ModelSize): Step {
  const measured = (metres: number | null | undefined, share: number | null | undefined): number | null => {
    if (metric && metres != null) return metres;
    return share != null ? share * diagonal : null;
  };
  const edge = Math.sqrt((2 * area) / Math.max(derivative.faces, 1));
  const px = derivative.texture_px ?? 0;
  return {
    derivative,
    error: measured(derivative.error_m, derivative.error_share) ?? ERROR_OF_EDGE * edge,
    // Without a texture colours lie at corners or are plain: then only the surface counts.
    texel: measured(derivative.texel_m, derivative.texel_share) ?? (px > 0 ? Math.sqrt(area / FILL) / px : 0),
    memory: memoryOf(derivative),
  };
}

/** What the eye brings: device pixels of one unit that is one unit away, and how many may be wrong. */
export interface Sharpness {
  readonly focal: number;
  readonly limits: PixelLimits;
}

/** How many times too coarse a step is at a distance; up to 1 nobody sees it. */
export function needOf(step: Step, distance: number | null, { focal, limits }: Sharpness): number {
  if (distance === null) return 0;
  const worst = Math.max(step.error / limits.error, step.texel / limits.texel);
  return (worst * focal) / Math.max(distance, 1e-9);
}

/** A model and what is known of how it is seen. */
export interface Sighted {
  /** Coarse to fine, only those that the device bears. */
  readonly steps: readonly Step[];
  /** The one on show; -1: none yet. */
  readonly shown: number;
  /** The one on its way; -1: none. */
  readonly loading: number;
  /** How far away the nearest of it is that is seen; null: it is not in view. */
  readonly distance: number | null;
}

/** Finer is asked for when what is on show is this many times too coarse, and given up below that. */
const ASK = 1.15;
const GIVE_UP = 0.85;
/** Of two models that need the memory the one that has it keeps it until the other needs it so much more. */
const KEEP = 1.3;

/**
 * The step that each model should show, within a budget of bytes for all together; -1: none.
 *
 * Where the budget is too small models give way that lose least by it: those out of view, then
 * those far away. A model that is on show stays, be it as its coarsest; where not even all of those have
 * room, the ones far away wait.
 */
export function wantedSteps(models: readonly Sighted[], sharpness: Sharpness, budget: number): number[] {
  const wanted = models.map((model) => worthShowing(model, sharpness));
  const memoryAt = (index: number, step: number): number => models[index]?.steps[step]?.memory ?? 0;
  let total = wanted.reduce((sum, step, index) => sum + memoryAt(index, step), 0);
  while (total > budget) {
    const losses = wanted.map((step, index) => lossBelow(models[index] as Sighted, step, sharpness));
    const least = Math.min(...losses);
    if (least === Number.POSITIVE_INFINITY) break;
    const index = losses.indexOf(least);
    const step = wanted[index] as number;
    total += memoryAt(index, step - 1) - memoryAt(index, step);
    wanted[index] = step - 1;
  }
  return wanted;
}

/** The coarsest step that is fine enough, never coarser than the one on show. */
function worthShowing({ steps, shown, loading, distance }: Sighted, sharpness: Sharpness): number {
  const first = steps[Math.max(shown, 0)];
  if (!first) return -1;
  const need = needOf(first, distance, sharpness);
  if (shown < 0 || need <= GIVE_UP) return Math.max(shown, 0);
  if (need <= ASK) return Math.max(shown, loading);
  const enough = steps.findIndex((step) => needOf(step, distance, sharpness) <= 1);
  const step = enough < 0 ? steps.length - 1 : enough;
  return Math.max(step, shown, loading);
}

const MISSING = 1e9;

/** How bad it is to show one step less; Infinity where that may not be. */
function lossBelow({ steps, shown, distance }: Sighted, step: number, sharpness: Sharpness): number {
  const floor = shown >= 0 ? 0 : -1;
  if (step <= floor) return Number.POSITIVE_INFINITY;
  const below = steps[step - 1];
  // Whoever is not here at all is missed more than detail, the nearest most.
  if (!below) return MISSING / (1 + (distance ?? MISSING));
  return needOf(below, distance, sharpness) * (shown >= step ? KEEP : 1);
}

/** Up to so many bytes a derivative is fetched at once, without one between to look at meanwhile. */
const DIRECT_BYTES = 4e6;
/** One between is worth its own bytes when it is so many times smaller. */
const BETWEEN = 4;

/** The step to load on the way from the one on show to the one that is wanted. */
export function nextStep(steps: readonly Step[], shown: number, wanted: number): number {
  const bytes = (step: number): number => steps[step]?.derivative.bytes ?? 0;
  for (let step = shown + 1; step < wanted && bytes(wanted) > DIRECT_BYTES; step++)
    if (bytes(step) * BETWEEN <= bytes(wanted)) return step;
  return wanted;
}

/**
 * The model to load for next, and which step; null: all is as it should be.
 *
 * First what frees memory, then what is missing, then what is seen worst.
 */
export function nextLoad(
  models: readonly Sighted[],
  wanted: readonly number[],
  sharpness: Sharpness,
): { model: number; step: number } | null {
  let best: { model: number; step: number; urgency: number } | null = null;
  for (const [model, { steps, shown, distance }] of models.entries()) {
    const goal = wanted[model] ?? shown;
    if (goal === shown) continue;
    const present = steps[shown];
    const worst = present ? needOf(present, distance, sharpness) : MISSING / (1 + (distance ?? MISSING));
    const urgency = goal < shown ? Number.POSITIVE_INFINITY : worst;
    const step = nextStep(steps, shown, goal);
    if (!best || urgency > best.urgency) best = { model, step, urgency };
  }
  return best && { model: best.model, step: best.step };
}

/** Whether a download that nobody needs any more is given up; past its half it is not. */
export const givesUp = (
  step: number,
  goal: number,
  shown: number,
  progress: { readonly loaded: number; readonly total: number },
): boolean => (goal <= shown ? step > shown : step > goal) && progress.loaded < progress.total / 2;
