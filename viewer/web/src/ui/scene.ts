/** The scene: the canvas and what lies on it, and every move of its camera. */

import { boundsOf, type Hotspot, type Tour } from "../core/manifest";
import type { Motion } from "../core/motion";
import { type View, viewOf } from "../core/orbit";
import type { Box, Vec3 } from "../core/vector";
import type { Insets, Stage, StageEvents } from "../three/stage";
import { el } from "./dom";
import { Compass, Scale } from "./edges";
import { Gestures } from "./gestures";
import type { Show } from "./loading";
import { Markers, type MarkerState } from "./markers";
import { Navigation } from "./navigation";
import type { Texts } from "./texts";
import { type Direction, ZOOM_STEP } from "./toolbar";

/** What the bars at the top and the bottom cover always, in CSS pixels. */
const BARS: Insets = { top: 60, right: 0, bottom: 76, left: 0 };
const TURN_STEP = 0.3;
const MOVE_STEP = 0.15;
const STEPS = { left: [-1, 0], right: [1, 0], up: [0, 1], down: [0, -1] } as const;

export interface SceneEvents {
  /** The visitor moved the camera. */
  onUse(): void;
  /** The camera came to rest where the visitor moved it. */
  onRest(): void;
  /** Which ways of zooming are open. */
  onZoom(inwards: boolean, outwards: boolean): void;
  /** The scene has another size. */
  onResize(): void;
  onContextLost(): void;
  onContextRestored(): void;
}

export class SceneView {
  readonly canvas = el("canvas", { class: "vt-canvas", tabindex: 0, role: "application" });
  readonly element = el("div", { class: "vt-scene" }, this.canvas);
  readonly scale: Scale;
  readonly compass: Compass;
  readonly #quiet = matchMedia("(prefers-reduced-motion: reduce)");
  #tour: Tour | null = null;
  #stage: Stage | null = null;
  #navigation: Navigation | null = null;
  #gestures: Gestures | null = null;
  #markers: Markers | null = null;
  /** True once the visitor moved or shared a view: only then does the address name a camera. */
  moved = false;

  constructor(
    private readonly texts: Texts,
    private readonly events: SceneEvents,
  ) {
    this.scale = new Scale(texts);
    this.compass = new Compass(texts, () => this.#act((navigation) => navigation.northUp()));
    this.compass.element.hidden = true;
    texts.bind(this.canvas, "scene", "aria-label");
    texts.bind(this.canvas, "sceneHelp", "aria-description");
    this.#quiet.addEventListener("change", () => {
      if (this.#navigation) this.#navigation.motion.reduced = this.#quiet.matches;
    });
  }

  /** The camera on show. */
  get camera(): View | null {
    return this.#navigation && viewOf(this.#navigation.motion.now);
  }

  /** Where the camera comes to rest. */
  get goal(): View | null {
    return this.#navigation && viewOf(this.#navigation.motion.goal);
  }

  get bounds(): Box | null {
    return this.#navigation?.bounds ?? null;
  }

  get idle(): boolean {
    return this.#stage?.idle ?? true;
  }

  get frames(): number {
    return this.#stage?.frames ?? 0;
  }

  get hotspots(): readonly MarkerState[] {
    return this.#markers?.states ?? [];
  }

