/**
 * `window.vtour`: what a page that embeds the viewer, or a test, may ask. It changes nothing.
 *
 * `ready` resolves when a model or a panorama is on show, and rejects with the problem when there will be none.
 */

import type { Language } from "../core/language";
import type { MeasureKind, Place } from "../core/measure";
import type { View } from "../core/orbit";
import type { ProblemKind } from "../core/problem";
import type { MeshTilesState } from "../three/mesh-tiles";
import type { PointState } from "../three/points";
import type { WalkState } from "../three/walk";
import type { MarkerState } from "./markers";
import type { DetailState } from "./refining";
import type { WayState } from "./ways";

export interface MeasuringState {
  readonly kind: MeasureKind;
  readonly places: readonly Place[];
  /** Metres or square metres; null with too few places. */
  readonly value: number | null;
  /** About 95 of 100 measurements are as near to the truth; null: not known. */
  readonly within: number | null;
  readonly text: string;
}

export interface ViewerState {
  readonly status: "loading" | "ready" | "problem";
  readonly problem: ProblemKind | null;
  readonly language: Language;
  /** The derivative on show. */
  readonly quality: string | null;
  /** How detailed each model is on show, once one is. */
  readonly models: readonly DetailState[];
  /** True when no finer derivative is on its way. */
  readonly complete: boolean;
  /** True when nothing moves, no frame is due, and in a panorama all that is seen is sharp. */
  readonly idle: boolean;
  readonly frames: number;
  readonly panel: string | null;
  readonly hotspot: string | null;
  readonly hotspots: readonly MarkerState[];
  /** The panorama on show; null at the model. */
  readonly panorama: WalkState | null;
  /** The ways on from the node on show. */
  readonly ways: readonly WayState[];
  /** The camera is on its way between a panorama and the model. */
  readonly flying: boolean;
  /** The tiles of the first large model; null while there are none. */
  readonly tiles: MeshTilesState | null;
  /** The point cloud on show; null while there is none. */
  readonly points: PointState | null;
  /** What is measured; null while nobody measures. */
  readonly measuring: MeasuringState | null;
}

export interface ViewerHook {
  readonly version: string;
  readonly ready: Promise<void>;
  readonly loadedQuality: string | null;
  state(): ViewerState;
  /** The camera on show; null while there is none. */
  camera(): View | null;
}

declare global {
  interface Window {
    vtour?: ViewerHook;
  }
}
