/** The tour page: puts the parts together and passes word between them. */

import { languageFrom, type Language } from "../core/language";
import type { Place } from "../core/link";
import { boundsOf, type Derivative, fetchTour, PackageFiles, type Tour } from "../core/manifest";
import { viewOf } from "../core/orbit";
import { Problem } from "../core/problem";
import { progressText } from "../core/format";
import type { Stage } from "../three";
import { Address } from "./address";
import { hotspotContent, infoContent, placesContent } from "./contents";
import { Curtain } from "./curtain";
import { el } from "./dom";
import { attribution, Compass, Notes, Scale } from "./edges";
import { Gestures } from "./gestures";
import type { ViewerHook, ViewerState } from "./hook";
import { importShow, loadModel } from "./loading";
import { Markers } from "./markers";
import { Navigation } from "./navigation";
import { Panel } from "./panel";
import { hasText, TextTour } from "./text-tour";
import { Texts } from "./texts";
import { type Direction, Toolbar, ZOOM_STEP } from "./toolbar";
import { TopBar } from "./topbar";

/** What the bars at the top and the bottom cover always, in CSS pixels. */
const BARS = { top: 60, right: 0, bottom: 76, left: 0 };
const TURN_STEP = 0.3;
const MOVE_STEP = 0.15;
const HINT_MS = 6000;
const GONE_MS = 7000;
const FAILED_MS = 8000;

type Status = ViewerState["status"];

export class Viewer {
  readonly #texts: Texts;
  readonly #address: Address;
  readonly #canvas: HTMLCanvasElement;
  readonly #app: HTMLElement;
  readonly #scene: HTMLElement;
  readonly #topbar: TopBar;
  readonly #toolbar: Toolbar;
  readonly #panel: Panel;
  readonly #curtain: Curtain;
  readonly #textTour: TextTour;
  readonly #notes = new Notes();
  readonly #scale: Scale;
  readonly #compass: Compass;
  readonly #quiet = matchMedia("(prefers-reduced-motion: reduce)");
  #tour: Tour | null = null;
  #files: PackageFiles;
  #stage: Stage | null = null;
  #navigation: Navigation | null = null;
  #gestures: Gestures | null = null;
  #markers: Markers | null = null;
  #derivative: Derivative | null = null;
  #hotspot: number | null = null;
  #textOpener: HTMLElement | null = null;
  /** False while what the first address names is opened: "back" then leaves the page. */
  #linked = true;
  #status: Status = "loading";
  #problem: Problem | null = null;
  #complete = false;
  /** True once the visitor moved: only then does the address name a camera. */
  #moved = false;
  #loading = new AbortController();
  #ready = pending();

