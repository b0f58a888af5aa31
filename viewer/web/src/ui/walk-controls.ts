/**
 * What panoramas are walked by, put together: list of nodes, plan, gyroscope, the way to the model.
 *
 * All but the last come in a chunk that is loaded once the first panorama is on show.
 */

import type { Eye } from "../core/eye";
import { hasScene } from "../core/first";
import { type Look, nodeName } from "../core/links";
import { boundsOf, type Node, type PackageFiles, type Tour } from "../core/manifest";
import { fovAcross } from "../core/plan";
import { sayWith } from "../core/strings";
import { el } from "./dom";
import type { Notes } from "./edges";
import type { Gyroscope } from "./gyroscope";
import type { NodeList } from "./node-list";
import type { Panel, PanelContent } from "./panel";
import type { Plan } from "./plan";
import type { SceneView } from "./scene";
import { ModeSwitch, sideColumn } from "./side";
import type { Texts } from "./texts";
import type { Toolbar } from "./toolbar";

const NOTE_MS = 3500;
const WARNING_MS = 5000;
const SLOW_MS = 600;

export interface WalkParts {
  readonly texts: Texts;
  readonly scene: SceneView;
  readonly panel: Panel;
  readonly notes: Notes;
  readonly toolbar: Toolbar;
  showModel(): void;
}

export class WalkControls {
  /** The column at the right edge. */
  readonly side: HTMLElement;
  /** Where the small plan will be. */
  readonly corner = el("div");
  readonly #mode: ModeSwitch;
  #plan: Plan | null = null;
  #gyroscope: Gyroscope | null = null;
  #list: NodeList | null = null;
  #tour: Tour | null = null;
  #files: PackageFiles | null = null;
  #loading: Promise<void> | null = null;
  /** The node that was on show last: the way back from the model leads there. */
  #last: string | null = null;
  #slow = 0;
  /** Where the gyroscope turned the view last, or began to follow. */
  #felt: Look = { heading: 0, pitch: 0 };
  /** Another node came on show: there the horizon is the phone's again. */
  #anew = false;

