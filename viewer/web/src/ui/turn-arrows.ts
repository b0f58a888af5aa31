/** Four arrow buttons that turn the view without a drag; held down they go on. */

import type { StringKey } from "../core/strings";
import { el, icon } from "./dom";
import type { Texts } from "./texts";

export type Direction = "left" | "right" | "up" | "down";

export interface TurnArrowActions {
  /** One press. */
  step(direction: Direction): void;
  /** With each frame while the button is held down: the seconds since the one before. */
  hold?(direction: Direction, seconds: number): void;
}

const DIRECTIONS = ["up", "left", "right", "down"] as const satisfies readonly Direction[];
/** A press longer than this goes on, in milliseconds. */
const HELD_AFTER = 320;
/** A frame that comes late must not throw the view around, in seconds. */
const LONGEST_FRAME = 0.1;

/** Names of the arrows, where "left" is not enough. */
export const LOOK_NAMES: { readonly [direction in Direction]: StringKey } = {
  left: "lookLeft",
  right: "lookRight",
  up: "lookUp",
  down: "lookDown",
};

export class TurnArrows {
  readonly element: HTMLElement;

  constructor(
    texts: Texts,
    private readonly actions: TurnArrowActions,
    names: { readonly [direction in Direction]: StringKey } = LOOK_NAMES,
  ) {
    const buttons = DIRECTIONS.map((direction) => {
      const button = el(
        "button",
        { type: "button", class: `vt-button vt-pad-${direction}`, "data-direction": direction },
        icon(direction),
      );
      this.#listen(button, direction);
      return texts.name(button, names[direction]);
    });
    this.element = el("div", { class: "vt-pad-arrows" }, ...buttons);
  }

  /** A press steps at once and turns on when it lasts; a click without a press is the keyboard's. */
  #listen(button: HTMLElement, direction: Direction): void {
    let pressed = false;
    let timer = 0;
    let frame = 0;
    const release = (): void => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
    };
    const goOn = (last: number): void => {
      frame = requestAnimationFrame((now) => {
        this.actions.hold?.(direction, Math.min((now - last) / 1000, LONGEST_FRAME));
        goOn(now);
      });
    };
    button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      release();
      pressed = true;
      this.actions.step(direction);
      timer = window.setTimeout(() => goOn(performance.now()), HELD_AFTER);
    });
    for (const end of ["pointerup", "pointercancel", "pointerleave"] as const) button.addEventListener(end, release);
    window.addEventListener("blur", release);
    // A long press on a touch screen is no wish for a menu.
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    button.addEventListener("click", (event) => {
      // detail is 0 for a click that the keyboard made.
      if (!pressed || event.detail === 0) this.actions.step(direction);
      pressed = false;
    });
  }
}
