/**
 * The buttons for layers and for measuring. All else comes in a chunk of its own when one of them is
 * pressed, when a link asks for points, or where a tour has nothing but points.
 */

import type { Node, PackageFiles, Tour } from "../core/manifest";
import { Problem } from "../core/problem";
import type { StringKey } from "../core/strings";
import { el, type Icon, icon } from "./dom";
import type { Notes } from "./edges";
import type { ViewerState } from "./hook";
import type { Panel } from "./panel";
import type { DetailState } from "./refining";
import type { SceneView } from "./scene";
import type { Surveying } from "./surveying";
import type { Texts } from "./texts";

export interface SurveyParts {
  readonly texts: Texts;
  readonly scene: SceneView;
  readonly panel: Panel;
  readonly notes: Notes;
  showPanorama(): void;
  /** How detailed each model is on show. */
  models(): readonly DetailState[];
  /** The visitor wants to see a model, or not. */
  want(model: number, wanted: boolean): void;
  /** Says in one line what went wrong. */
  sayProblem(problem: Problem): void;
}

export class SurveyControls {
  readonly layers: HTMLButtonElement;
  readonly measure: HTMLButtonElement;
  /** Where the bar of measuring will be. */
  readonly place = el("div");
  #tour: Tour | null = null;
  #hasPoints = false;
  #files: PackageFiles | null = null;
  #loading: Promise<Surveying> | null = null;
  #surveying: Surveying | null = null;

  constructor(private readonly parts: SurveyParts) {
    this.layers = this.#button("layers", "layers", (surveying) => surveying.toggleLayers(this.layers));
    this.measure = this.#button("measure", "measure", (surveying) => surveying.toggleMeasuring(this.measure));
  }

  set(tour: Tour, files: PackageFiles): void {
    this.#tour = tour;
    this.#files = files;
    const points = (tour.points ?? []).length > 0;
    this.#hasPoints = points;
    this.layers.hidden = !points && (tour.models ?? []).length < 2;
    this.measure.hidden = tour.world.scale !== "metric" || !(points || tour.models?.length);
  }

  get state(): Pick<ViewerState, "points" | "measuring"> {
    return this.#surveying?.state ?? { points: null, measuring: null };
  }

  /** Nothing but points: brings them onto the stage. Raises Problem. */
  async openPoints(): Promise<void> {
    const surveying = await this.#load();
    await surveying.openPoints();
  }

  /** The model or a panorama is on show for the first time: a link may ask for points. */
  onEnter(): void {
    const wanted = new URLSearchParams(location.search).has("points");
    if (!wanted || !this.#hasPoints || this.parts.scene.node) return;
    this.#load().then(this.#outside((surveying) => surveying.showPoints(true)), this.#fail);
  }

  /** In a panorama there is nothing to measure. */
  onNode(node: Node | null): void {
    for (const button of [this.layers, this.measure]) button.toggleAttribute("data-idle", node !== null);
    this.#surveying?.onNode(node !== null);
  }

  /** Ends measuring; false when nobody measures. */
  escape(): boolean {
    return this.#surveying?.escape() ?? false;
  }

  #button(name: Icon, key: StringKey, run: (surveying: Surveying) => void): HTMLButtonElement {
    const button = el("button", { type: "button", class: "vt-button", "data-action": key, hidden: true }, icon(name));
    button.addEventListener("click", () => void this.#load().then(this.#outside(run), this.#fail));
    return this.parts.texts.name(button, key);
  }

  /** What was asked for at the model is not done in a panorama, which one may have entered while the chunk came. */
  #outside(run: (surveying: Surveying) => void): (surveying: Surveying) => void {
    return (surveying) => {
      if (!this.parts.scene.node) run(surveying);
    };
  }

  readonly #fail = (reason: unknown): void =>
    this.parts.sayProblem(reason instanceof Problem ? reason : new Problem("viewer-broken", String(reason)));

  /** Loads the rest, once; a chunk that did not come is tried again when it is asked for. */
  #load(): Promise<Surveying> {
    const [tour, files] = [this.#tour, this.#files];
    if (!tour || !files) return Promise.reject(new Problem("viewer-broken", "no tour"));
    this.#loading ??= import("./surveying").then(
      (chunk) => (this.#surveying = new chunk.Surveying(this.parts, tour, files, this.place, this.measure)),
      (reason: unknown) => {
        this.#loading = null;
        throw new Problem("network", `surveying: ${String(reason)}`);
      },
    );
    return this.#loading;
  }
}
