/** The scene: the canvas and what lies on it, and every move of its camera. */

import { type Eye, eyeOfGaze, Flight } from "../core/eye";
import type { Gaze } from "../core/gaze";
import type { Ground } from "../core/ground";
import type { Standpoint } from "../core/link";
import type { Hotspot, Node, PackageFiles, Tour } from "../core/manifest";
import { type View, viewOf } from "../core/orbit";
import type { Mover } from "../core/mover";
import type { Navigation } from "../core/navigation";
import type { Problem } from "../core/problem";
import { type Box, clamp, type Vec3 } from "../core/vector";
import type { Insets, Stage, StageEvents } from "../three/stage";
import type { Walk, WalkState } from "../three/walk";
import { el } from "./dom";
import { Compass, Scale } from "./edges";
import { Gestures } from "./gestures";
import type { Models, Show } from "./loading";
import { Markers, type MarkerState } from "./markers";
import { ModelView } from "./model-view";
import { NodeView } from "./node-view";
import type { Texts } from "./texts";
import { type Direction, ZOOM_STEP } from "./toolbar";
import { Ways, type WayState } from "./ways";

/** What the bars at the top and the bottom cover always, in CSS pixels. */
const BARS: Insets = { top: 60, right: 0, bottom: 76, left: 0 };
const TURN_STEP = 0.3;
const MOVE_STEP = 0.15;
const STEPS = { left: [-1, 0], right: [1, 0], up: [0, 1], down: [0, -1] } as const;
/** Seconds of the flight between a panorama and the model. */
const FLIGHT = 1.4;
/** The panorama fades in this share of the flight at its end of it. */
const FADE_SHARE = 0.45;

export interface SceneEvents {
  /** The visitor moved the camera. */
  onUse(): void;
  /** The camera came to rest where the visitor moved it. */
  onRest(): void;
  /** Which ways of zooming are open. */
  onZoom(inwards: boolean, outwards: boolean): void;
  /** The scene has another size. */
  onResize(): void;
  /** Another node is on show; null: the model. */
  onNode(node: Node | null): void;
  /** A node is on its way; null: none any more. */
  onArriving(node: Node | null): void;
  /** The network holds back what makes the panorama sharp. */
  onCoarse(): void;
  /** A node that the visitor asked for cannot be shown. */
  onNodeFailed(node: Node, problem: Problem): void;
  /** The camera moved. */
  onLook(eye: Eye): void;
  onContextLost(): void;
  onContextRestored(): void;
}

export interface SceneSurvey {
  /** A tap; true when it was used. */
  tap(x: number, y: number, touch: boolean): boolean;
  /** A frame was drawn. */
  drawn(): void;
}

export class SceneView {
  readonly canvas = el("canvas", { class: "vt-canvas", tabindex: 0, role: "application" });
  readonly element = el("div", { class: "vt-scene" }, this.canvas);
  readonly scale: Scale;
  readonly compass: Compass;
  readonly #quiet = matchMedia("(prefers-reduced-motion: reduce)");
  readonly #ways: Ways;
  #tour: Tour | null = null;
  #stage: Stage | null = null;
  #model: ModelView | null = null;
  #nodes: NodeView | null = null;
  /** Where the camera is or flies to: a node, else the model. */
  #inNode = false;
  #covered: Insets = BARS;
  #floor = 0;
  #flight: Flight | null = null;
  #gestures: Gestures | null = null;
  #markers: Markers | null = null;
  /** Whoever measures: a tap on the scene is for it, and it draws over each frame. */
  survey: SceneSurvey | null = null;
  /** True once the visitor moved or shared a view: only then does the address name a camera. */
  moved = false;

