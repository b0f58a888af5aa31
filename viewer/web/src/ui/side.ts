/**
 * The column at the right edge, below the top bar: compass, the way from panorama to model and back,
 * the gyroscope. They change how one looks, so they lie apart from the bar, which has no room left
 * on a phone.
 */

import { el, icon } from "./dom";
import type { Texts } from "./texts";

export type Mode = "panorama" | "model";

export interface ModeActions {
  show(mode: Mode): void;
}

/** One button that leads to the other of panorama and model. */
export class ModeSwitch {
  readonly element: HTMLButtonElement;
  readonly #words = el("span", { class: "vt-mode-words" });
  #mode: Mode = "panorama";

  constructor(
    private readonly texts: Texts,
    actions: ModeActions,
  ) {
    this.element = el("button", { type: "button", class: "vt-button vt-mode", "data-action": "mode", hidden: true });
    this.element.addEventListener("click", () => actions.show(this.#other));
    texts.onChange(() => this.#draw());
  }

  /** What is on show; without the other of both there is nothing to switch to. */
  set(mode: Mode, hasOther: boolean): void {
    this.#mode = mode;
    this.element.hidden = !hasOther;
    this.#draw();
  }

  get #other(): Mode {
    return this.#mode === "panorama" ? "model" : "panorama";
  }

  #draw(): void {
    const { texts } = this;
    const other = this.#other;
    const name = texts.say(other === "model" ? "showModel" : "showPanorama");
    this.#words.textContent = texts.say(other);
    this.element.replaceChildren(icon(other), this.#words);
    this.element.setAttribute("aria-label", name);
    this.element.title = name;
    this.element.dataset.to = other;
  }
}

/** The column itself, for what is put into it from top to bottom. */
export const sideColumn = (...elements: HTMLElement[]): HTMLElement => el("div", { class: "vt-side" }, ...elements);
