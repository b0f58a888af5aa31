/**
 * Opens the tour: manifest, then the first panorama or the model, coarse to fine; tells how it goes
 * and what went wrong. The model of a tour that begins in a panorama is loaded when it is asked for.
 */

import type { Progress } from "../core/fetching";
import { progressText } from "../core/format";
import type { Place, Standpoint } from "../core/link";
import { type Derivative, fetchTour, PackageFiles, type Tour, type TourModel } from "../core/manifest";
import { hasScene } from "../core/first";
import { Problem } from "../core/problem";
import { forWeb } from "../core/quality";
import type { Curtain } from "./curtain";
import type { Notes } from "./edges";
import type { ViewerState } from "./hook";
import { fetchDerivative, importModels, importShow, importWalk, type Models, readDerivative, type Show } from "./loading";
import type { TilesOfModel } from "./model-tiles";
import { type Pending, pending } from "./pending";
import type { DetailState, Refining } from "./refining";
import type { SceneView } from "./scene";
import type { Texts } from "./texts";

const HINT_MS = 6000;
const FAILED_MS = 8000;
/** Downloads smaller than this are over before one has read that they go on. */
const WORTH_A_NOTE = 3e5;

export interface OpeningParts {
  readonly texts: Texts;
  readonly scene: SceneView;
  readonly curtain: Curtain;
  readonly notes: Notes;
}

export interface OpeningEvents {
  /** The manifest is here. */
  onTour(tour: Tour, files: PackageFiles): void;
  /** There is no model: brings the points onto the stage. Raises Problem. */
  openPoints(): Promise<void>;
  /** The camera has its place. */
  onEnter(): void;
  /** What the address names. */
  place(): Place;
}

/** What a first look needs, on its way. */
interface First {
  readonly derivative: Derivative;
  readonly chunk: Promise<Models>;
  readonly glb: Promise<ArrayBuffer>;
}

export class Opening {
  status: ViewerState["status"] = "loading";
  problem: Problem | null = null;
  tour: Tour | null = null;
  /** The derivative on show. */
  derivative: Derivative | null = null;
  /** True when no finer derivative is on its way. */
  complete = false;
  ready = pending();
  /** The tiles of a large model; null when it has none. */
  tiles: TilesOfModel | null = null;
  #loading = new AbortController();
  /** The model on its way after a panorama was on show. */
  #later: Pending | null = null;
  #refining: Refining | null = null;

  constructor(
    private readonly manifest: string,
    private files: PackageFiles,
    private readonly parts: OpeningParts,
    private readonly events: OpeningEvents,
  ) {}

  /** What is on show of each model, once one is. */
  get models(): readonly DetailState[] {
    return this.#refining?.state ?? [];
  }

  /** Loads manifest and model; called again by "try again". Never raises. */
  async start(): Promise<void> {
    this.#loading.abort();
    this.#loading = new AbortController();
    this.status = "loading";
    if (this.problem) this.ready = pending();
    this.problem = null;
    const { signal } = this.#loading;
    try {
      const finest = await this.#open(signal);
      if (!signal.aborted) this.#finish(finest);
    } catch (reason) {
      if (!signal.aborted) this.#fail(reason);
    }
  }