  constructor(private readonly root: HTMLElement) {
    const { dataset } = root;
    this.#address = new Address({
      onPlace: (place) => this.#goTo(place, true),
      onBack: () => this.#closeTop(),
    });
    this.#texts = new Texts(languageFrom([dataset.lang, this.#address.language]));
    // A language that the viewer does not speak does not stay in the address.
    if (this.#address.language !== null) this.#address.setLanguage(this.#texts.language);
    this.#files = new PackageFiles(dataset.files ?? "files/");
    this.#topbar = new TopBar(this.#texts, dataset.index ?? "/", (language) => this.setLanguage(language));
    this.#toolbar = this.#makeToolbar();
    this.#panel = new Panel(this.#texts, (cover) => this.#cover(cover), () => this.#layered());
    this.#scale = new Scale(this.#texts);
    this.#compass = new Compass(this.#texts, () => this.#act(() => this.#navigation?.northUp()));
    this.#textTour = new TextTour(this.#texts, () => this.#leaveText());
    this.#curtain = new Curtain(this.#texts, {
      retry: () => void this.start(),
      readText: () => this.#readText(),
      canRead: () => this.#tour !== null && hasText(this.#tour),
    });
    this.#canvas = el("canvas", { class: "vt-canvas", tabindex: 0, role: "application" });
    this.#texts.bind(this.#canvas, "scene", "aria-label");
    this.#texts.bind(this.#canvas, "sceneHelp", "aria-description");
    this.#scene = el("div", { class: "vt-scene" }, this.#canvas);
    this.#app = this.#assemble();
  }

  /** Shows the page's frame in place of the server's shell; its poster is kept. */
  mount(): void {
    const poster = this.root.querySelector<HTMLImageElement>(".tour-poster");
    if (poster) this.#curtain.setPoster(poster.currentSrc || poster.src);
    this.root.replaceChildren(this.#app);
    document.documentElement.lang = this.#texts.language;
    // On the window: before anything has the focus, keys go to the body.
    window.addEventListener("keydown", (event) => this.#key(event));
    this.#quiet.addEventListener("change", () => {
      if (this.#navigation) this.#navigation.motion.reduced = this.#quiet.matches;
    });
  }

  get hook(): ViewerHook {
    const viewer = this;
    return {
      version: this.root.dataset.version ?? "",
      get ready() {
        return viewer.#ready.promise;
      },
      get loadedQuality() {
        return viewer.#derivative?.quality ?? null;
      },
      state: () => this.#state(),
      camera: () => (this.#navigation ? viewOf(this.#navigation.motion.now) : null),
    };
  }

  /** Loads manifest and model; called again by "try again". Never raises. */
  async start(): Promise<void> {
    this.#loading.abort();
    this.#loading = new AbortController();
    this.#status = "loading";
    if (this.#problem) this.#ready = pending();
    this.#problem = null;
    try {
      await this.#open(this.#loading.signal);
    } catch (reason) {
      if (!this.#loading.signal.aborted) this.#fail(reason);
    }
  }

  setLanguage(language: Language): void {
    document.documentElement.lang = language;
    this.#address.setLanguage(language);
    this.#texts.set(language);
    this.#stage?.invalidate();
  }

  async #open(signal: AbortSignal): Promise<void> {
    this.#curtain.busy("opening");
    const chunk = importShow();
    chunk.catch(() => undefined);
    const tour = this.#tour ?? (await fetchTour(this.root.dataset.manifest ?? "tour.json"));
    if (!this.#tour) this.#setTour(tour);
    const model = tour.models?.[0];
    if (!model) throw new Problem("no-model", "tour.json names no model");
    const show = await chunk;
    const stage = (this.#stage ??= this.#makeStage(show));
    const finest = await loadModel(model, this.#files, stage, show, {
      onProgress: (derivative, progress, first) => this.#progress(derivative, progress, first),
      onFirst: (loaded) => this.#enter(stage, show.trianglesOf(loaded)),
      onShown: (derivative) => this.#shown(derivative),
      onHeld: () => this.#held(),
    }, signal);
    if (signal.aborted) return;
    this.#complete = true;
    this.#notes.hide();
    if (finest) this.#hint();
    else this.#notes.show(this.#texts.say("detailFailed"), FAILED_MS, true);
  }

  #setTour(tour: Tour): void {
    this.#tour = tour;
    this.#files = new PackageFiles(this.#files.base, tour.files ?? {});
    this.#topbar.setName(tour.name, tour.id);
    this.#textTour.set(tour, this.#files);
    this.#app.querySelector(".vt-corner")?.append(attribution(tour));
    if (tour.poster) this.#curtain.setPoster(this.#files.url(tour.poster.uri));
    const hotspots = tour.hotspots ?? [];
    this.#toolbar.setPlaces(hotspots.length);
    this.#markers = new Markers(
      hotspots,
      this.#texts,
      (index) => this.openHotspot(index, this.#markers?.button(index) ?? null),
      (index) => this.#act(() => this.#navigation?.seek(hotspots[index]?.position ?? [0, 0, 0], false)),
    );
    this.#markers.element.hidden = true;
    this.#scene.append(this.#markers.element);
  }

  #makeStage(show: typeof import("../three")): Stage {
    const stage = new show.Stage(this.#canvas, {
      onFrame: (moving) => this.#frame(moving),
      onContextLost: () => this.#curtain.busy("recovering"),
      onContextRestored: () => this.#curtain.hide(),
    });
    const fit = (): void => {
      const { clientWidth, clientHeight } = this.#scene;
      stage.resize(clientWidth, clientHeight);
      // Large text makes the upper bar higher.
      this.#app.style.setProperty("--bar-top", `${this.#topbar.element.offsetHeight}px`);
      this.#panel.cover();
    };
    const sizes = new ResizeObserver(fit);
    sizes.observe(this.#scene);
    sizes.observe(this.#topbar.element);
    stage.setInsets(BARS, true);
    fit();
    return stage;
  }

  /** The first triangles are here: the camera gets its place. */
  #enter(stage: Stage, corners: Float32Array): void {
    const tour = this.#tour as Tour;
    if (tour.start?.fov_deg) stage.setFov(tour.start.fov_deg);
    const navigation = new Navigation(
      corners,
      boundsOf(tour),
      tour.start ?? null,
      (tour.hotspots ?? []).map(({ position }) => position),
      this.#quiet.matches,
      stage,
    );
    this.#navigation = navigation;
    stage.motion = navigation.motion;
    stage.setBounds(navigation.bounds);
    this.#gestures ??= new Gestures(
      this.#scene,
      {
        get motion() {
          return navigation.motion;
        },
        get fov() {
          return stage.fov;
        },
        get size() {
          return stage.size;
        },
        ray: (x, y) => stage.ray(x, y),
        invalidate: () => stage.invalidate(),
        focusAt: (x, y) => this.#focusAt(stage, x, y),
        reset: () => navigation.reset(stage),
      },
      () => this.#used(),
    );
    this.#linked = false;
    this.#goTo(this.#address.place, false);
    this.#linked = true;
  }

  #shown(derivative: Derivative): void {
    this.#derivative = derivative;
    if (this.#status === "ready") return;
    this.#status = "ready";
    this.#curtain.hide();
    if (this.#markers) this.#markers.element.hidden = false;
    this.#compass.element.hidden = this.#tour?.world.north !== "true";
    this.#ready.resolve();
  }

  #progress(derivative: Derivative, { loaded, total }: { loaded: number; total: number }, first: boolean): void {
    if (first) return this.#curtain.busy("loading", loaded, total);
    this.#complete = false;
    if (derivative.bytes < 3e5) return;
    const bytes = progressText(loaded, total, this.#texts.language);
    this.#notes.progress(this.#texts.say("sharpening"), bytes);
  }

  /** The network failed on the way to more detail: nothing loads now, it is tried again later. */
  #held(): void {
    this.#complete = true;
    this.#notes.show(this.#texts.say("lowerQuality"), HINT_MS, true);
  }

  #fail(reason: unknown): void {
    const problem = reason instanceof Problem ? reason : new Problem("viewer-broken", String(reason));
    if (problem.kind === "viewer-broken") console.error(reason);
    else console.info(`vtour: ${problem.kind}: ${problem.message}`);
    this.#problem = problem;
    this.#status = "problem";
    this.#curtain.problem(problem.kind);
    this.#ready.promise.catch(() => undefined);
    this.#ready.reject(problem);
  }

  openHotspot(index: number, opener: HTMLElement | null, focus = true): void {
    const hotspots = this.#tour?.hotspots ?? [];
    const hotspot = hotspots[index];
    if (!hotspot) return;
    this.#hotspot = index;
    this.#markers?.select(index);
    const content = hotspotContent(
      hotspots,
      index,
      this.#texts,
      this.#files,
      (next) => this.openHotspot(next, this.#markers?.button(next) ?? null),
      () => this.#leaveHotspot(content),
    );
    this.#panel.open(content, opener, focus);
    this.#act(() => this.#navigation?.seek(hotspot.position, true));
    this.#writeAddress();
  }

  #leaveHotspot(content: object): void {
    if (this.#panel.content && this.#panel.content !== content) {
      if (this.#panel.content.name === "hotspot") return;
    }
    this.#hotspot = null;
    this.#markers?.select(null);
    this.#writeAddress();
  }

  /** Goes where a link says: a camera, a hotspot, or both. */
  #goTo(place: Place, later: boolean): void {
    const hotspots = this.#tour?.hotspots ?? [];
    const index = hotspots.findIndex(({ id }) => id === place.hotspot);
    if (place.hotspot !== null && index < 0) {
      this.#notes.show(this.#texts.say("placeGone"), GONE_MS, true);
      this.#writeAddress();
    }
    if (index >= 0 && index !== this.#hotspot) {
      this.openHotspot(index, this.#markers?.button(index) ?? null, later);
      if (!later) this.#navigation?.motion.jump(this.#navigation.motion.goal);
    }
    if (place.view && this.#navigation) {
      this.#moved = true;
      this.#navigation.jump(place.view);
    }
    this.#stage?.invalidate();
  }

  #frame(moving: boolean): void {
    const [stage, navigation] = [this.#stage, this.#navigation];
    if (!stage || !navigation) return;
    this.#markers?.update(
      {
        size: stage.size,
        project: (point) => stage.project(point),
        sees: (point) => navigation.seesNow(point),
      },
      !moving,
    );
    const { motion } = navigation;
    this.#toolbar.setZoom(motion.canDolly(ZOOM_STEP), motion.canDolly(1 / ZOOM_STEP));
    const { azimuth, distance } = motion.now;
    this.#compass.update(azimuth);
    if (this.#tour?.world.scale === "metric") {
      this.#scale.update((2 * Math.tan(stage.fov / 2) * distance) / stage.size.height);
    }
    if (!moving && this.#moved) this.#writeAddress();
  }

  #writeAddress(): void {
    this.#address.later(() => ({
      view: this.#moved && this.#navigation ? viewOf(this.#navigation.motion.goal) : null,
      hotspot: this.#tour?.hotspots?.[this.#hotspot ?? -1]?.id ?? null,
    }));
  }

  #cover(cover: { top: number; right: number; bottom: number; left: number }): void {
    const insets = {
      top: Math.max(BARS.top, cover.top),
      right: Math.max(BARS.right, cover.right),
      bottom: Math.max(BARS.bottom, cover.bottom),
      left: Math.max(BARS.left, cover.left),
    };
    this.#app.dataset.cover = cover.bottom > 0 ? "bottom" : cover.right > 0 ? "right" : "none";
    this.#app.style.setProperty("--cover-right", `${cover.right}px`);
    this.#stage?.setInsets(insets, this.#quiet.matches);
  }

  #focusAt(stage: Stage, x: number, y: number): void {
    const { origin, direction } = stage.ray(x, y);
    this.#act(() => this.#navigation?.focus(origin, direction));
  }

  /** A move of the camera that a button or a link asked for. */
  #act(move: () => void): void {
    this.#used();
    move();
    this.#stage?.invalidate();
  }

  #used(): void {
    this.#moved = true;
    if (this.#complete) this.#notes.hide();
  }

  #hint(): void {
    if (this.#moved) return;
    const touch = matchMedia("(pointer: coarse)").matches;
    this.#notes.show(this.#texts.say(touch ? "hint" : "hintMouse"), HINT_MS);
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "Escape" && this.#isOpen) return this.#closeTop();
    const elsewhere =
      event.target instanceof Element &&
      event.target.closest("input, audio, video, .vt-panel, .vt-text-tour");
    if (!elsewhere && this.#gestures?.key(event)) this.#used();
  }

  #makeToolbar(): Toolbar {
    const motion = () => this.#navigation?.motion;
    const sign = { left: [-1, 0], right: [1, 0], up: [0, 1], down: [0, -1] } as const;
    return new Toolbar(this.#texts, this.root, {
      zoom: (factor) => this.#act(() => motion()?.dolly(factor)),
      reset: () => this.#act(() => this.#stage && this.#navigation?.reset(this.#stage)),
      turn: (to: Direction) =>
        this.#act(() => motion()?.rotate(sign[to][0] * TURN_STEP, sign[to][1] * TURN_STEP)),
      move: (to: Direction) =>
        this.#act(() => motion()?.pan(sign[to][0] * MOVE_STEP, sign[to][1] * MOVE_STEP)),
      places: (opener) => this.#togglePanel("places", opener),
      info: (opener) => this.#togglePanel("info", opener),
      share: () => void this.#share(),
    });
  }

  #togglePanel(name: "places" | "info", opener: HTMLElement): void {
    const tour = this.#tour;
    if (!tour) return;
    if (this.#panel.content?.name === name) return this.#panel.close();
    const content =
      name === "places"
        ? placesContent(tour.hotspots ?? [], this.#texts, (index) => this.openHotspot(index, null))
        : infoContent(tour, this.#texts, () => ({
            derivative: this.#derivative,
            bounds: this.#navigation?.bounds ?? null,
          }), hasText(tour) ? () => this.#readText() : null);
    this.#panel.open(content, opener);
  }

  async #share(): Promise<void> {
    this.#moved = true;
    this.#address.now({
      view: this.#navigation ? viewOf(this.#navigation.motion.goal) : null,
      hotspot: this.#tour?.hotspots?.[this.#hotspot ?? -1]?.id ?? null,
    });
    const { href } = location;
    try {
      if (matchMedia("(pointer: coarse)").matches && "share" in navigator) {
        return await navigator.share({ title: document.title, url: href });
      }
      await navigator.clipboard.writeText(href);
      this.#notes.show(this.#texts.say("copied"), 2500);
    } catch (reason) {
      const cancelled = reason instanceof DOMException && reason.name === "AbortError";
      if (!cancelled) this.#notes.show(this.#texts.say("copyByHand"), 4000);
    }
  }

  #readText(): void {
    const { activeElement } = document;
    const opener = this.#panel.opener ?? (activeElement instanceof HTMLElement ? activeElement : null);
    // Before the panel closes: the text takes its place, also in the history.
    this.#app.dataset.mode = "text";
    this.#panel.close();
    this.#textOpener = opener;
    this.#textTour.show();
    this.#layered();
  }

  #leaveText(): void {
    delete this.#app.dataset.mode;
    this.#textTour.hide();
    this.#textOpener?.focus({ preventScroll: true });
    if (document.activeElement !== this.#textOpener) this.#canvas.focus({ preventScroll: true });
    this.#textOpener = null;
    this.#layered();
    this.#stage?.invalidate();
  }

  /** Whether a panel or the text lies over the scene. */
  get #isOpen(): boolean {
    return this.#panel.content !== null || this.#app.dataset.mode === "text";
  }

  #layered(): void {
    if (this.#linked) this.#address.setOpen(this.#isOpen);
  }

  #closeTop(): void {
    if (this.#app.dataset.mode === "text") this.#leaveText();
    else this.#panel.close();
  }

  #assemble(): HTMLElement {
    this.#compass.element.hidden = true;
    return el(
      "div",
      { class: "vt" },
      this.#topbar.element,
      this.#scene,
      this.#compass.element,
      el("div", { class: "vt-corner" }, this.#scale.element),
      this.#notes.element,
      this.#toolbar.pad,
      this.#toolbar.element,
      this.#panel.element,
      this.#curtain.element,
      this.#textTour.element,
    );
  }

  #state(): ViewerState {
    return {
      status: this.#status,
      problem: this.#problem?.kind ?? null,
      language: this.#texts.language,
      quality: this.#derivative?.quality ?? null,
      complete: this.#complete,
      idle: this.#stage?.idle ?? true,
      frames: this.#stage?.frames ?? 0,
      panel: this.#panel.content?.name ?? null,
      hotspot: this.#tour?.hotspots?.[this.#hotspot ?? -1]?.id ?? null,
      hotspots: this.#markers?.states ?? [],
    };
  }
}

interface Pending {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(reason: unknown): void;
}

function pending(): Pending {
  let settle: Omit<Pending, "promise"> | null = null;
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...(settle as unknown as Omit<Pending, "promise">) };
}
