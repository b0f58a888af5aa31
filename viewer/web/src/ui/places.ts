/** The places of interest: which one is open, and the address that names it with the camera. */

import type { Place, Standpoint } from "../core/link";
import type { Hotspot, PackageFiles } from "../core/manifest";
import type { View } from "../core/orbit";
import type { Address } from "./address";
import { hotspotContent, placesContent } from "./contents";
import type { Notes } from "./edges";
import type { Panel, PanelContent } from "./panel";
import type { SceneView } from "./scene";
import type { Texts } from "./texts";

const GONE_MS = 7000;

/** What the places of interest work with. */
export interface PlacesParts {
  readonly texts: Texts;
  readonly scene: SceneView;
  readonly panel: Panel;
  readonly notes: Notes;
  readonly address: Address;
  /** Brings the model on show, where a link names a camera at it. */
  showModel(view: View): void;
}

export class Places {
  #hotspots: readonly Hotspot[] = [];
  #files: PackageFiles | null = null;
  #open: number | null = null;

  constructor(private readonly parts: PlacesParts) {}

  set(hotspots: readonly Hotspot[], files: PackageFiles): void {
    this.#hotspots = hotspots;
    this.#files = files;
    this.parts.scene.setHotspots(hotspots, (index) => this.open(index, this.#marker(index)));
  }

  /** The hotspot whose panel is open. */
  get current(): string | null {
    return this.#hotspots[this.#open ?? -1]?.id ?? null;
  }

  get list(): PanelContent {
    return placesContent(this.#hotspots, this.parts.texts, (index) => this.open(index, null));
  }

  open(index: number, opener: HTMLElement | null, focus = true): void {
    const { texts, scene, panel } = this.parts;
    const hotspot = this.#hotspots[index];
    if (!hotspot || !this.#files) return;
    this.#open = index;
    scene.select(index);
    const content = hotspotContent(
      this.#hotspots,
      index,
      texts,
      this.#files,
      (next) => this.open(next, this.#marker(next)),
      () => this.#leave(content),
    );
    panel.open(content, opener, focus);
    scene.seek(hotspot.position, true);
    this.writeAddress();
  }

  #leave(content: PanelContent): void {
    const { panel, scene } = this.parts;
    const another = panel.content !== content && panel.content?.name === "hotspot";
    if (another) return;
    this.#open = null;
    scene.select(null);
    this.writeAddress();
  }

  /** Goes where a link says: a node, a camera, a hotspot; `focus` moves the focus to the panel. */
  goTo(place: Place, focus: boolean): void {
    const { scene } = this.parts;
    const index = this.#hotspots.findIndex(({ id }) => id === place.hotspot);
    if (place.hotspot !== null && index < 0) this.#sayGone();
    if (index >= 0 && index !== this.#open) {
      this.open(index, this.#marker(index), focus);
      if (!focus) scene.finishMove();
    }
    if (place.node) this.#goToNode(place.node);
    else if (place.view) this.parts.showModel(place.view);
    scene.invalidate();
  }

  #goToNode(to: Standpoint): void {
    const { scene } = this.parts;
    const node = scene.nodeOf(to.node);
    if (!node) return this.#sayGone();
    if (scene.node === node) scene.lookAs(to);
    else void scene.goTo(node, to);
  }

  #sayGone(): void {
    const { notes, texts } = this.parts;
    notes.show(texts.say("placeGone"), GONE_MS, true);
    this.writeAddress();
  }

  /** What a link to what is on show names. */
  get here(): Place {
    const { scene } = this.parts;
    const { moved, standpoint, goal } = scene;
    return { node: moved ? standpoint : null, view: moved ? goal : null, hotspot: this.current };
  }

  writeAddress(): void {
    this.parts.address.later(() => this.here);
  }

  #marker(index: number): HTMLElement | null {
    return this.parts.scene.markerButton(index);
  }
}
