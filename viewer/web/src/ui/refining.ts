/**
 * What comes after the first look at a model, in a chunk of its own: the coarsest derivatives of the
 * other models, and of each the derivative that is fine enough from where the eye is.
 */

import { loadingPlan, memoryBudget } from "../core/budget";
import {
  givesUp,
  needOf,
  nextLoad,
  pixelLimits,
  type Sharpness,
  type Sighted,
  type Step,
  stepOf,
  wantedSteps,
} from "../core/detail";
import type { Progress } from "../core/fetching";
import { boxSaid, type Derivative, type Tour, type TourModel } from "../core/manifest";
import { Problem } from "../core/problem";
import { distancesOf, spotsOf } from "../core/sight";
import { type Box, clampToBox, cross, distance, length, radiusOf, sub, type Vec3 } from "../core/vector";
import type { LoadedModel } from "../three/models";
import type { StageLayer } from "../three/stage";
import { deviceOf } from "./device";
import { fetchDerivative, type Loading, readDerivative } from "./loading";
import type { SceneView } from "./scene";

/** Waits between tries of what the network did not bring, in milliseconds; "online" ends a wait. */
const WAITS = [5e3, 15e3, 45e3, 120e3, 300e3];
/** While the camera moves it is looked this often what is fine enough, in milliseconds. */
const LOOK_MS = 400;

export interface RefiningEvents {
  onProgress(derivative: Derivative, progress: Progress): void;
  /** Another derivative is on show: of which of the tour's models. */
  onShown(model: number, derivative: Derivative): void;
  /** The network failed; it is tried again later. */
  onHeld(): void;
  /** Nothing is on its way; whole: nothing has failed since the last rest. */
  onRest(whole: boolean): void;
}

export interface DetailState {
  readonly id: string;
  readonly quality: string | null;
  /** How far away the nearest of it is that is seen; null: out of view. */
  readonly distance: number | null;
  /** How many times too coarse it is. */
  readonly need: number;
}

/** A model, and how much of it is here. */
interface Part {
  readonly model: TourModel;
  steps: readonly Step[];
  shown: number;
  loaded: LoadedModel | null;
  distance: number | null;
}

interface Download {
  readonly part: Part;
  readonly step: number;
  readonly controller: AbortController;
  progress: Progress;
}

export class Refining implements StageLayer {
  readonly #parts: readonly Part[];
  /** In the order in which they came: so the scene counts them. */
  readonly #arrived: Part[] = [];
  readonly #device;
  readonly #sharp;
  #budget: number;
  #download: Download | null = null;
  #running = false;
  #timer = 0;
  #tries = 0;
  #whole = true;

