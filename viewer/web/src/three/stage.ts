/** The canvas: renderer, camera, the models on show. Draws when something changed, never else. */

import { Group, type Object3D, PerspectiveCamera, Plane, Scene, type Texture, Vector3, WebGLRenderer } from "three";
import type { Eye } from "../core/eye";
import { Problem } from "../core/problem";
import { type ScreenPoint, screenFromWorld } from "../core/project";
import { type Box, boxesUnion, centreOf, distance, radiusOf, type Vec3 } from "../core/vector";
import { disposeModel, lights, type LoadedModel, meshesOf, texturesOf } from "./meshes";

/** CSS pixels of the canvas that panels cover. */
export interface Insets {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** A frame slower than this while moving halves the pixels until the camera rests. */
const SLOW_FRAME = 0.045;
const MOST_PIXELS = 6e6;
/** Seconds in which the rest of the way to new insets shrinks to 1/e. */
const SLIDE = 0.09;
const NO_INSETS: Insets = { top: 0, right: 0, bottom: 0, left: 0 };

/** Who moves the camera and all else that moves. */
export interface StageDriver {
  /** Goes on by some seconds; true while there is more to come. */
  step(seconds: number): boolean;
  /** Where the camera is; null while it has no place. */
  readonly eye: Eye | null;
}

/** What a layer knows of the frame that is drawn. */
export interface StageView {
  readonly renderer: WebGLRenderer;
  readonly scene: Scene;
  readonly camera: PerspectiveCamera;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** CSS pixels of one unit of the world that is one unit away. */
  readonly focal: number;
  /** Device pixels of a CSS pixel. */
  readonly pixelRatio: number;
}

/** What is drawn besides model and panoramas, and has work to do in every frame. */
export interface StageLayer {
  update(view: StageView): void;
  /** After the frame was drawn; coarse: the device is slow, and moves. */
  after(view: StageView, coarse: boolean): void;
}

export interface StageEvents {
  /** After each drawn frame. */
  onFrame(moving: boolean): void;
  onContextLost(): void;
  onContextRestored(): void;
}

export class Stage {
  readonly maxTexture: number;
  frames = 0;
  driver: StageDriver | null = null;
  readonly #renderer: WebGLRenderer;
  readonly #scene = new Scene();
  readonly #camera = new PerspectiveCamera(50, 1, 0.1, 1000);
  readonly #clipFromWorld = this.#camera.projectionMatrix.clone();
  /** All models on show. */
  readonly #models = new Group();
  #lit = false;
  #modelShown = true;
  #modelWanted = true;
  readonly #layers = new Set<StageLayer>();
  #bounds: Box = { min: [-1, -1, -1], max: [1, 1, 1] };
  #insets: Insets = NO_INSETS;
  #insetsGoal: Insets = NO_INSETS;
  #width = 1;
  #height = 1;
  #request = 0;
  #last = 0;
  #coarse = false;
  #slow = 0;

