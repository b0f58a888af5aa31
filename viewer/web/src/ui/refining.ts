/**
 * What comes after the first look at a model, in a chunk of its own: the coarsest derivatives of the
 * other models, and of each the derivative that is fine enough from where the eye is, or its tiles.
 */

import { loadingPlan, memoryBudget, tilesBudget } from "../core/budget";
import {
  givesUp,
  type ModelSize,
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
import { meshLimits } from "../core/mesh-limits";
import { Problem } from "../core/problem";
import { boxInView, distancesOf, spotsOf } from "../core/sight";
import { type Box, clampToBox, cross, distance, length, radiusOf, sub, type Vec3 } from "../core/vector";
import type { LoadedModel } from "../three/models";
import type { MeshTilesState } from "../three/mesh-tiles";
import type { StageLayer } from "../three/stage";
import { deviceOf } from "./device";
import { fetchDerivative, type Loading, readDerivative } from "./loading";
import { TilesOfModel } from "./model-tiles";
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
  /** A part of a large model does not come. */
  onTilesMissing(): void;
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
  /** The visitor wants to see it. */
  readonly wanted: boolean;
  /** Those of a large model; null while there are none. */
  readonly tiles: MeshTilesState | null;
}

/** The derivative that is on show first, and of which of the tour's models. */
export interface FirstShown {
  readonly model: number;
  readonly derivative: Derivative;
  readonly loaded: LoadedModel;
  /** Those that were tried before it and cannot be shown. */
  readonly unread: readonly Derivative[];
}

/** A model, and how much of it is here. */
interface Part {
  readonly model: TourModel;
  /** Its place among the tour's models. */
  readonly place: number;
  /** All that the device bears. */
  plan: readonly Derivative[];
  size: ModelSize;
  /** What is chosen from: with tiles the coarsest alone. */
  steps: readonly Step[];
  shown: number;
  loaded: LoadedModel | null;
  distance: number | null;
  wanted: boolean;
  /** "left": there are none, or they cannot be shown. */
  tiles: TilesOfModel | "later" | "left";
}

interface Download {
  readonly part: Part;
  readonly step: number;
  readonly controller: AbortController;
  progress: Progress;
}

export class Refining implements StageLayer {
  readonly #parts: readonly Part[];
  readonly #device;
  readonly #sharp;
  readonly #limits;
  #budget: number;
  #download: Download | null = null;
  #running = false;
  #timer = 0;
  #tries = 0;
  #whole = true;