  /** loaded: the coarsest derivative of the tour's first model, which is on show. */
  constructor(
    private readonly tour: Tour,
    loaded: LoadedModel,
    private readonly scene: SceneView,
    private readonly loading: Loading,
    private readonly events: RefiningEvents,
  ) {
    const { stage, signal } = loading;
    this.#device = deviceOf(stage.maxTexture);
    this.#sharp = pixelLimits(this.#device);
    this.#budget = memoryBudget(this.#device);
    this.#parts = (tour.models ?? []).map((model) => this.#partOf(model));
    if (this.#parts[0]) this.#arrive(this.#parts[0], loaded, loading.models.trianglesOf(loaded));
    stage.addLayer(null, this);
    const { canvas } = scene;
    canvas.addEventListener("webglcontextlost", () => this.#lose(), { signal });
    canvas.addEventListener("webglcontextrestored", () => this.#look(), { signal });
    signal.addEventListener("abort", () => this.#end(), { once: true });
    // The camera has its place once a frame was drawn.
    requestAnimationFrame(() => this.#look());
  }

  get state(): DetailState[] {
    return this.#parts.map((part) => {
      const step = part.steps[part.shown];
      return {
        id: part.model.id,
        quality: step?.derivative.quality ?? null,
        distance: part.distance,
        need: step ? needOf(step, part.distance, this.#sharpness) : 0,
      };
    });
  }

  update(): void {
    // Nothing before a frame.
  }

  /** After each frame: the eye may be elsewhere. */
  after(): void {
    this.#timer ||= window.setTimeout(() => this.#look(), LOOK_MS);
  }

  get #sharpness(): Sharpness {
    const { focal, pixelRatio } = this.loading.stage;
    return { focal: focal * pixelRatio, limits: this.#sharp };
  }

  #partOf(model: TourModel): Part {
    const plan = loadingPlan(model.derivatives, this.#device);
    const box = boxSaid(model);
    // Its surface is not known yet, nor needed before its coarsest derivative is here.
    const steps = plan.map((each) => stepOf(each, { area: 1, diagonal: diagonalOf(box), metric: this.#metric }));
    return { model, steps, shown: -1, loaded: null, distance: null };
  }

  get #metric(): boolean {
    return this.tour.world.scale === "metric";
  }

  /** The coarsest derivative of a model is on show. */
  #arrive(part: Part, loaded: LoadedModel, corners: Float32Array): void {
    const diagonal = diagonalOf(boxSaid(part.model)) || length(spanOf(corners));
    const size = { area: areaOf(corners), diagonal, metric: this.#metric };
    part.steps = part.steps.map(({ derivative }) => stepOf(derivative, size));
    part.shown = 0;
    part.loaded = loaded;
    this.#arrived.push(part);
  }

  /** Where the eye is now: begins what is worth loading, gives up what is not. */
  #look(): void {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (this.loading.signal.aborted) return;
    const download = this.#download;
    if (!this.#running) void this.#run();
    else if (download && this.#isActive) {
      this.#measure();
      const goal = this.#wanted[this.#parts.indexOf(download.part)] as number;
      const { step, part, progress, controller } = download;
      if (givesUp(step, goal, part.shown, progress)) controller.abort();
    }
  }

  /** All of the finest is on show, and has room: then no ray need be asked. */
  get #isSettled(): boolean {
    const finest = this.#parts.every(({ shown, steps }) => shown === steps.length - 1);
    const memory = this.#parts.reduce((sum, { shown, steps }) => sum + (steps[shown]?.memory ?? 0), 0);
    return finest && memory <= this.#budget;
  }

  /** Panoramas have memory and network for themselves, and what a flight passes is not looked at. */
  get #isActive(): boolean {
    const { scene, loading } = this;
    return loading.stage.model !== null && !scene.flying && scene.node === null;
  }

  #measure(): void {
    const { stage } = this.loading;
    const { width, height } = stage.size;
    const rays = spotsOf(width, height).map(([x, y]) => stage.ray(x, y));
    const sights = rays.map(({ origin, direction }) => this.scene.meet(origin, direction));
    const seen = distancesOf(sights, this.#arrived.length);
    const eye = rays[0]?.origin ?? [0, 0, 0];
    for (const part of this.#parts) {
      const place = this.#arrived.indexOf(part);
      part.distance = place < 0 ? distanceTo(boxSaid(part.model), eye) : (seen[place] ?? null);
    }
  }

  get #sighted(): Sighted[] {
    const download = this.#download;
    return this.#parts.map((part) => {
      const loading = part === download?.part ? download.step : -1;
      return { steps: part.steps, shown: part.shown, distance: part.distance, loading };
    });
  }

  get #wanted(): number[] {
    return wantedSteps(this.#sighted, this.#sharpness, this.#budget);
  }

  /** One after another, until all is fine enough. */
  async #run(): Promise<void> {
    this.#running = true;
    const { signal } = this.loading;
    while (!signal.aborted && this.#isActive && !this.#isSettled) {
      this.#measure();
      const next = nextLoad(this.#sighted, this.#wanted, this.#sharpness);
      const part = next && this.#parts[next.model];
      if (!part) break;
      await this.#load(part, next.step);
    }
    this.#running = false;
    if (signal.aborted) return;
    const whole = this.#whole;
    this.#whole = true;
    this.events.onRest(whole);
  }

  async #load(part: Part, step: number): Promise<void> {
    const { signal } = this.loading;
    const controller = new AbortController();
    const end = (): void => controller.abort();
    signal.addEventListener("abort", end);
    const { derivative } = part.steps[step] as Step;
    const download: Download = { part, step, controller, progress: { loaded: 0, total: derivative.bytes } };
    this.#download = download;
    try {
      const loading = { ...this.loading, signal: controller.signal };
      const onProgress = (progress: Progress): void => {
        download.progress = progress;
        this.events.onProgress(derivative, progress);
      };
      const glb = await fetchDerivative(derivative, loading.files, onProgress, controller.signal);
      const loaded = await readDerivative(part.model, glb, loading);
      await this.#show(part, step, loaded);
      this.#tries = 0;
    } catch (reason) {
      if (!controller.signal.aborted) await this.#fail(part, step, reason);
    } finally {
      signal.removeEventListener("abort", end);
      this.#download = null;
      if (part.loaded) part.loaded.root.visible = true;
    }
  }

