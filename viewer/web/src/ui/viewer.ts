/** The tour page: puts the parts together and passes word between them. */

import { languageFrom, type Language } from "../core/language";
import { type Node, PackageFiles, type Tour } from "../core/manifest";
import type { View } from "../core/orbit";
import { Problem } from "../core/problem";
import { PROBLEMS } from "../core/strings";
import type { Insets } from "../three/stage";
import { Address } from "./address";
import { Curtain } from "./curtain";
import { el } from "./dom";
import { attribution, Notes } from "./edges";
import type { ViewerHook, ViewerState } from "./hook";
import { Layers } from "./layers";
import { Opening } from "./opening";
import { Panel, type PanelContent } from "./panel";
import { Places } from "./places";
import { SceneView } from "./scene";
import { shareAddress } from "./share";
import { SurveyControls } from "./survey-controls";
import { TextMode } from "./text-mode";
import { hasText } from "./text-tour";
import { Texts } from "./texts";
import { Toolbar } from "./toolbar";
import { TopBar } from "./topbar";
import { WalkControls } from "./walk-controls";

const importAbout = () => import("./about");

const PROBLEM_MS = 7000;
/** A picture that is not back by then is not waited for. */
const RECOVERY_MS = 8000;
/** Steps a second while an arrow is held down. */
const HELD_STEPS = 3;

export class Viewer {
  /** The timer of a picture that was lost; 0: it is there. */
  #lost = 0;
  readonly #frame = el("div", { class: "vt" });
  readonly #notes = new Notes();
  readonly #address: Address;
  readonly #texts: Texts;
  readonly #topbar: TopBar;
  readonly #toolbar: Toolbar;
  readonly #scene: SceneView;
  readonly #panel: Panel;
  readonly #textMode: TextMode;
  readonly #layers: Layers;
  readonly #places: Places;
  readonly #walking: WalkControls;
  readonly #survey: SurveyControls;
  readonly #curtain: Curtain;
  readonly #opening: Opening;