  constructor(private readonly parts: WalkParts) {
    const { texts, scene } = parts;
    this.#mode = new ModeSwitch(texts, {
      show: (mode) => (mode === "model" ? parts.showModel() : this.showPanorama()),
    });
    this.side = sideColumn(scene.compass.element, this.#mode.element);
  }

  set(tour: Tour, files: PackageFiles): void {
    const nodes = tour.nodes ?? [];
    this.#tour = tour;
    this.#files = files;
    this.#last = nodes[0]?.id ?? null;
    this.parts.toolbar.setNodes(nodes.length > 1 ? nodes.length : 0);
    // Until a node is on show.
    if (nodes.length > 0) this.#mode.set("model", true);
  }

  /** Loads the rest, once; a chunk that did not come is tried again when it is asked for. */
  #load(): Promise<void> {
    this.#loading ??= import("./walking").then(
      (chunk) => this.#build(chunk),
      () => {
        this.#loading = null;
      },
    );
    return this.#loading;
  }

  #build(chunk: typeof import("./walking")): void {
    const { texts, scene, panel, notes } = this.parts;
    const [tour, files] = [this.#tour, this.#files];
    if (!tour || !files) return;
    const nodes = tour.nodes ?? [];
    this.#plan = new chunk.Plan(texts, {
      go: (id) => this.#go(id),
      open: (content, opener) => this.#toggle(content, opener),
      sized: () => panel.cover(),
    });
    this.#plan.set({ nodes, hotspots: tour.hotspots ?? [], bounds: boundsOf(tour), world: tour.world });
    this.corner.append(this.#plan.element);
    this.#gyroscope = new chunk.Gyroscope(texts, {
      look: () => this.#begin(),
      lookTo: (look) => this.#lookTo(look),
      tell: (key) => notes.show(texts.say(key), WARNING_MS, true),
    });
    this.side.append(this.#gyroscope.button);
    const current = (): string | null => scene.node?.id ?? null;
    this.#list = new chunk.NodeList(texts, { nodes, files, current, go: (id) => this.#go(id) });
    this.#drawGyroscope();
    scene.invalidate();
  }

  /** The list of nodes, opened and closed by its button. */
  async toggleList(opener: HTMLElement): Promise<void> {
    await this.#load();
    if (this.#list) this.#toggle(this.#list.content, opener);
  }

  /** Another node is on show, or the model. */
  onNode(node: Node | null): void {
    const { texts, toolbar, notes, scene } = this.parts;
    const hasOther = node ? this.#tour !== null && hasScene(this.#tour) : this.#last !== null;
    this.#mode.set(node ? "panorama" : "model", hasOther);
    toolbar.setMovable(node === null);
    this.#drawGyroscope();
    this.#list?.update();
    if (!node) return this.#gyroscope?.stop();
    void this.#load();
    const another = this.#last !== node.id;
    this.#anew ||= another;
    this.#last = node.id;
    if (!another && !scene.moved) return;
    const place = nodeName(node, texts.language).text;
    notes.show(sayWith("nowAt", texts.language, { place }), NOTE_MS);
  }

  /** Back into the panorama that was on show last. */
  showPanorama(): void {
    this.#go(this.#last);
  }

  /** A node is on its way: said when it takes a while. */
  onArriving(node: Node | null): void {
    const { texts, notes } = this.parts;
    clearTimeout(this.#slow);
    if (node) this.#slow = window.setTimeout(() => notes.progress(texts.say("loadingPanorama"), ""), SLOW_MS);
    else if (this.#slow !== 0) notes.hide();
    if (!node) this.#slow = 0;
  }

  onCoarse(): void {
    const { texts, notes } = this.parts;
    // Why another panorama does not come at all matters more.
    if (!notes.isFirm) notes.show(texts.say("panoramaCoarse"), WARNING_MS, true);
  }

  /** The camera moved. */
  onLook(eye: Eye): void {
    const { scene } = this.parts;
    const { width, height } = scene.size;
    const fov = fovAcross(eye.fov, width / height);
    const { position, heading } = eye;
    this.#plan?.update({ node: scene.node?.id ?? null, position, heading, fov });
  }

  /** At the model there is nothing to look around in. */
  #drawGyroscope(): void {
    this.#gyroscope?.button.toggleAttribute("data-idle", this.parts.scene.node === null);
  }

  #go(id: string | null): void {
    const node = id === null ? null : this.parts.scene.nodeOf(id);
    if (!node) return;
    // On a phone the panel lies over what one wants to see.
    if (matchMedia("(max-width: 700px)").matches) this.parts.panel.close();
    void this.parts.scene.goTo(node);
  }

  #toggle(content: PanelContent, opener: HTMLElement): void {
    const { panel } = this.parts;
    if (panel.content === content) panel.close();
    else panel.open(content, opener);
  }

  get #look(): Look {
    const gaze = this.parts.scene.gaze;
    return gaze ?? { heading: 0, pitch: 0 };
  }

  /** Where the gyroscope begins to follow. */
  #begin(): Look {
    this.#felt = this.#look;
    this.#anew = false;
    return this.#felt;
  }

  /** Turns with the phone; what a drag, a key or a hotspot turned meanwhile is added. */
  #lookTo(look: Look): void {
    const { scene } = this.parts;
    if (scene.turning) return;
    if (this.#anew) return this.#gyroscope?.restart();
    const now = this.#look;
    const heading = now.heading - this.#felt.heading;
    const pitch = now.pitch - this.#felt.pitch;
    if (heading !== 0 || pitch !== 0) this.#gyroscope?.shift(heading, pitch);
    scene.look(look.heading + heading, look.pitch + pitch);
    this.#felt = this.#look;
  }
}