  async #show(part: Part, step: number, loaded: LoadedModel): Promise<void> {
    const { stage, models } = this.loading;
    const corners = part.loaded ? null : models.trianglesOf(loaded);
    await stage.show(loaded, part.loaded);
    if (corners) {
      this.#arrive(part, loaded, corners);
      this.scene.grow(corners);
    }
    part.loaded = loaded;
    part.shown = step;
    this.events.onShown(this.#parts.indexOf(part), (part.steps[step] as Step).derivative);
  }

  /** The network is waited for; what is broken is left out from now on. */
  async #fail(part: Part, step: number, reason: unknown): Promise<void> {
    const wait = WAITS[this.#tries];
    if (reason instanceof Problem && reason.kind === "network" && wait !== undefined) {
      this.#tries += 1;
      this.events.onHeld();
      return pause(wait, this.loading.signal);
    }
    this.#tries = 0;
    this.#whole = false;
    console.warn(`vtour: ${part.steps[step]?.derivative.uri} left out: ${String(reason)}`);
    part.steps = part.steps.filter((_, index) => index !== step);
    if (part.shown > step) part.shown -= 1;
  }

  /** The GPU forgot everything, most likely for want of memory: from now on there is half of it. */
  #lose(): void {
    this.#budget /= 2;
    const wanted = this.#wanted;
    // What will be shown coarser is not sent to the GPU again.
    for (const [index, part] of this.#parts.entries())
      if (part.loaded && (wanted[index] as number) < part.shown) part.loaded.root.visible = false;
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.loading.stage.removeLayer(null, this);
  }
}

const diagonalOf = (box: Box | null): number => (box ? 2 * radiusOf(box) : 0);

const distanceTo = (box: Box | null, eye: Vec3): number | null =>
  box && distance(eye, clampToBox(eye, box));

/** The surface of triangles: nine numbers each. */
function areaOf(corners: Float32Array): number {
  let area = 0;
  const at = (i: number): Vec3 => [corners[i] as number, corners[i + 1] as number, corners[i + 2] as number];
  for (let i = 0; i + 8 < corners.length; i += 9) {
    const first = at(i);
    area += length(cross(sub(at(i + 3), first), sub(at(i + 6), first))) / 2;
  }
  return area;
}

function spanOf(corners: Float32Array): Vec3 {
  const span = (axis: number): number => {
    const own = corners.filter((_, index) => index % 3 === axis);
    return own.reduce((a, b) => Math.max(a, b), -Infinity) - own.reduce((a, b) => Math.min(a, b), Infinity);
  };
  return [span(0), span(1), span(2)];
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