  /** Resolves with whether the finest that the device bears is on show. */
  async #open(signal: AbortSignal): Promise<boolean> {
    this.parts.curtain.busy("opening");
    const chunk = importShow();
    chunk.catch(() => undefined);
    const tour = this.tour ?? (await fetchTour(this.manifest));
    if (!this.tour) this.#setTour(tour);
    const model = tour.models?.[0];
    if (!tour.nodes?.length && !hasScene(tour))
      throw new Problem("no-model", "tour.json names no model, no points and no node");
    // What it begins with comes beside three.js, not after it.
    const walk = tour.nodes?.length ? importWalk() : null;
    const coarsest = walk || !model ? null : this.#fetch(model, signal);
    walk?.catch(() => undefined);
    const show = await chunk;
    const first = show.firstNode(tour, this.events.place());
    const stage = this.parts.scene.stageOf(show);
    if (walk) this.parts.scene.setNodes(tour, this.files, stage, await walk);
    if (first) return this.#openNode(first, signal);
    if (model) return this.#load(tour, model, coarsest ?? this.#fetch(model, signal), show, signal);
    return this.#openPoints(signal);
  }

  /** Points take the place of the model where there is none. */
  async #openPoints(signal: AbortSignal): Promise<boolean> {
    await this.events.openPoints();
    if (signal.aborted) return true;
    this.#reveal();
    this.events.onEnter();
    return true;
  }

  async #openNode(first: Standpoint, signal: AbortSignal): Promise<boolean> {
    await this.parts.scene.enterNode(first, () => this.#showNode());
    if (!signal.aborted) this.#showNode();
    return true;
  }

  #showNode(): void {
    if (this.status === "ready") return;
    this.#reveal();
    this.events.onEnter();
  }

  /** Loads the model behind a panorama; resolves when it can be shown. Raises Problem. */
  async needModel(): Promise<void> {
    const model = this.tour?.models?.[0];
    if (this.tour?.points?.length && !model) return this.parts.scene.hasModel ? undefined : this.events.openPoints();
    if (!this.tour || !model) throw new Problem("no-model", "tour.json names no model");
    // A tour that began at its model has it, or is about to show it.
    if (!this.#later && this.parts.scene.hasModel) return;
    this.#later ??= this.#loadLater(this.tour, model);
    return this.#later.promise;
  }

  #loadLater(tour: Tour, model: TourModel): Pending {
    const later = pending();
    later.promise.catch(() => undefined);
    this.complete = false;
    const load = async (): Promise<void> => {
      const show = await importShow();
      const { signal } = this.#loading;
      const finest = await this.#load(tour, model, this.#fetch(model, signal, true), show, signal, later);
      this.#finish(finest);
    };
    load().catch((reason: unknown) => {
      this.complete = true;
      this.#later = null;
      this.parts.notes.hide();
      later.reject(problemOf(reason));
    });
    return later;
  }

  #setTour(tour: Tour): void {
    this.tour = tour;
    this.files = new PackageFiles(this.files.base, tour.files ?? {});
    this.events.onTour(tour, this.files);
  }

  /** Asks for all that a model's first look needs. */
  #fetch(model: TourModel, signal: AbortSignal, later = false): First {
    const [derivative] = forWeb(model.derivatives);
    if (!derivative) throw new Problem("no-model", `model ${model.id} has no web derivative`);
    const onProgress = (progress: Progress): void => this.#progress(derivative, progress, true, later);
    const first = { derivative, chunk: importModels(), glb: fetchDerivative(derivative, this.files, onProgress, signal) };
    // Who waits for them hears of it.
    first.chunk.catch(() => undefined);
    first.glb.catch(() => undefined);
    return first;
  }

  /** Resolves with whether nothing failed of what is worth loading at first. */
  async #load(
    tour: Tour,
    model: TourModel,
    first: First,
    show: Show,
    signal: AbortSignal,
    later: Pending | null = null,
  ): Promise<boolean> {
    const { scene } = this.parts;
    const stage = scene.stageOf(show);
    const models = await first.chunk;
    const loading = { files: this.files, stage, models, signal };
    const loaded = await readDerivative(model, await first.glb, loading);
    scene.enter(tour, stage, models, models.trianglesOf(loaded));
    if (!later) this.events.onEnter();
    await stage.show(loaded);
    this.derivative = first.derivative;
    later?.resolve();
    if (this.status !== "ready") this.#reveal();
    if (model.tiles) {
      // They bring more than any finer derivative.
      const chunk = await import("./model-tiles").catch(() => null);
      if (!chunk) return false;
      this.tiles ??= new chunk.TilesOfModel(model.tiles, this.files, stage, () => this.#heldTiles());
      return true;
    }
    const chunk = await import("./refining").catch(() => null);
    if (!chunk) return false;
    return new Promise((resolve) => {
      let first = true;
      this.#refining = new chunk.Refining(tour, loaded, scene, loading, {
        onProgress: (derivative, progress) => this.#progress(derivative, progress, false, false),
        onShown: (index, derivative) => {
          if (index === 0) this.derivative = derivative;
        },
        onHeld: () => this.#held(),
        onRest: (whole) => {
          if (first) resolve(whole);
          else if (!whole) this.#finish(false);
          else if (!this.complete) this.parts.notes.hide();
          first = false;
          this.complete = true;
        },
      });
    });
  }

  #progress(derivative: Derivative, { loaded, total }: Progress, first: boolean, later: boolean): void {
    const { curtain, notes, texts } = this.parts;
    if (first && !later) return curtain.busy("loading", loaded, total);
    this.complete = false;
    if (derivative.bytes < WORTH_A_NOTE) return;
    notes.progress(texts.say(first ? "loading" : "sharpening"), progressText(loaded, total, texts.language));
  }

  #reveal(): void {
    this.status = "ready";
    this.parts.curtain.hide();
    this.parts.scene.reveal();
    this.ready.resolve();
  }

  /** Some detail does not come; the network may bring it later. */
  #heldTiles(): void {
    const { notes, texts } = this.parts;
    notes.show(texts.say("detailFailed"), FAILED_MS, true);
  }

  /** The network failed on the way to more detail: nothing loads now, it is tried again later. */
  #held(): void {
    const { notes, texts } = this.parts;
    this.complete = true;
    notes.show(texts.say("lowerQuality"), HINT_MS, true);
  }

  #finish(finest: boolean): void {
    const { notes, scene, texts } = this.parts;
    this.complete = true;
    notes.hide();
    if (!finest) return notes.show(texts.say("detailFailed"), FAILED_MS, true);
    if (scene.moved) return;
    const touch = matchMedia("(pointer: coarse)").matches;
    const [byTouch, byMouse] = scene.node
      ? (["hintPanorama", "hintPanoramaMouse"] as const)
      : (["hint", "hintMouse"] as const);
    notes.show(texts.say(touch ? byTouch : byMouse), HINT_MS);
  }

  #fail(reason: unknown): void {
    const problem = problemOf(reason);
    if (problem.kind === "viewer-broken") console.error(reason);
    else console.info(`vtour: ${problem.kind}: ${problem.message}`);
    this.problem = problem;
    this.status = "problem";
    this.parts.curtain.problem(problem.kind);
    this.ready.promise.catch(() => undefined);
    this.ready.reject(problem);
  }
}

const problemOf = (reason: unknown): Problem =>
  reason instanceof Problem ? reason : new Problem("viewer-broken", String(reason));