  constructor(
    private readonly tour: Tour,
    first: FirstShown,
    private readonly scene: SceneView,
    private readonly loading: Loading,
    private readonly events: RefiningEvents,
  ) {
    const { stage, signal } = loading;
    this.#device = deviceOf(stage.maxTexture);
    this.#sharp = pixelLimits(this.#device);
    const models = tour.models ?? [];
    const [memory, limits] = [memoryBudget(this.#device), meshLimits(this.#device)];
    const bytes = tilesBudget(memory, limits.bytes, models.filter(({ tiles }) => tiles).length, models.length);
    this.#limits = { ...limits, bytes };
    this.#budget = memory - bytes;
    this.#parts = models.map((model, place) => this.#partOf(model, place, first.unread));
    const part = this.#parts[first.model];
    if (part) this.#arrive(part, first.loaded, loading.models.trianglesOf(first.loaded), first.derivative);
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
        wanted: part.wanted,
        tiles: part.tiles instanceof TilesOfModel ? part.tiles.state : null,
      };
    });
  }

  /** The visitor wants to see a model, or not: then nothing of it is loaded, and it gives way first. */
  want(place: number, wanted: boolean): void {
    const part = this.#parts[place];
    if (!part) return;
    part.wanted = wanted;
    this.#draw(part);
    if (part.tiles instanceof TilesOfModel) part.tiles.shown = wanted;
    this.scene.setShown(place, wanted);
    this.#look();
  }

  #draw({ loaded, wanted }: Part): void {
    if (loaded) loaded.root.visible = wanted;
    this.loading.stage.invalidate();
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

  #partOf(model: TourModel, place: number, unread: readonly Derivative[]): Part {
    const plan = loadingPlan(model.derivatives.filter((each) => !unread.includes(each)), this.#device);
    const tiles = model.tiles ? ("later" as const) : ("left" as const);
    // Its surface is not known yet, nor needed before its coarsest derivative is here.
    const size = { area: 1, diagonal: diagonalOf(boxSaid(model)), metric: this.#metric };
    const part: Part = { model, place, plan, size, steps: [], shown: -1, loaded: null, distance: null, wanted: true, tiles };
    part.steps = stepsOf(part);
    return part;
  }

  get #metric(): boolean {
    return this.tour.world.scale === "metric";
  }

  /** The first derivative of a model is on show. */
  #arrive(part: Part, loaded: LoadedModel, corners: Float32Array, derivative: Derivative): void {
    const diagonal = diagonalOf(boxSaid(part.model)) || length(spanOf(corners));
    part.size = { area: areaOf(corners), diagonal, metric: this.#metric };
    // One that was tried for want of another need not be in the plan.
    if (!part.plan.includes(derivative)) part.plan = [derivative];
    part.steps = stepsOf(part);
    part.shown = part.steps.findIndex((step) => step.derivative === derivative);
    part.loaded = loaded;
    this.#draw(part);
  }

  /** Tiles of models that are seen, once their derivatives are on show. */
  #openTiles(): void {
    for (const part of this.#parts) {
      const { loaded, model, place } = part;
      if (part.tiles !== "later" || !model.tiles || !loaded || !part.wanted || part.distance === null) continue;
      part.tiles = new TilesOfModel(model.tiles, this.loading.files, this.loading.stage, loaded, this.#limits, {
        onProblem: () => this.events.onTilesMissing(),
        onGround: (ground) => this.scene.stand(place, ground),
        onFailed: () => {
          part.tiles = "left";
          part.steps = stepsOf(part);
          this.#look();
        },
      });
    }
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
    const finest = this.#parts.every(({ shown, steps, tiles }) => shown === steps.length - 1 && tiles !== "later");
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
    const seen = distancesOf(sights, this.#parts.length);
    const eye = rays[0]?.origin ?? [0, 0, 0];
    for (const part of this.#parts) {
      const distance = part.loaded ? seen[part.place] : this.#distanceTo(boxSaid(part.model), eye);
      part.distance = (part.wanted ? distance : null) ?? null;
    }
    this.#openTiles();
  }

  /** How far away a model is that is to come; null: out of view, or nobody knows. */
  #distanceTo(box: Box | null, eye: Vec3): number | null {
    return box && boxInView(this.loading.stage.clipFromWorld, box) ? distance(eye, clampToBox(eye, box)) : null;
  }

  get #sighted(): Sighted[] {
    const download = this.#download;
    return this.#parts.map((part) => {
      const loading = part === download?.part ? download.step : -1;
      // What nobody wants to see does not come.
      const steps = part.wanted || part.loaded ? part.steps : [];
      return { steps, shown: part.shown, distance: part.distance, loading };
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
      const loaded = await readDerivative(part.model, derivative, glb, loading);
      await this.#show(part, step, loaded);
      this.#tries = 0;
    } catch (reason) {
      if (!controller.signal.aborted) await this.#fail(part, step, reason);
    } finally {
      signal.removeEventListener("abort", end);
      this.#download = null;
      this.#draw(part);
    }
  }

  async #show(part: Part, step: number, loaded: LoadedModel): Promise<void> {
    const { stage, models } = this.loading;
    const corners = part.loaded ? null : models.trianglesOf(loaded);
    const { derivative } = part.steps[step] as Step;
    loaded.root.visible = part.wanted;
    await stage.show(loaded, part.loaded);
    if (corners) {
      this.#arrive(part, loaded, corners, derivative);
      this.scene.grow(part.place, corners);
    }
    part.loaded = loaded;
    part.shown = part.steps.findIndex((each) => each.derivative === derivative);
    this.events.onShown(part.place, derivative);
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
    const bad = part.steps[step]?.derivative;
    part.plan = part.plan.filter((each) => each !== bad);
    part.steps = stepsOf(part);
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

/** Tiles bring more than any finer derivative. */
const stepsOf = ({ plan, size, tiles }: Part): Step[] =>
  (tiles === "left" ? plan : plan.slice(0, 1)).map((each) => stepOf(each, size));

const diagonalOf = (box: Box | null): number => (box ? 2 * radiusOf(box) : 0);

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
