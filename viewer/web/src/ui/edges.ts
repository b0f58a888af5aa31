/** The small things at the edges: scale bar, compass, attribution, notes that come and go. */

import { metresText, scaleBar } from "../core/format";
import type { Tour } from "../core/manifest";
import { el, icon } from "./dom";
import type { Texts } from "./texts";

const SCALE_BAR_PX = 110;

/** How long a metre is at the distance of the target; only where the scale is known. */
export class Scale {
  readonly element = el("div", { class: "vt-scale", hidden: true });
  readonly #length = el("span");
  readonly #bar = el("span", { class: "vt-scale-bar" });

  constructor(private readonly texts: Texts) {
    this.element.append(this.#length, this.#bar);
  }

  update(metresPerPixel: number): void {
    const bar = scaleBar(metresPerPixel, SCALE_BAR_PX);
    const text = metresText(bar.metres, this.texts.language);
    if (this.#length.textContent !== text) this.#length.textContent = text;
    this.#bar.style.width = `${bar.pixels.toFixed(1)}px`;
    this.element.hidden = false;
  }
}

/** Shows north, where it is known; a click turns the camera to it. */
export class Compass {
  readonly element: HTMLButtonElement;
  readonly #needle = el("span", { class: "vt-needle" }, icon("north"), icon("south"));

  constructor(texts: Texts, onNorth: () => void) {
    this.element = el("button", { type: "button", class: "vt-compass" }, this.#needle);
    this.element.addEventListener("click", onNorth);
    texts.name(this.element, "north");
  }

  update(azimuth: number): void {
    this.#needle.style.transform = `rotate(${azimuth.toFixed(3)}rad)`;
  }
}

/** Whose work it is and under which licence: always on show. */
export function attribution(tour: Tour): HTMLElement {
  const parts = [tour.credit ? `© ${tour.credit.replace(/^©\s*/, "")}` : null, tour.license];
  const text = parts.filter((part) => part).join(" · ");
  return el("p", { class: "vt-credit", hidden: text === "", title: text }, text);
}

/** A note that goes by itself; a firm one is not replaced before its time. */
export class Notes {
  readonly element: HTMLElement;
  readonly #words = el("span");
  /** Not for screen readers: they would repeat the note with every chunk. */
  readonly #figures = el("span", { class: "vt-note-figures", "aria-hidden": "true" });
  #timer = 0;
  #firmUntil = 0;

  constructor() {
    const attributes = { class: "vt-note", role: "status", "data-shown": "false" };
    this.element = el("div", attributes, this.#words, this.#figures);
  }

  show(text: string, milliseconds: number, firm = false): void {
    if (!firm && this.isFirm) return;
    this.#draw(text, "");
    this.#firmUntil = firm ? performance.now() + milliseconds : 0;
    this.#timer = window.setTimeout(() => {
      this.#firmUntil = 0;
      this.hide();
    }, milliseconds);
  }

  /** Stays until it is replaced or hidden. */
  progress(text: string, figures: string): void {
    if (!this.isFirm) this.#draw(text, figures);
  }

  hide(): void {
    if (this.isFirm) return;
    clearTimeout(this.#timer);
    this.element.dataset.shown = "false";
  }

  /** What it says must be read first. */
  get isFirm(): boolean {
    return performance.now() < this.#firmUntil;
  }

  #draw(text: string, figures: string): void {
    clearTimeout(this.#timer);
    if (this.#words.textContent !== text) this.#words.textContent = text;
    this.#figures.textContent = figures;
    this.element.dataset.shown = "true";
  }
}