  constructor(
    private readonly texts: Texts,
    private readonly events: SceneEvents,
  ) {
    this.scale = new Scale(texts);
    this.compass = new Compass(texts, () => this.#northUp());
    this.compass.element.hidden = true;
    const go = (node: Node): void => void this.goTo(node);
    this.#ways = new Ways(texts, this.canvas, go, (point) => this.seek(point, false));
    this.element.append(this.#ways.element);
    texts.onChange(() => this.#describe());
    this.#describe();
    this.#quiet.addEventListener("change", () => {
      if (this.#navigation) this.#navigation.motion.reduced = this.#quiet.matches;
      if (this.#walk) this.#walk.gaze.reduced = this.#quiet.matches;
    });
  }

  /** The camera on show. */
  get camera(): View | null {
    if (this.#inNode) return this.#nodes?.view ?? null;
    return this.#navigation && viewOf(this.#navigation.motion.now);
  }

  /** Where the camera comes to rest; null in a panorama. */
  get goal(): View | null {
    return this.#inNode ? null : this.#navigation && viewOf(this.#navigation.motion.goal);
  }

  /** Where the visitor stands and looks; null at the model. */
  get standpoint(): Standpoint | null {
    return this.#inNode ? (this.#walk?.standpoint ?? null) : null;
  }

  /** The node on show; null at the model. */
  get node(): Node | null {
    return this.#inNode ? (this.#walk?.current ?? null) : null;
  }

  get walk(): WalkState | null {
    return this.#walk?.state ?? null;
  }

  get #walk(): Walk | null {
    return this.#nodes?.walk ?? null;
  }

  /** The canvas with three.js; null before it is there. */
  get stage(): Stage | null {
    return this.#stage;
  }

  get flying(): boolean {
    return this.#flight !== null;
  }

  get bounds(): Box | null {
    return this.#navigation?.bounds ?? null;
  }

  /** Nothing moves, and in a panorama all that is seen is sharp. */
  get idle(): boolean {
    return (this.#stage?.idle ?? true) && (!this.#inNode || (this.#walk?.complete ?? true));
  }

  get frames(): number {
    return this.#stage?.frames ?? 0;
  }

  get hotspots(): readonly MarkerState[] {
    return this.#markers?.states ?? [];
  }

  get ways(): readonly WayState[] {
    return this.#ways.states;
  }

  get hasModel(): boolean {
    return this.#navigation !== null;
  }

  /** Where a point of the world is on the canvas. */
  project(point: Vec3): { x: number; y: number; inside: boolean } | null {
    return this.#stage?.project(point) ?? null;
  }

  /** Hotspots as buttons, hidden until there is something on show. */
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
    const events: StageEvents = {
      onFrame: (moving) => this.#frame(moving),
      onContextLost: () => {
        this.#walk?.lose();
        this.events.onContextLost();
      },
      onContextRestored: () => void this.#recover(),
    };
    const stage = new show.Stage(this.canvas, events);
    const scene = this;
    stage.driver = {
      step: (seconds) => this.#step(seconds),
      get eye() {
        return scene.#eye;
      },
    };
    const fit = (): void => {
      stage.resize(this.element.clientWidth, this.element.clientHeight);
      this.#walk?.resize();
      this.events.onResize();
    };
    new ResizeObserver(fit).observe(this.element);
    stage.setInsets(BARS, true);
    fit();
    return stage;
  }

  async #recover(): Promise<void> {
    this.events.onContextRestored();
    const walk = this.#walk;
    await walk?.recover().catch((problem: Problem) => {
      if (walk.current) this.events.onNodeFailed(walk.current, problem);
    });
    this.invalidate();
  }

  /** The first triangles are here, nine numbers each: the orbit gets its place. first: of which model. */
  enter(tour: Tour, stage: Stage, models: Models, corners: Float32Array, first = 0): void {
    this.#tour = tour;
    const quiet = this.#quiet.matches;
    this.#model = new ModelView(tour, stage, models, quiet, corners, first);
    stage.setBounds(this.#model.navigation.bounds);
    stage.modelShown = !this.#inNode;
    this.#gestures ??= this.#makeGestures(stage);
  }

  /** Another of the tour's models is on show: nine numbers for each triangle of its coarsest derivative. */
  grow(model: number, corners: Float32Array): void {
    const surprise = this.#navigation?.put(model, corners) ?? false;
    if (this.bounds) this.#stage?.growBounds(this.bounds);
    // Nobody has looked around yet: then the first view may show it too.
    if (surprise && !this.moved && !this.#tour?.start && !this.#inNode) this.#model?.reset();
  }

  /** A model is on show, or not. */
  setShown(model: number, shown: boolean): void {
    this.#navigation?.show(model, shown);
    this.invalidate();
  }

  /** What stands for a model where it is gone around; null: its coarsest derivative. */
  stand(model: number, ground: Ground | null): void {
    this.#navigation?.stand(model, ground);
  }

  /** Goes to where a model is seen whole. */
  frame(model: number): void {
    this.#act((navigation) => navigation.frame(model, (this.#model as ModelView).screen), () => undefined);
  }

  /** The model in the middle of the picture; null: none. */
  get middle(): number | null {
    const { width, height } = this.size;
    const ray = this.#stage?.ray(width / 2, height / 2);
    return (ray && this.meet(ray.origin, ray.direction)?.model) ?? null;
  }

  /** Which of the tour's models a ray meets first, and how far away. */
  meet(origin: Vec3, direction: Vec3): { model: number; distance: number } | null {
    return this.#navigation?.look(origin, direction) ?? null;
  }

  /** The nodes of the tour, before one of them is entered. */
  setNodes(tour: Tour, files: PackageFiles, stage: Stage, chunk: typeof import("../three/walk")): void {
    if (this.#nodes) return;
    this.#tour = tour;
    const quiet = this.#quiet.matches;
    this.#nodes = new NodeView(tour, files, stage, chunk, quiet, this.#ways, {
      onNode: (node) => this.#onNode(node),
      onArriving: (node) => {
        this.element.toggleAttribute("data-arriving", node !== null);
        this.events.onArriving(node);
      },
      onCoarse: () => this.events.onCoarse(),
    });
    this.#gestures ??= this.#makeGestures(stage);
  }

  /** Stands in a first node. Raises Problem. */
  async enterNode(first: Standpoint, onShown: () => void): Promise<void> {
    const nodes = this.#nodes as NodeView;
    this.#inNode = true;
    (this.#stage as Stage).modelShown = false;
    this.#onPreview = onShown;
    await nodes.begin(first);
  }

  #onPreview: () => void = () => undefined;

  #makeGestures(stage: Stage): Gestures {
    const scene = this;
    return new Gestures(
      this.element,
      {
        get mover(): Mover | null {
          if (scene.#flight) return null;
          if (scene.#inNode) return scene.#walk?.mover ?? null;
          return scene.#model?.mover ?? null;
        },
        invalidate: () => stage.invalidate(),
        tap: (x: number, y: number, touch: boolean) => this.survey?.tap(x, y, touch) ?? false,
        focusAt: (x: number, y: number) => this.#focusAt(stage, x, y),
        reset: () => this.reset(),
      },
      () => this.#used(),
    );
  }

  /** What is on show, so is what lies on it. */
  reveal(): void {
    if (this.#markers) this.#markers.element.hidden = false;
    this.compass.element.hidden = this.#tour?.world.north !== "true";
  }

  /** Keeps the middle of the picture in what bars and panel leave free. */
  cover(panel: Insets): void {
    this.#covered = panel;
    const most = (side: keyof Insets): number => Math.max(BARS[side], panel[side]);
    const bottom = Math.max(most("bottom"), this.#floor);
    const insets = { top: most("top"), right: most("right"), bottom, left: most("left") };
    this.#stage?.setInsets(insets, this.#quiet.matches);
  }

  /** What covers the bottom besides bars and panel, CSS pixels. */
  set floor(height: number) {
    this.#floor = height;
    this.cover(this.#covered);
  }

  invalidate(): void {
    this.#stage?.invalidate();
  }

  zoom(factor: number): void {
    this.#act((navigation) => navigation.motion.dolly(factor), ({ walk }) => walk.gaze.zoom(factor));
  }

  /** One step, or a part of it. */
  turn(to: Direction, steps = 1): void {
    const [x, y] = [STEPS[to][0] * TURN_STEP * steps, STEPS[to][1] * TURN_STEP * steps];
    this.#act(({ motion }) => motion.rotate(x, y), ({ walk }) => walk.gaze.turn(x, y));
  }

  move(to: Direction, steps = 1): void {
    const [x, y] = [STEPS[to][0] * MOVE_STEP * steps, STEPS[to][1] * MOVE_STEP * steps];
    this.#act(({ motion }) => motion.pan(x, y), ({ walk }) => walk.gaze.turn(2 * x, 2 * y));
  }

  /** Looks along a heading and a pitch of the world at once, as a gyroscope says. */
  look(heading: number, pitch: number): void {
    if (!this.#inNode || this.#flight) return;
    this.#walk?.gaze.jump({ heading, pitch });
    this.moved = true;
    this.invalidate();
  }

  /** The camera turns by itself, as to a hotspot, or flies. */
  get turning(): boolean {
    return this.#flight !== null || (this.#walk?.gaze.flying ?? false);
  }

  get size(): { width: number; height: number } {
    return this.#stage?.size ?? { width: 1, height: 1 };
  }

  /** Where the visitor looks now in a panorama. */
  get gaze(): Gaze | null {
    return this.#walk?.gaze.now ?? null;
  }

  reset(): void {
    this.#act(
      () => this.#model?.reset(),
      (nodes) => nodes.reset(),
    );
  }

  seek(point: Vec3, near: boolean): void {
    this.#act(
      (navigation) => navigation.seek(point, near),
      (nodes) => nodes.seek(point),
    );
  }

  /** Looks at once where a link to the node on show says. */
  lookAs(to: Standpoint): void {
    // The address goes on naming it.
    this.moved = true;
    if (this.#walk) this.#walk.gaze.jump(this.#walk.gazeOf(to));
    this.invalidate();
  }

  nodeOf(id: string): Node | null {
    return this.#walk?.node(id) ?? null;
  }

  /** Goes to a camera at the model; the model must be there. */
  jump(view: View): void {
    if (!this.#navigation) return;
    this.moved = true;
    this.#flight = null;
    this.element.removeAttribute("data-flying");
    this.#leaveNode();
    this.#navigation.jump(view);
    this.invalidate();
  }

  /** Ends a flight at once. */
  finishMove(): void {
    this.#navigation?.motion.jump(this.#navigation.motion.goal);
    const gaze = this.#walk?.gaze;
    gaze?.jump(gaze.goal);
  }

  /** Goes to a node, from another or from the model. Says by an event what went wrong. */
  async goTo(node: Node, to: Standpoint | null = null): Promise<void> {
    const walk = this.#walk;
    if (!walk) return;
    this.#used();
    this.invalidate();
    const gaze = to ? walk.gazeOf(to) : {};
    try {
      if (this.#inNode) await walk.goTo(node, gaze);
      else await this.#flyTo(walk, node, gaze);
    } catch (reason) {
      this.events.onNodeFailed(node, reason as Problem);
    }
  }

  /** Goes from the node on show to the model, which must be there. */
  leave(): void {
    const [walk, navigation, stage] = [this.#walk, this.#navigation, this.#stage];
    const node = walk?.current;
    if (!walk || !node || !navigation || !stage || !this.#inNode) return;
    this.#used();
    const from = walk.eye as Eye;
    const orbit = navigation.behind(node.pose.position, from.heading);
    navigation.motion.jump(orbit);
    this.#leaveNode(true);
    this.#fly(from, (this.#model as ModelView).eye, (share) => {
      walk.opacity = clamp(1 - share / FADE_SHARE, 0, 1);
    });
  }

  #leaveNode(fades = false): void {
    if (!this.#inNode) return;
    this.#inNode = false;
    this.#walk?.rest();
    if (this.#walk && !fades) this.#walk.opacity = 0;
    if (this.#stage) this.#stage.modelShown = true;
    this.#ways.element.hidden = true;
    this.#describe();
    this.events.onNode(null);
  }

  /** From the model into a node: the camera flies there, and the panorama comes over the model. */
  async #flyTo(walk: Walk, node: Node, gaze: Partial<Gaze>): Promise<void> {
    walk.opacity = 0;
    if (!(await walk.goTo(node, {}, true)) || this.#inNode) return;
    const from = this.#eye;
    const level = { heading: from?.heading ?? 0, pitch: 0, fov: walk.usualFov };
    walk.gaze.jump({ ...level, ...gaze });
    this.#inNode = true;
    this.#onNode(node);
    const end = eyeOfGaze(node.pose.position, walk.gaze.now);
    this.#fly(from ?? end, end, (share) => {
      walk.opacity = clamp((share - 1 + FADE_SHARE) / FADE_SHARE, 0, 1);
      if (share === 1 && this.#stage) this.#stage.modelShown = false;
    });
  }

  #fly(from: Eye, to: Eye, onShare: (share: number) => void): void {
    const flight = new Flight(from, to, this.#quiet.matches ? 0 : FLIGHT, onShare);
    this.#flight = flight;
    if (!flight.step(0)) this.#flight = null;
    this.element.toggleAttribute("data-flying", this.flying);
    this.invalidate();
  }

  #onNode(node: Node): void {
    if (!this.#inNode) return;
    this.#nodes?.showWays(node);
    this.scale.element.hidden = true;
    this.#describe();
    this.events.onNode(node);
    this.#onPreview();
    this.#onPreview = () => undefined;
  }

  #describe(): void {
    const { texts } = this;
    this.canvas.setAttribute("aria-label", texts.say(this.#inNode ? "panorama" : "scene"));
    this.canvas.setAttribute("aria-description", texts.say(this.#inNode ? "panoramaHelp" : "sceneHelp"));
  }

  /** A key that was pressed somewhere on the page; true when it moved the camera. */
  key(event: KeyboardEvent): boolean {
    const used = this.#gestures?.key(event) ?? false;
    if (used) this.#used();
    return used;
  }

  #focusAt(stage: Stage, x: number, y: number): void {
    const { origin, direction } = stage.ray(x, y);
    this.#act(
      (navigation) => navigation.focus(origin, direction),
      (nodes) => nodes.focus(direction),
    );
  }

  #northUp(): void {
    this.#act((navigation) => navigation.northUp(), ({ walk }) => walk.gaze.fly({ heading: 0 }));
  }

  /** A move that a button or a link asked for: of the orbit, or of the gaze in a node. */
  #act(move: (navigation: Navigation) => void, look: (nodes: NodeView) => void): void {
    this.#used();
    if (this.#flight) return;
    if (this.#inNode && this.#nodes) look(this.#nodes);
    else if (this.#navigation) move(this.#navigation);
    this.invalidate();
  }

  #used(): void {
    this.moved = true;
    this.events.onUse();
  }

  get #eye(): Eye | null {
    if (this.#flight) return this.#flight.eye;
    if (this.#inNode) return this.#walk?.eye ?? null;
    return this.#model?.eye ?? null;
  }

  get #navigation(): Navigation | null {
    return this.#model?.navigation ?? null;
  }

  #step(seconds: number): boolean {
    const walking = this.#walk?.step(seconds, this.#inNode) ?? false;
    if (this.#flight) {
      if (!this.#flight.step(seconds)) this.#flight = null;
      this.element.toggleAttribute("data-flying", this.flying);
      return true;
    }
    const mover = this.#inNode ? this.#walk?.gaze : this.#navigation?.motion;
    return (mover?.step(seconds) ?? false) || walking;
  }

  #frame(moving: boolean): void {
    const [stage, navigation, walk] = [this.#stage, this.#navigation, this.#walk];
    const eye = this.#eye;
    if (!stage || !eye) return;
    const { size } = stage;
    const project = (point: Vec3) => stage.project(point);
    const sees = (point: Vec3): boolean => navigation?.sees(eye.position, point) ?? true;
    this.#markers?.update({ size, project, sees }, !moving);
    this.compass.update(-eye.heading);
    if (this.#inNode && walk) {
      this.#nodes?.frame(project, size, eye.heading, !moving);
      this.events.onZoom(walk.gaze.canZoom(ZOOM_STEP), walk.gaze.canZoom(1 / ZOOM_STEP));
    } else if (navigation) {
      const { motion } = navigation;
      this.events.onZoom(motion.canDolly(ZOOM_STEP), motion.canDolly(1 / ZOOM_STEP));
      this.#model?.measure(this.scale);
    }
    this.survey?.drawn();
    this.events.onLook(eye);
    if (!moving && this.moved) this.events.onRest();
  }
}
