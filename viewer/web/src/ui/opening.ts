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
import type { Stage } from "../three";
import type { Curtain } from "./curtain";
import type { Notes } from "./edges";
import type { ViewerState } from "./hook";
import {
  fetchDerivative,
  importModels,
  importShow,
  importWalk,
  type Loading,
  type Models,
  readDerivative,
  type Show,
} from "./loading";
import { type Pending, pending } from "./pending";
import type { DetailState, FirstShown, Refining } from "./refining";
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

/** A derivative that may be the first on show, and of which of the tour's models. */
interface Try {
  readonly model: number;
  readonly derivative: Derivative;
}

/** What a first look needs, on its way. */
interface First extends Try {
  readonly chunk: Promise<Models>;
  readonly glb: Promise<ArrayBuffer>;
  /** Those that were tried before. */
  readonly unread: readonly Derivative[];
}

interface ReadFirst extends FirstShown {
  readonly loading: Loading;
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
  #loading = new AbortController();
  /** The model on its way after a panorama was on show. */
  #later: Pending | null = null;
  #refining: Refining | null = null;
  /** What was to be on show first cannot be read. */
  #isOther = false;

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

  /** The visitor wants to see one of the models, or not. */
  want(model: number, wanted: boolean): void {
    this.#refining?.want(model, wanted);
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
    if (!tour.nodes?.length && !hasScene(tour))
      throw new Problem("no-model", "tour.json names no model, no points and no node");
    // What it begins with comes beside three.js, not after it.
    const walk = tour.nodes?.length ? importWalk() : null;
    const coarsest = walk || !tour.models?.length ? null : this.#fetch(tour, 0, signal);
    walk?.catch(() => undefined);
    const show = await chunk;
    const first = show.firstNode(tour, this.events.place());
    const stage = this.parts.scene.stageOf(show);
    if (walk) this.parts.scene.setNodes(tour, this.files, stage, await walk);
    if (first) return this.#openNode(first, signal);
    if (tour.models?.length) return this.#load(tour, coarsest ?? this.#fetch(tour, 0, signal), show, signal);
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
    this.#later ??= this.#loadLater(this.tour);
    return this.#later.promise;
  }

  #loadLater(tour: Tour): Pending {
    const later = pending();
    later.promise.catch(() => undefined);
    this.complete = false;
    const load = async (): Promise<void> => {
      const show = await importShow();
      const { signal } = this.#loading;
      const finest = await this.#load(tour, this.#fetch(tour, 0, signal, true), show, signal, later);
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

  /** Asks for all that a first look needs. The tries are all derivatives, the likely ones first. */
  #fetch(tour: Tour, index: number, signal: AbortSignal, later = false): First {
    const tries = triesOf(tour);
    const next = tries[index];
    if (!next) throw new Problem("no-model", "tour.json names no derivative for the web");
    const { derivative } = next;
    const onProgress = (progress: Progress): void => this.#progress(derivative, progress, true, later);
    const glb = fetchDerivative(derivative, this.files, onProgress, signal);
    const chunk = importModels();
    // Who waits for them hears of it.
    for (const each of [glb, chunk]) each.catch(() => undefined);
    return { ...next, chunk, glb, unread: tries.slice(0, index).map((each) => each.derivative) };
  }

  /** The first derivative that can be read; raises the problem of the one that was to be it. */
  async #read(tour: Tour, first: First, stage: Stage, signal: AbortSignal, later: boolean): Promise<ReadFirst> {
    const models = await first.chunk;
    const loading = { files: this.files, stage, models, signal };
    let cause: unknown = null;
    for (let index = 0, next = first; ; next = this.#fetch(tour, index, signal, later)) {
      try {
        const model = (tour.models as readonly TourModel[])[next.model] as TourModel;
        return { ...next, loading, loaded: await readDerivative(model, next.derivative, await next.glb, loading) };
      } catch (reason) {
        cause ??= reason;
        index += 1;
        if (!isOfFile(reason) || index >= triesOf(tour).length) throw cause;
        console.info(`vtour: ${next.derivative.uri} left out: ${reason.message}`);
      }
    }
  }

  /** Resolves with whether nothing failed of what is worth loading at first. */
  async #load(
    tour: Tour,
    first: First,
    show: Show,
    signal: AbortSignal,
    later: Pending | null = null,
  ): Promise<boolean> {
    const { scene } = this.parts;
    const stage = scene.stageOf(show);
    const read = await this.#read(tour, first, stage, signal, later !== null);
    const { loaded, loading } = read;
    scene.enter(tour, stage, loading.models, loading.models.trianglesOf(loaded), read.model);
    if (!later) this.events.onEnter();
    await stage.show(loaded);
    this.derivative = read.derivative;
    this.#isOther = read.unread.length > 0;
    later?.resolve();
    if (this.status !== "ready") this.#reveal();
    const chunk = await import("./refining").catch(() => null);
    if (!chunk) return false;
    return new Promise((resolve) => {
      let opening = true;
      this.#refining = new chunk.Refining(tour, read, scene, loading, {
        onProgress: (derivative, progress) => this.#progress(derivative, progress, false, false),
        onShown: (model, derivative) => {
          if (model === read.model) this.derivative = derivative;
        },
        onHeld: () => this.#held(),
        onTilesMissing: () => this.#tell("detailFailed"),
        onRest: (whole) => {
          if (opening) resolve(whole);
          else if (!whole) this.#finish(false);
          else if (!this.complete) this.parts.notes.hide();
          opening = false;
          this.complete = true;
        },
      });
    });
  }

  #progress(derivative: Derivative, { loaded, total }: Progress, first: boolean, later: boolean): void {
    const { curtain, notes, texts } = this.parts;
    if (this.status === "problem") return;
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

  #tell(key: "detailFailed" | "otherVersion"): void {
    const { notes, texts } = this.parts;
    notes.show(texts.say(key), FAILED_MS, true);
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
    if (!finest || this.#isOther) return this.#tell(finest ? "otherVersion" : "detailFailed");
    if (scene.moved) return;
    const touch = matchMedia("(pointer: coarse)").matches;
    const [byTouch, byMouse] = scene.node
      ? (["hintPanorama", "hintPanoramaMouse"] as const)
      : (["hint", "hintMouse"] as const);
    notes.show(texts.say(touch ? byTouch : byMouse), HINT_MS);
  }

  #fail(reason: unknown): void {
    // What is still on its way is not needed.
    this.#loading.abort();
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

/** All derivatives for the web: of each model coarse to fine, the first model first. */
const triesOf = ({ models = [] }: Tour): Try[] =>
  models.flatMap(({ derivatives }, model) => forWeb(derivatives).map((derivative) => ({ model, derivative })));

/** Another file may do where this one is missing or cannot be read. */
const isOfFile = (reason: unknown): reason is Problem =>
  reason instanceof Problem && reason.kind.startsWith("model-");
