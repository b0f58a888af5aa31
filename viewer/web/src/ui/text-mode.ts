/** The text in the place of the scene: entered from a panel or a problem, left to where one was. */

import type { PackageFiles, Tour } from "../core/manifest";
import { TextTour } from "./text-tour";
import type { Texts } from "./texts";

export class TextMode {
  readonly #tour: TextTour;
  #opener: HTMLElement | null = null;

  constructor(
    texts: Texts,
    /** The page's frame; the style sheet hides the scene by its `data-mode`. */
    private readonly frame: HTMLElement,
    onLeave: () => void,
    onNode: (id: string) => void,
  ) {
    this.#tour = new TextTour(texts, onLeave, onNode);
  }

  get element(): HTMLElement {
    return this.#tour.element;
  }

  get isOn(): boolean {
    return this.frame.dataset.mode === "text";
  }

  set(tour: Tour, files: PackageFiles): void {
    this.#tour.set(tour, files);
  }

  enter(opener: HTMLElement | null): void {
    this.#opener = opener;
    this.frame.dataset.mode = "text";
    this.#tour.show();
  }

  /** Goes back to the scene; the focus to the opener, or to `otherwise` where that is gone. */
  leave(otherwise: HTMLElement): void {
    delete this.frame.dataset.mode;
    this.#tour.hide();
    this.#opener?.focus({ preventScroll: true });
    if (document.activeElement !== this.#opener) otherwise.focus({ preventScroll: true });
    this.#opener = null;
  }
}
