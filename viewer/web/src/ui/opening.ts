/** Opens the tour: manifest, coarse model, finer models; tells how it goes and what went wrong. */

import type { Progress } from "../core/fetching";
import { progressText } from "../core/format";
import { type Derivative, fetchTour, PackageFiles, type Tour, type TourModel } from "../core/manifest";
import { Problem } from "../core/problem";
import type { Curtain } from "./curtain";
import type { Notes } from "./edges";
import type { ViewerState } from "./hook";
import { importShow, loadModel, type Show } from "./loading";
import { pending } from "./pending";
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
  /** The camera has its place. */
  onEnter(): void;
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

  constructor(
    private readonly manifest: string,
    private files: PackageFiles,
    private readonly parts: OpeningParts,
    private readonly events: OpeningEvents,
  ) {}

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

  /** Resolves with whether the finest model that the device bears is on show. */
  async #open(signal: AbortSignal): Promise<boolean> {
    this.parts.curtain.busy("opening");
    const chunk = importShow();
    chunk.catch(() => undefined);
    const tour = this.tour ?? (await fetchTour(this.manifest));
    if (!this.tour) this.#setTour(tour);
    const model = tour.models?.[0];
    if (!model) throw new Problem("no-model", "tour.json names no model");
    return this.#load(tour, model, await chunk, signal);
  }

  #setTour(tour: Tour): void {
    this.tour = tour;
    this.files = new PackageFiles(this.files.base, tour.files ?? {});
    this.events.onTour(tour, this.files);
  }

  #load(tour: Tour, model: TourModel, show: Show, signal: AbortSignal): Promise<boolean> {
    const { scene } = this.parts;
    const stage = scene.stageOf(show);
    return loadModel(model, this.files, stage, show, {
      onProgress: (derivative, progress, first) => this.#progress(derivative, progress, first),
      onFirst: (loaded) => {
        scene.enter(tour, stage, show.trianglesOf(loaded));
        this.events.onEnter();
      },
      onShown: (derivative) => this.#shown(derivative),
      onHeld: () => this.#held(),
    }, signal);
  }

  #progress(derivative: Derivative, { loaded, total }: Progress, first: boolean): void {
    const { curtain, notes, texts } = this.parts;
    if (first) return curtain.busy("loading", loaded, total);
    this.complete = false;
    if (derivative.bytes < WORTH_A_NOTE) return;
    notes.progress(texts.say("sharpening"), progressText(loaded, total, texts.language));
  }

  #shown(derivative: Derivative): void {
    this.derivative = derivative;
    if (this.status === "ready") return;
    this.status = "ready";
    this.parts.curtain.hide();
    this.parts.scene.reveal();
    this.ready.resolve();
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
    notes.show(texts.say(touch ? "hint" : "hintMouse"), HINT_MS);
  }

  #fail(reason: unknown): void {
    const problem = reason instanceof Problem ? reason : new Problem("viewer-broken", String(reason));
    if (problem.kind === "viewer-broken") console.error(reason);
    else console.info(`vtour: ${problem.kind}: ${problem.message}`);
    this.problem = problem;
    this.status = "problem";
    this.parts.curtain.problem(problem.kind);
    this.ready.promise.catch(() => undefined);
    this.ready.reject(problem);
  }
}
