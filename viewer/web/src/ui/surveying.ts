/** What comes with points and with measuring, in one chunk of its own: see survey-controls.ts. */

import "../style/surveying.css";
import { type PackageFiles, pointBoundsOf, titleOf, type Tour, type TourModel } from "../core/manifest";
import type { LocalText } from "../core/language";
import type { Place } from "../core/measure";
import { type Ray, spanBelow } from "../core/pick";
import { pointLimits } from "../core/point-limits";
import { Problem } from "../core/problem";
import { addStrings } from "../core/strings";
import { STRINGS_OF_SURVEYING } from "../core/strings-surveying";
import { surfelsOf } from "../core/surfels";
import { add, type Box, boxesUnion, scale, type Vec3 } from "../core/vector";
import { raycastModel } from "../three/pick-model";
import type { PointLayer } from "../three/points";
import type { Stage } from "../three/stage";
import { deviceOf } from "./device";
import type { ViewerState } from "./hook";
import { layersContent, type ModelSwitch } from "./layers-content";
import { importModels } from "./loading";
import { Measuring } from "./measuring";
import type { PanelContent } from "./panel";
import type { SurveyParts } from "./survey-controls";

addStrings(STRINGS_OF_SURVEYING);

/** A picked point this share of its depth behind the model's surface still lies on it. */
const BESIDE = 0.01;
/** The model that was made from all captures of the site: it may have no title but the tour's. */
const OWN = "site";
const MISSING_MS = 5000;
const MOUSE_PX = 7;
const TOUCH_PX = 14;

export class Surveying {
  readonly #measuring: Measuring;
  readonly #layers: PanelContent & { draw(): void };
  #layer: PointLayer | null = null;
  #wanted = false;
  /** Counts what was asked for: what comes late is not used. */
  #asked = 0;
  #shaded: boolean | null = null;
  #cut: number | null = null;
  /** How far the points reach that were seen; the manifest need not say it. */
  #reach: Box | null = null;
  #told = false;
  /** The note that points are loading is on show. */
  #loading = false;