  /** Raises Problem("no-webgl"). */
  constructor(
    canvas: HTMLCanvasElement,
    readonly events: StageEvents,
  ) {
    try {
      this.#renderer = new WebGLRenderer({ canvas, alpha: true, antialias: true, stencil: true });
    } catch (reason) {
      throw new Problem("no-webgl", String(reason));
    }
    this.maxTexture = this.#renderer.capabilities.maxTextureSize;
    this.#renderer.setClearColor(0x000000, 0);
    this.#scene.add(this.#models);
    this.#camera.layers.enable(1);
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.events.onContextLost();
    });
    canvas.addEventListener("webglcontextrestored", () => {
      this.events.onContextRestored();
      this.invalidate();
    });
  }

  get renderer(): WebGLRenderer {
    return this.#renderer;
  }

  get anisotropy(): number {
    return Math.min(8, this.#renderer.capabilities.getMaxAnisotropy());
  }

  get aspect(): number {
    return this.#width / this.#height;
  }

  get size(): { width: number; height: number } {
    return { width: this.#width, height: this.#height };
  }

  /** The part of the canvas that no panel covers, as shares. */
  get free(): { width: number; height: number } {
    const { top, right, bottom, left } = this.#insetsGoal;
    return {
      width: Math.max(1 - (left + right) / this.#width, 0.2),
      height: Math.max(1 - (top + bottom) / this.#height, 0.2),
    };
  }

  /** How far the middle of the picture is left of and above the middle of the canvas. */
  get shift(): { dx: number; dy: number } {
    const { top, right, bottom, left } = this.#insets;
    return { dx: (right - left) / 2, dy: (bottom - top) / 2 };
  }

  /** The model is drawn, or not: inside a panorama it is not. */
  set modelShown(shown: boolean) {
    this.#modelShown = shown;
    this.#showModel();
  }

  /** The visitor wants to see the model, or only what else is there. */
  set modelWanted(wanted: boolean) {
    this.#modelWanted = wanted;
    this.#showModel();
  }

  get modelWanted(): boolean {
    return this.#modelWanted;
  }

  #showModel(): void {
    this.#models.visible = this.#modelShown && this.#modelWanted;
    this.invalidate();
  }

  /** Cuts off the model above a height of the world; null: nothing. */
  set cut(height: number | null) {
    this.#renderer.clippingPlanes = height === null ? [] : [new Plane(new Vector3(0, -1, 0), height)];
    this.invalidate();
  }

  /** object: what it draws; null when it only follows the frames. */
  addLayer(object: Object3D | null, layer: StageLayer): void {
    this.#layers.add(layer);
    if (object) this.add(object);
  }

  /** The same for what is a part of the models: drawn and met by rays where they are. */
  addModelLayer(object: Object3D, layer: StageLayer): void {
    this.#models.add(object);
    this.addLayer(null, layer);
    this.invalidate();
  }

  removeLayer(object: Object3D | null, layer: StageLayer): void {
    this.#layers.delete(layer);
    object?.removeFromParent();
    this.invalidate();
  }

  /** The models on show; null while there is none, or none is seen. */
  get model(): Object3D | null {
    return this.#models.visible && this.#models.children.length > 0 ? this.#models : null;
  }

  get clipFromWorld(): ArrayLike<number> {
    return this.#clipFromWorld.elements;
  }

  /** CSS pixels of one unit of the world that is one unit away. */
  get focal(): number {
    return ((this.#camera.projectionMatrix.elements[5] as number) * this.#height) / 2;
  }

  /** Draws something besides the model from now on. */
  add(object: Object3D): void {
    this.#scene.add(object);
    this.invalidate();
  }

  /** Sends a texture to the GPU now, not in the middle of a frame. */
  upload(texture: Texture): void {
    this.#renderer.initTexture(texture);
  }

  /** Device pixels a CSS pixel. */
  get pixelRatio(): number {
    return Math.min(window.devicePixelRatio, 2);
  }

  setBounds(bounds: Box): void {
    this.#bounds = bounds;
    this.invalidate();
  }

  /** Something lies beyond the bounds: it is not cut off by the far plane. */
  growBounds(bounds: Box): void {
    this.setBounds(boxesUnion(this.#bounds, bounds));
  }

  /** Moves the middle of the picture to the middle of what panels leave free. */
  setInsets(insets: Insets, atOnce: boolean): void {
    this.#insetsGoal = insets;
    if (atOnce) this.#insets = insets;
    this.invalidate();
  }

  resize(width: number, height: number): void {
    this.#width = Math.max(width, 1);
    this.#height = Math.max(height, 1);
    this.#applyPixelRatio();
    // At once: a resized canvas is empty until it is drawn again.
    this.#draw(false);
  }

  /** Shows a model, in the place of another, which is let go, between two frames. */
  async show(model: LoadedModel, before: LoadedModel | null = null): Promise<void> {
    if (model.lit && !this.#lit) this.#scene.add(...lights());
    this.#lit ||= model.lit;
    const inBackground = this.#renderer.extensions.has("KHR_parallel_shader_compile");
    if (inBackground) await this.#renderer.compileAsync(model.root, this.#camera, this.#scene);
    for (const texture of meshesOf(model.root).flatMap(texturesOf)) {
      this.#renderer.initTexture(texture);
    }
    this.#models.add(model.root);
    if (before) disposeModel(before);
    this.invalidate();
  }

  /** Asks for a frame; many calls before it give one. */
  invalidate(): void {
    if (this.#request === 0) this.#request = requestAnimationFrame((time) => this.#frame(time));
  }

  get idle(): boolean {
    return this.#request === 0;
  }

  /** Where a point of the world is on the canvas, as of the last frame. */
  project(point: Vec3): ScreenPoint {
    return screenFromWorld(this.#clipFromWorld.elements, point, this.#width, this.#height);
  }

  /** The ray through a point of the canvas, CSS pixels from its top left. */
  ray(x: number, y: number): { origin: Vec3; direction: Vec3 } {
    const far = new Vector3((x / this.#width) * 2 - 1, 1 - (y / this.#height) * 2, 0.5);
    far.unproject(this.#camera).sub(this.#camera.position).normalize();
    return { origin: this.#camera.position.toArray(), direction: far.toArray() };
  }

  #frame(time: number): void {
    this.#request = 0;
    const seconds = this.#last === 0 ? 1 / 60 : (time - this.#last) / 1000;
    const step = Math.min(seconds, 0.1);
    const sliding = this.#slide(step);
    const moving = (this.driver?.step(step) ?? false) || sliding;
    this.#adapt(moving, this.#last === 0 ? 0 : seconds);
    this.#last = moving ? time : 0;
    this.#draw(moving);
    if (moving) this.invalidate();
  }

  #slide(seconds: number): boolean {
    const goal = this.#insetsGoal;
    if (this.#insets === goal) return false;
    const share = 1 - Math.exp(-seconds / SLIDE);
    const next = { ...this.#insets };
    let rest = 0;
    for (const side of ["top", "right", "bottom", "left"] as const) {
      next[side] += (goal[side] - next[side]) * share;
      rest = Math.max(rest, Math.abs(goal[side] - next[side]));
    }
    this.#insets = rest < 0.5 ? goal : next;
    return true;
  }

  #draw(moving: boolean): void {
    this.#placeCamera();
    const view = this.#view;
    for (const layer of this.#layers) layer.update(view);
    this.#renderer.render(this.#scene, this.#camera);
    for (const layer of this.#layers) layer.after(view, this.#coarse);
    this.frames += 1;
    this.events.onFrame(moving);
  }

  get #view(): StageView {
    return {
      renderer: this.#renderer,
      scene: this.#scene,
      camera: this.#camera,
      width: this.#width,
      height: this.#height,
      focal: this.focal,
      pixelRatio: this.#renderer.getPixelRatio(),
    };
  }

  #placeCamera(): void {
    const eye = this.driver?.eye;
    if (!eye) return;
    const camera = this.#camera;
    camera.position.set(...eye.position);
    camera.rotation.set(eye.pitch, -eye.heading, 0, "YXZ");
    camera.fov = (eye.fov * 180) / Math.PI;
    const radius = radiusOf(this.#bounds);
    const away = distance(eye.position, centreOf(this.#bounds));
    const reach = eye.reach ?? radius;
    camera.near = Math.max(away - 1.5 * radius, Math.min(reach / 50, radius / 1000));
    camera.far = away + 2 * radius + reach;
    camera.aspect = this.aspect;
    const { dx, dy } = this.shift;
    camera.setViewOffset(this.#width, this.#height, dx, dy, this.#width, this.#height);
    camera.updateMatrixWorld();
    this.#clipFromWorld.multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);
  }

  /** Fewer pixels while a weak device moves; all of them when it rests. */
  #adapt(moving: boolean, seconds: number): void {
    this.#slow = moving && seconds > SLOW_FRAME ? this.#slow + 1 : 0;
    const coarse = moving && (this.#coarse || this.#slow > 3);
    if (coarse === this.#coarse) return;
    this.#coarse = coarse;
    this.#applyPixelRatio();
  }

  #applyPixelRatio(): void {
    const full = this.pixelRatio;
    const most = Math.sqrt(MOST_PIXELS / (this.#width * this.#height));
    this.#renderer.setPixelRatio(Math.min(full, most) * (this.#coarse ? 0.5 : 1));
    this.#renderer.setSize(this.#width, this.#height, false);
  }
}
