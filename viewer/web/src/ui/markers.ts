/** Hotspots in the scene: one real button each, in the order of the manifest, placed every frame. */

import type { Hotspot } from "../core/manifest";
import { frontRanks, labelSide, type ScreenPoint } from "../core/project";
import type { Vec3 } from "../core/vector";
import { markOf } from "./contents";
import { el } from "./dom";
import type { Texts } from "./texts";

/** Occlusion is looked at this often while the camera moves, in milliseconds. */
const LOOK_AGAIN = 120;

export interface MarkerState {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly inside: boolean;
  readonly occluded: boolean;
}

export interface MarkerScene {
  project(point: Vec3): ScreenPoint;
  size: { width: number; height: number };
  sees(point: Vec3): boolean;
}

interface Marker {
  readonly button: HTMLButtonElement;
  readonly hotspot: Hotspot;
  screen: ScreenPoint;
  occluded: boolean;
}

export class Markers {
  readonly element: HTMLElement;
  readonly #markers: Marker[];
  #lastLook = 0;

  constructor(
    hotspots: readonly Hotspot[],
    private readonly texts: Texts,
    onOpen: (index: number) => void,
    /** A marker that cannot be seen was reached with the keyboard. */
    onSeek: (index: number) => void,
  ) {
    this.element = texts.bind(el("div", { class: "vt-markers", role: "group" }), "places", "aria-label");
    this.#markers = hotspots.map((hotspot, index) => {
      const button = el(
        "button",
        { type: "button", class: "vt-marker", "data-hotspot": hotspot.id, "aria-expanded": "false" },
        markOf(hotspot, index),
        texts.bindLocal(el("span", { class: "vt-label" }), hotspot.title, hotspot.id),
      );
      const marker: Marker = { button, hotspot, screen: NOWHERE, occluded: false };
      button.addEventListener("click", () => onOpen(index));
      button.addEventListener("focus", () => {
        const hidden = marker.occluded || !marker.screen.inside;
        if (hidden && button.matches(":focus-visible")) onSeek(index);
      });
      this.element.append(button);
      return marker;
    });
    texts.onChange(() => this.#markers.forEach((marker) => this.#describe(marker)));
  }

  button(index: number): HTMLElement | null {
    return this.#markers[index]?.button ?? null;
  }

  select(selected: number | null): void {
    this.#markers.forEach(({ button }, index) => {
      button.setAttribute("aria-expanded", String(index === selected));
    });
  }

  /** Places all markers; `resting` when the camera stands still. */
  update(scene: MarkerScene, resting: boolean): void {
    const now = performance.now();
    const look = resting || now - this.#lastLook > LOOK_AGAIN;
    if (look) this.#lastLook = now;
    const points = this.#markers.map(({ hotspot }) => scene.project(hotspot.position));
    const ranks = frontRanks(points);
    this.#markers.forEach((marker, index) => {
      marker.screen = points[index] as ScreenPoint;
      this.#place(marker, scene.size, ranks[index] as number);
      if (look) this.#occlude(marker, !scene.sees(marker.hotspot.position));
    });
  }

  get states(): MarkerState[] {
    return this.#markers.map(({ hotspot, screen, occluded }) => ({
      id: hotspot.id,
      x: screen.x,
      y: screen.y,
      inside: screen.inside,
      occluded,
    }));
  }

  #place({ button, screen }: Marker, size: { width: number; height: number }, rank: number): void {
    const x = Math.min(Math.max(screen.x, 0), size.width);
    const y = Math.min(Math.max(screen.y, 0), size.height);
    button.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
    button.style.zIndex = String(rank + 1);
    button.dataset.side = labelSide(x, size.width);
    button.toggleAttribute("data-outside", !screen.inside);
  }

  #occlude(marker: Marker, occluded: boolean): void {
    if (marker.occluded === occluded) return;
    marker.occluded = occluded;
    marker.button.toggleAttribute("data-occluded", occluded);
    this.#describe(marker);
  }

  #describe({ button, occluded }: Marker): void {
    if (occluded) button.setAttribute("aria-description", this.texts.say("behind"));
    else button.removeAttribute("aria-description");
  }
}

const NOWHERE: ScreenPoint = { x: 0, y: 0, depth: 0, inside: false };