  constructor(
    private readonly parts: SurveyParts,
    private readonly tour: Tour,
    private readonly files: PackageFiles,
    place: HTMLElement,
    opener: HTMLElement,
  ) {
    const { texts, scene, notes } = parts;
    this.#layers = layersContent(tour, texts, this);
    this.#measuring = new Measuring(tour, { texts, scene, notes, opener }, (x, y, touch) => this.#pick(x, y, touch));
    place.append(this.#measuring.element);
    scene.element.append(this.#measuring.overlay);
    scene.survey = {
      tap: (x, y, touch) => this.#measuring.tap(x, y, touch),
      drawn: () => this.#drawn(),
    };
  }

  get state(): Pick<ViewerState, "points" | "measuring"> {
    return { points: this.#layer?.state ?? null, measuring: this.#measuring.state };
  }

  /** What the panel shows and switches. */
  get modelShown(): boolean {
    return this.#stage.modelWanted;
  }

  get hasModel(): boolean {
    return (this.tour.models ?? []).length > 0;
  }

  /** Each of several models: its name, and whether it is on show. */
  get models(): readonly ModelSwitch[] {
    const models = this.tour.models ?? [];
    if (models.length < 2) return [];
    const states = this.parts.models();
    const titleIn = (model: TourModel): LocalText | null => titleOf(model) ?? (model.id === OWN ? (this.tour.name ?? null) : null);
    return models.map((model, place) => ({ id: model.id, title: titleIn(model), shown: states[place]?.wanted ?? true }));
  }

  get hasPoints(): boolean {
    return (this.tour.points ?? []).length > 0;
  }

  get pointsShown(): boolean {
    return this.#wanted;
  }

  get pointsDrawn(): number {
    return this.#layer?.state.points ?? 0;
  }

  get shaded(): boolean {
    return this.#shaded ?? this.#limits.shaded;
  }

  /** Height of the cut in the world; null: nothing is cut. */
  get cut(): number | null {
    return this.#cut;
  }

  /** From the ground to the top of model and points, in the world. */
  get heights(): readonly [number, number] {
    const boxes = [this.parts.scene.bounds, pointBoundsOf(this.tour), this.#reach].filter((box) => box !== null);
    if (boxes.length === 0) return [0, 1];
    const { min, max } = boxes.reduce(boxesUnion);
    return [min[1], max[1]];
  }

  showPanorama(): void {
    this.parts.showPanorama();
  }

  showModel(shown: boolean): void {
    this.#stage.modelWanted = shown;
    this.#layers.draw();
  }

  showOne(model: number, shown: boolean): void {
    this.parts.want(model, shown);
    this.#layers.draw();
  }

  goTo(model: number): void {
    this.showOne(model, true);
    this.parts.scene.frame(model);
    // On a phone the panel lies over what one wants to see.
    if (matchMedia("(max-width: 700px)").matches) this.parts.panel.close();
  }

  showPoints(shown: boolean): void {
    this.#wanted = shown;
    if (shown) void this.#open().catch((reason: unknown) => this.#fail(reason));
    else this.#leave();
    this.#layers.draw();
  }

  shade(shaded: boolean): void {
    this.#shaded = shaded;
    if (this.#layer) this.#layer.shaded = shaded;
    this.parts.scene.invalidate();
    this.#layers.draw();
  }

  cutAt(height: number | null): void {
    this.#cut = height;
    this.#stage.cut = height;
    if (this.#layer) this.#layer.cut = height;
    this.#layers.draw();
  }

  toggleLayers(opener: HTMLElement): void {
    const { panel } = this.parts;
    if (panel.content === this.#layers) panel.close();
    else panel.open(this.#layers, opener);
  }

  toggleMeasuring(opener: HTMLElement): void {
    if (this.#measuring.isOn) this.#measuring.end();
    else this.#measuring.begin(opener);
  }

  escape(): boolean {
    const { isOn } = this.#measuring;
    if (isOn) this.#measuring.end();
    return isOn;
  }

  /** Where there is no model: the camera gets its place by the points. Raises Problem. */
  async openPoints(): Promise<void> {
    this.#wanted = true;
    const layer = await this.#open();
    if (!layer) throw new Problem("points-missing", "the points were left");
    await layer.rooted;
    const { scene } = this.parts;
    scene.enter(this.tour, this.#stage, await importModels(), surfelsOf(layer.samples, Math.max(layer.coarsest, 1e-3)));
  }

  /** Panoramas have the memory and the network for themselves. */
  onNode(inPanorama: boolean): void {
    if (inPanorama) {
      this.#measuring.end();
      this.#stage.cut = null;
      if (this.parts.panel.content === this.#layers) this.parts.panel.close();
      this.#leave();
    } else {
      this.#stage.cut = this.#cut;
      if (this.#wanted) this.showPoints(true);
    }
  }

  get #stage(): Stage {
    const { stage } = this.parts.scene;
    if (!stage) throw new Problem("no-webgl", "no stage");
    return stage;
  }

  get #limits() {
    return pointLimits(deviceOf(this.#stage.maxTexture));
  }

  /** Begins to load the points; null when they were switched off meanwhile. Raises Problem. */
  async #open(): Promise<PointLayer | null> {
    if (this.#layer) return this.#layer;
    const asked = ++this.#asked;
    const { notes, texts } = this.parts;
    notes.progress(texts.say("loadingPoints"), "");
    const chunk = await import("../three/points").catch((reason: unknown) => {
      throw new Problem("network", `points: ${String(reason)}`);
    });
    if (asked !== this.#asked || !this.#wanted) return null;
    const layer = new chunk.PointLayer(this.tour.points ?? [], this.files, this.#stage, this.#limits, {
      onBox: (box) => {
        this.#reach = this.#reach ? boxesUnion(this.#reach, box) : box;
        this.#stage.growBounds(box);
      },
      onChange: () => this.parts.scene.invalidate(),
      onMissing: (problem) => this.#miss(problem),
      onFailed: (problem) => this.#fail(problem),
    });
    this.#layer = layer;
    this.#told = false;
    this.#loading = true;
    layer.shaded = this.shaded;
    layer.cut = this.#cut;
    this.parts.scene.invalidate();
    return layer;
  }

  #leave(): void {
    this.#asked += 1;
    this.#layer?.dispose();
    this.#layer = null;
    this.parts.notes.hide();
  }

  #fail(reason: unknown): void {
    const problem = reason instanceof Problem ? reason : new Problem("points-broken", String(reason));
    console.info(`vtour: ${problem.kind}: ${problem.message}`);
    this.#wanted = false;
    this.#leave();
    this.#layers.draw();
    // Where there is nothing else the curtain tells.
    if (this.parts.scene.hasModel || this.parts.scene.node) this.parts.sayProblem(problem);
  }

  #miss(problem: Problem): void {
    if (this.#told) return;
    this.#told = true;
    const { notes, texts } = this.parts;
    console.info(`vtour: ${problem.kind}: ${problem.message}`);
    notes.show(texts.say("pointsMissing"), MISSING_MS, true);
  }

  #drawn(): void {
    const layer = this.#layer;
    if (layer) {
      layer.waits = this.parts.scene.walk?.arriving != null;
      if (this.#loading && (layer.state.points > 0 || layer.resting)) {
        this.#loading = false;
        this.parts.notes.hide();
      }
      this.#layers.draw();
    }
    this.#measuring.drawn();
  }

  /** What is under a place of the canvas: a point of the cloud, else the surface of the model. */
  #pick(x: number, y: number, touch: boolean): Place | null {
    const stage = this.#stage;
    const ray = stage.ray(x, y);
    const surface = this.#onModel(stage, ray);
    const radius = touch ? TOUCH_PX : MOUSE_PX;
    const point = this.#layer?.pick({ x, y, ...stage.size, radius }, ray) ?? null;
    const pixelAt = (depth: number): number => depth / stage.focal;
    if (point && (!surface || point.depth <= surface.depth * (1 + BESIDE)))
      return { position: point.position, on: "points", detail: point.spacing, pixel: pixelAt(point.depth) };
    if (!surface) return null;
    return { position: surface.position, on: "model", detail: surface.error, pixel: pixelAt(surface.depth) };
  }

  /** Of what is drawn: a phone may stay on a coarser derivative, a large model has tiles. */
  #onModel(stage: Stage, ray: Ray): { position: Vec3; depth: number; error: number | null } | null {
    const span = spanBelow(ray, this.#cut ?? Number.POSITIVE_INFINITY);
    const hit = stage.model && span ? raycastModel(stage.model, ray, span) : null;
    if (!hit) return null;
    const position = add(ray.origin, scale(ray.direction, hit.away));
    return { position, depth: stage.project(position).depth, error: hit.error };
  }
}