  /** Hotspots as buttons, hidden until there is a model. */
  setHotspots(hotspots: readonly Hotspot[], onOpen: (index: number) => void): void {
    const seek = (index: number): void => this.seek(hotspots[index]?.position ?? [0, 0, 0], false);
    this.#markers = new Markers(hotspots, this.texts, onOpen, seek);
    this.#markers.element.hidden = true;
    this.element.append(this.#markers.element);
  }

  markerButton(index: number): HTMLElement | null {
    return this.#markers?.button(index) ?? null;
  }

  select(index: number | null): void {
    this.#markers?.select(index);
  }

  /** The stage on the canvas, made once; raises Problem("no-webgl"). */
  stageOf(show: Show): Stage {
    return (this.#stage ??= this.#makeStage(show));
  }

  #makeStage(show: Show): Stage {
    const { onContextLost, onContextRestored } = this.events;
    const events: StageEvents = { onFrame: (moving) => this.#frame(moving), onContextLost, onContextRestored };
    const stage = new show.Stage(this.canvas, events);
    const fit = (): void => {
      stage.resize(this.element.clientWidth, this.element.clientHeight);
      this.events.onResize();
    };
    new ResizeObserver(fit).observe(this.element);
    stage.setInsets(BARS, true);
    fit();
    return stage;
  }

  /** The first triangles are here, nine numbers each: the camera gets its place. */
  enter(tour: Tour, stage: Stage, corners: Float32Array): void {
    this.#tour = tour;
    if (tour.start?.fov_deg) stage.setFov(tour.start.fov_deg);
    const places = (tour.hotspots ?? []).map(({ position }) => position);
    const viewpoint = tour.start ?? null;
    const quiet = this.#quiet.matches;
    const navigation = new Navigation(corners, boundsOf(tour), viewpoint, places, quiet, stage);
    this.#navigation = navigation;
    stage.motion = navigation.motion;
    stage.setBounds(navigation.bounds);
    this.#gestures ??= this.#makeGestures(stage, () => (this.#navigation ?? navigation).motion);
  }

  #makeGestures(stage: Stage, motion: () => Motion): Gestures {
    const scene = {
      get motion() {
        return motion();
      },
      get fov() {
        return stage.fov;
      },
      get size() {
        return stage.size;
      },
      ray: (x: number, y: number) => stage.ray(x, y),
      invalidate: () => stage.invalidate(),
      focusAt: (x: number, y: number) => this.#focusAt(stage, x, y),
      reset: () => this.reset(),
    };
    return new Gestures(this.element, scene, () => this.#used());
  }

  /** A model is on show: so is what lies on it. */
  reveal(): void {
    if (this.#markers) this.#markers.element.hidden = false;
    this.compass.element.hidden = this.#tour?.world.north !== "true";
  }

  /** Keeps the middle of the picture in what bars and panel leave free. */
  cover(panel: Insets): void {
    const most = (side: keyof Insets): number => Math.max(BARS[side], panel[side]);
    const insets = { top: most("top"), right: most("right"), bottom: most("bottom"), left: most("left") };
    this.#stage?.setInsets(insets, this.#quiet.matches);
  }

  invalidate(): void {
    this.#stage?.invalidate();
  }

  zoom(factor: number): void {
    this.#act(({ motion }) => motion.dolly(factor));
  }

  turn(to: Direction): void {
    this.#act(({ motion }) => motion.rotate(STEPS[to][0] * TURN_STEP, STEPS[to][1] * TURN_STEP));
  }

  move(to: Direction): void {
    this.#act(({ motion }) => motion.pan(STEPS[to][0] * MOVE_STEP, STEPS[to][1] * MOVE_STEP));
  }

  reset(): void {
    this.#act((navigation, stage) => navigation.reset(stage));
  }

  seek(point: Vec3, near: boolean): void {
    this.#act((navigation) => navigation.seek(point, near));
  }

  jump(view: View): void {
    if (!this.#navigation) return;
    this.moved = true;
    this.#navigation.jump(view);
  }

  /** Ends a flight at once. */
  finishMove(): void {
    this.#navigation?.motion.jump(this.#navigation.motion.goal);
  }

  /** A key that was pressed somewhere on the page; true when it moved the camera. */
  key(event: KeyboardEvent): boolean {
    const used = this.#gestures?.key(event) ?? false;
    if (used) this.#used();
    return used;
  }

  #focusAt(stage: Stage, x: number, y: number): void {
    const { origin, direction } = stage.ray(x, y);
    this.#act((navigation) => navigation.focus(origin, direction));
  }

  /** A move that a button or a link asked for. */
  #act(move: (navigation: Navigation, stage: Stage) => void): void {
    this.#used();
    if (this.#navigation && this.#stage) move(this.#navigation, this.#stage);
    this.invalidate();
  }

  #used(): void {
    this.moved = true;
    this.events.onUse();
  }

  #frame(moving: boolean): void {
    const [stage, navigation] = [this.#stage, this.#navigation];
    if (!stage || !navigation) return;
    const { size } = stage;
    const project = (point: Vec3) => stage.project(point);
    this.#markers?.update({ size, project, sees: (point) => navigation.seesNow(point) }, !moving);
    const { motion } = navigation;
    this.events.onZoom(motion.canDolly(ZOOM_STEP), motion.canDolly(1 / ZOOM_STEP));
    this.compass.update(motion.now.azimuth);
    if (this.#tour?.world.scale === "metric") {
      this.scale.update((2 * Math.tan(stage.fov / 2) * motion.now.distance) / size.height);
    }
    if (!moving && this.moved) this.events.onRest();
  }
}
