/** What panoramas are walked by, put together: list of nodes, plan, gyroscope, the way to the model. */

import type { Eye } from "../core/eye";
import { type Look, nodeName } from "../core/links";
import { boundsOf, type Node, type PackageFiles, type Tour } from "../core/manifest";
import { fovAcross } from "../core/plan";
import { sayWith } from "../core/strings";
import type { Notes } from "./edges";
import { Gyroscope } from "./gyroscope";
import { NodeList } from "./node-list";
import type { Panel, PanelContent } from "./panel";
import { Plan } from "./plan";
import type { SceneView } from "./scene";
import { ModeSwitch, sideColumn } from "./side";
import type { Texts } from "./texts";
import type { Toolbar } from "./toolbar";

const NOTE_MS = 3500;
const WARNING_MS = 5000;

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
  readonly plan: Plan;
  readonly #mode: ModeSwitch;
  readonly #gyroscope: Gyroscope;
  #list: NodeList | null = null;
  #tour: Tour | null = null;
  /** The node that was on show last: the way back from the model leads there. */
  #last: string | null = null;
  /** Where the gyroscope turned the view last. */
  #felt: Look | null = null;

  constructor(private readonly parts: WalkParts) {
    const { texts, scene, panel, notes } = parts;
    this.plan = new Plan(texts, {
      go: (id) => this.#go(id),
      open: (content, opener) => this.#toggle(content, opener),
      sized: () => panel.cover(),
    });
    this.#mode = new ModeSwitch(texts, {
      show: (mode) => (mode === "model" ? parts.showModel() : this.#go(this.#last)),
    });
    this.#gyroscope = new Gyroscope(texts, {
      look: () => this.#look,
      lookTo: (look) => this.#lookTo(look),
      tell: (key) => notes.show(texts.say(key), WARNING_MS, true),
    });
    this.#gyroscope.button.dataset.idle = "";
    this.side = sideColumn(scene.compass.element, this.#mode.element, this.#gyroscope.button);
  }

  set(tour: Tour, files: PackageFiles): void {
    const { texts, toolbar, scene } = this.parts;
    const nodes = tour.nodes ?? [];
    this.#tour = tour;
    this.#last = nodes[0]?.id ?? null;
    toolbar.setNodes(nodes.length > 1 ? nodes.length : 0);
    if (nodes.length === 0) return;
    // Until a node is on show.
    this.#mode.set("model", true);
    const current = (): string | null => scene.node?.id ?? null;
    this.#list = new NodeList(texts, { nodes, files, current, go: (id) => this.#go(id) });
    this.plan.set({ nodes, hotspots: tour.hotspots ?? [], bounds: boundsOf(tour), world: tour.world });
  }

  /** The list of nodes, opened and closed by its button. */
  toggleList(opener: HTMLElement): void {
    if (this.#list) this.#toggle(this.#list.content, opener);
  }

  /** Another node is on show, or the model. */
  onNode(node: Node | null): void {
    const { texts, toolbar, notes, scene } = this.parts;
    const hasOther = node ? (this.#tour?.models ?? []).length > 0 : this.#last !== null;
    this.#mode.set(node ? "panorama" : "model", hasOther);
    toolbar.setMovable(node === null);
    this.#gyroscope.button.toggleAttribute("data-idle", node === null);
    this.#list?.update();
    if (!node) return this.#gyroscope.stop();
    const another = this.#last !== node.id;
    this.#last = node.id;
    if (!another && !scene.moved) return;
    const place = nodeName(node, texts.language).text;
    notes.show(sayWith("nowAt", texts.language, { place }), NOTE_MS);
  }

  /** The camera moved. */
  onLook(eye: Eye): void {
    const { scene } = this.parts;
    const { width, height } = scene.size;
    const fov = fovAcross(eye.fov, width / height);
    const { position, heading } = eye;
    this.plan.update({ node: scene.node?.id ?? null, position, heading, fov });
  }

  #go(id: string | null): void {
    const node = id === null ? null : this.parts.scene.nodeOf(id);
    if (node) void this.parts.scene.goTo(node);
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

  /** Turns with the phone; what a drag or a key turned meanwhile is added. */
  #lookTo(look: Look): void {
    const { scene } = this.parts;
    if (scene.turning) return;
    const now = this.#look;
    const heading = this.#felt ? now.heading - this.#felt.heading : 0;
    const pitch = this.#felt ? now.pitch - this.#felt.pitch : 0;
    if (heading !== 0 || pitch !== 0) this.#gyroscope.shift(heading, pitch);
    scene.look(look.heading + heading, look.pitch + pitch);
    this.#felt = this.#look;
  }
}