  constructor(private readonly root: HTMLElement) {
    const { dataset } = root;
    this.#address = new Address({
      onPlace: (place) => this.#places.goTo(place, true),
      onBack: () => this.#layers.closeTop(),
    });
    const texts = (this.#texts = new Texts(languageFrom([dataset.lang, this.#address.language])));
    // A language that the viewer does not speak does not stay in the address.
    if (this.#address.language !== null) this.#address.setLanguage(texts.language);
    this.#topbar = new TopBar(texts, dataset.index ?? "/", (language) => this.setLanguage(language));
    this.#toolbar = this.#makeToolbar();
    this.#scene = this.#makeScene();
    this.#panel = new Panel(texts, (cover) => this.#cover(cover), () => this.#layers.changed());
    this.#walking = new WalkControls({
      texts,
      scene: this.#scene,
      panel: this.#panel,
      notes: this.#notes,
      toolbar: this.#toolbar,
      showModel: () => void this.#showModel(),
    });
    this.#survey = new SurveyControls({
      texts,
      scene: this.#scene,
      panel: this.#panel,
      notes: this.#notes,
      sayProblem: (problem) => this.#sayProblem(problem),
      showPanorama: () => this.#walking.showPanorama(),
      models: () => this.#opening.models,
      want: (model, wanted) => this.#opening.want(model, wanted),
    });
    this.#walking.side.append(this.#survey.layers, this.#survey.measure);
    this.#textMode = new TextMode(texts, this.#frame, () => this.#layers.leaveText(), (id) => {
      this.#layers.leaveText();
      this.#goToNode(id);
    });
    this.#layers = new Layers(this.#address, this.#panel, this.#textMode, this.#scene);
    this.#places = new Places({
      texts,
      scene: this.#scene,
      panel: this.#panel,
      notes: this.#notes,
      address: this.#address,
      showModel: (view) => void this.#showModel(view),
    });
    this.#curtain = new Curtain(texts, {
      retry: () => (this.#lost === 0 ? void this.start() : location.reload()),
      readText: () => this.#layers.readText(),
      canRead: () => this.#opening.tour !== null && hasText(this.#opening.tour),
    });
    this.#opening = this.#makeOpening(dataset.manifest ?? "tour.json", dataset.files ?? "files/");
    this.#assemble();
  }

  /** Shows the page's frame in place of the server's shell; its poster is kept. */
  mount(): void {
    const poster = this.root.querySelector<HTMLImageElement>(".tour-poster");
    const sharp = poster?.classList.contains("tour-poster-sharp") ?? false;
    if (poster) this.#curtain.setPoster(poster.currentSrc || poster.src, sharp);
    this.root.replaceChildren(this.#frame);
    document.documentElement.lang = this.#texts.language;
    // On the window: before anything has the focus, keys go to the body.
    window.addEventListener("keydown", (event) => this.#key(event));
    // Large text makes the upper bar higher.
    new ResizeObserver(() => this.#fit()).observe(this.#topbar.element);
  }

  get hook(): ViewerHook {
    const viewer = this;
    return {
      version: this.root.dataset.version ?? "",
      get ready() {
        return viewer.#opening.ready.promise;
      },
      get loadedQuality() {
        return viewer.#opening.derivative?.quality ?? null;
      },
      state: () => this.#state(),
      camera: () => this.#scene.camera,
    };
  }

  /** Never raises: what goes wrong is said on the page. */
  start(): Promise<void> {
    return this.#opening.start();
  }

  setLanguage(language: Language): void {
    document.documentElement.lang = language;
    this.#address.setLanguage(language);
    this.#texts.set(language);
    this.#scene.invalidate();
  }

  #setTour(tour: Tour, files: PackageFiles): void {
    this.#topbar.setName(tour.name, tour.id);
    this.#textMode.set(tour, files);
    this.#frame.querySelector(".vt-corner")?.append(attribution(tour));
    if (tour.poster) this.#curtain.setPoster(files.url(tour.poster.uri), !tour.nodes?.length);
    const hotspots = tour.hotspots ?? [];
    this.#toolbar.setPlaces(hotspots.length);
    this.#walking.set(tour, files);
    this.#survey.set(tour, files);
    this.#places.set(hotspots, files);
    void this.#addAr(tour, files);
  }

  /** The way into augmented reality, where there are files for it and the device has one. */
  async #addAr(tour: Tour, files: PackageFiles): Promise<void> {
    const usages = tour.models?.flatMap(({ derivatives }) => derivatives.map(({ usage }) => usage));
    if (!usages?.some((usage) => usage === "App3D" || usage === "iOSApp3D")) return;
    const chunk = await import("./ar").catch(() => null);
    const button = chunk?.arButton(tour, files, {
      texts: this.#texts,
      notes: this.#notes,
      middle: () => this.#scene.middle,
    });
    if (button) this.#walking.side.append(button);
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "Escape" && this.#layers.isOpen) return this.#layers.closeTop();
    if (event.key === "Escape" && this.#survey.escape()) return;
    const elsewhere =
      event.target instanceof Element &&
      event.target.closest("input, audio, video, .vt-panel, .vt-text-tour");
    if (!elsewhere) this.#scene.key(event);
  }

  async #togglePanel(name: "places" | "info", opener: HTMLElement): Promise<void> {
    const { tour } = this.#opening;
    if (!tour) return;
    if (this.#panel.content?.name === name) return this.#panel.close();
    if (name === "places") return this.#panel.open(this.#places.list, opener);
    try {
      this.#panel.open(await this.#infoOf(tour), opener);
    } catch (reason) {
      this.#sayProblem(new Problem("network", `about: ${String(reason)}`));
    }
  }

  async #infoOf(tour: Tour): Promise<PanelContent> {
    const { infoContent } = await importAbout();
    const onShow = () => ({
      derivative: this.#opening.derivative,
      bounds: this.#scene.bounds,
      mode: this.#scene.node ? ("panorama" as const) : ("model" as const),
    });
    const readText = hasText(tour) ? () => this.#layers.readText() : null;
    return infoContent(tour, this.#texts, onShow, readText);
  }

  #onNode(node: Node | null): void {
    this.#walking.onNode(node);
    this.#survey.onNode(node);
    this.#places.writeAddress();
  }

  #goToNode(id: string): void {
    const node = this.#scene.nodeOf(id);
    if (node) void this.#scene.goTo(node);
  }

  /** From a panorama to the model: the camera flies, or stands at once where a link says. */
  async #showModel(view: View | null = null): Promise<void> {
    try {
      await this.#opening.needModel();
    } catch (reason) {
      return this.#sayProblem(reason as Problem);
    }
    if (view) this.#scene.jump(view);
    else this.#scene.leave();
  }

  #sayProblem(problem: Problem): void {
    const { what } = PROBLEMS[problem.kind] ?? PROBLEMS["viewer-broken"];
    this.#notes.show(what[this.#texts.language], PROBLEM_MS, true);
  }

  /** The GPU forgot the picture; some browsers never give it back. */
  #lose(): void {
    clearTimeout(this.#lost);
    this.#curtain.busy("recovering");
    this.#lost = window.setTimeout(() => this.#curtain.problem("picture-lost"), RECOVERY_MS);
  }

  #share(): void {
    this.#scene.moved = true;
    this.#address.now(this.#places.here);
    void shareAddress(this.#texts, this.#notes);
  }

  #makeScene(): SceneView {
    return new SceneView(this.#texts, {
      onUse: () => {
        if (this.#opening.complete) this.#notes.hide();
      },
      onRest: () => this.#places.writeAddress(),
      onZoom: (inwards, outwards) => this.#toolbar.setZoom(inwards, outwards),
      onResize: () => this.#fit(),
      onNode: (node) => this.#onNode(node),
      onArriving: (node) => this.#walking.onArriving(node),
      onCoarse: () => this.#walking.onCoarse(),
      onNodeFailed: (_, problem) => this.#sayProblem(problem),
      onLook: (eye) => this.#walking.onLook(eye),
      onContextLost: () => this.#lose(),
      onContextRestored: () => {
        clearTimeout(this.#lost);
        this.#lost = 0;
        this.#curtain.hide();
      },
    });
  }

  #makeOpening(manifest: string, base: string): Opening {
    const parts = {
      texts: this.#texts,
      scene: this.#scene,
      curtain: this.#curtain,
      notes: this.#notes,
    };
    return new Opening(manifest, new PackageFiles(base), parts, {
      onTour: (tour, files) => this.#setTour(tour, files),
      openPoints: () => this.#survey.openPoints(),
      onEnter: () => {
        this.#layers.withoutEntry(() => this.#places.goTo(this.#address.place, false));
        this.#survey.onEnter();
        // So that it is here when it is asked for, also without a network.
        importAbout().catch(() => undefined);
      },
      place: () => this.#address.place,
    });
  }

  #makeToolbar(): Toolbar {
    return new Toolbar(this.#texts, this.root, {
      zoom: (factor) => this.#scene.zoom(factor),
      reset: () => this.#scene.reset(),
      turn: (to) => this.#scene.turn(to),
      move: (to) => this.#scene.move(to),
      hold: (to, mode, seconds) => this.#scene[mode](to, seconds * HELD_STEPS),
      nodes: (opener) => void this.#walking.toggleList(opener),
      places: (opener) => void this.#togglePanel("places", opener),
      info: (opener) => void this.#togglePanel("info", opener),
      share: () => this.#share(),
    });
  }

  #fit(): void {
    this.#frame.style.setProperty("--bar-top", `${this.#topbar.element.offsetHeight}px`);
    this.#panel.cover();
  }

  #cover(cover: Insets): void {
    this.#frame.dataset.cover = cover.bottom > 0 ? "bottom" : cover.right > 0 ? "right" : "none";
    this.#frame.style.setProperty("--cover-right", `${cover.right}px`);
    this.#scene.cover(cover);
  }

  #assemble(): void {
    this.#frame.append(
      this.#topbar.element,
      this.#scene.element,
      this.#walking.side,
      el("div", { class: "vt-corner" }, this.#walking.corner, this.#scene.scale.element),
      this.#notes.element,
      this.#toolbar.pad,
      this.#survey.place,
      this.#toolbar.element,
      this.#panel.element,
      this.#curtain.element,
      this.#textMode.element,
    );
  }

  #state(): ViewerState {
    const { status, problem, derivative, complete, models } = this.#opening;
    return {
      status,
      problem: problem?.kind ?? null,
      language: this.#texts.language,
      quality: derivative?.quality ?? null,
      complete,
      models,
      idle: this.#scene.idle,
      frames: this.#scene.frames,
      panel: this.#panel.content?.name ?? null,
      hotspot: this.#places.current,
      hotspots: this.#scene.hotspots,
      panorama: this.#scene.node ? this.#scene.walk : null,
      ways: this.#scene.node ? this.#scene.ways : [],
      flying: this.#scene.flying,
      tiles: models.find(({ tiles }) => tiles)?.tiles ?? null,
      ...this.#survey.state,
    };
  }
}
