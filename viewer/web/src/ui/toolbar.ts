/** The bottom edge: every move and panel as a button, so that none needs a drag or a keyboard. */

import type { StringKey } from "../core/strings";
import { el, type Icon, icon } from "./dom";
import type { Texts } from "./texts";

export type Direction = "left" | "right" | "up" | "down";

export interface ToolbarActions {
  zoom(factor: number): void;
  reset(): void;
  turn(direction: Direction): void;
  move(direction: Direction): void;
  places(opener: HTMLElement): void;
  info(opener: HTMLElement): void;
  share(): void;
}

/** The share of the distance that is left after a step nearer. */
export const ZOOM_STEP = 0.75;

export class Toolbar {
  readonly element: HTMLElement;
  readonly pad: HTMLElement;
  readonly #places: HTMLButtonElement;
  readonly #zoomOut: HTMLButtonElement;
  readonly #zoomIn: HTMLButtonElement;
  readonly #count = el("span", { class: "vt-count" });

  constructor(texts: Texts, fullscreenRoot: HTMLElement, actions: ToolbarActions) {
    const make = (name: Icon, key: StringKey, run: (button: HTMLButtonElement) => void) => {
      const button = el("button", { type: "button", class: "vt-button", "data-action": key }, icon(name));
      button.addEventListener("click", () => {
        if (button.getAttribute("aria-disabled") !== "true") run(button);
      });
      return texts.name(button, key);
    };
    this.pad = movePad(texts, actions);
    this.#places = make("list", "places", (button) => actions.places(button));
    this.#places.append(this.#count);
    const pad = make("pad", "pad", (button) => this.#togglePad(button));
    pad.setAttribute("aria-expanded", "false");
    this.#zoomOut = make("minus", "zoomOut", () => actions.zoom(1 / ZOOM_STEP));
    this.#zoomIn = make("plus", "zoomIn", () => actions.zoom(ZOOM_STEP));
    const zoom = group(
      this.#zoomOut,
      this.#zoomIn,
      make("home", "reset", () => actions.reset()),
      pad,
    );
    const rest = group(make("share", "share", () => actions.share()));
    if (document.fullscreenEnabled) {
      rest.prepend(make("fullscreen", "fullscreen", () => toggleFullscreen(fullscreenRoot)));
    }
    rest.append(make("info", "info", (button) => actions.info(button)));
    this.element = el("div", { class: "vt-bar", role: "toolbar" }, group(this.#places), zoom, rest);
    texts.bind(this.element, "controls", "aria-label");
    this.setPlaces(0);
  }

  /** How many places of interest the list has; without any it cannot be opened. */
  setPlaces(count: number): void {
    this.#count.textContent = String(count);
    this.#places.hidden = count === 0;
  }

  /** Which ways are open; a button at its end keeps the focus, so it is not `disabled`. */
  setZoom(inwards: boolean, outwards: boolean): void {
    setEnabled(this.#zoomIn, inwards);
    setEnabled(this.#zoomOut, outwards);
  }

  #togglePad(button: HTMLButtonElement): void {
    this.pad.hidden = !this.pad.hidden;
    button.setAttribute("aria-expanded", String(!this.pad.hidden));
  }
}

function setEnabled(button: HTMLButtonElement, enabled: boolean): void {
  if (enabled) button.removeAttribute("aria-disabled");
  else button.setAttribute("aria-disabled", "true");
}

const group = (...buttons: HTMLElement[]): HTMLElement => el("div", { class: "vt-group" }, ...buttons);

/** Four arrows that turn the camera or, switched over, move it. */
function movePad(texts: Texts, actions: ToolbarActions): HTMLElement {
  let moves = false;
  const arrows = (["up", "left", "right", "down"] as const).map((direction) => {
    const button = el(
      "button",
      { type: "button", class: `vt-button vt-pad-${direction}`, "data-direction": direction },
      icon(direction),
    );
    button.addEventListener("click", () => (moves ? actions.move(direction) : actions.turn(direction)));
    return texts.name(button, direction);
  });
  const modes = (["turn", "move"] as const).map((mode) => {
    const button = el("button", { type: "button", "data-mode": mode });
    button.addEventListener("click", () => {
      moves = mode === "move";
      for (const each of modes) each.setAttribute("aria-pressed", String(each === button));
    });
    button.setAttribute("aria-pressed", String(mode === "turn"));
    return texts.bind(button, mode);
  });
  const pad = el(
    "div",
    { class: "vt-pad", role: "group", hidden: true },
    el("div", { class: "vt-pad-arrows" }, ...arrows),
    el("div", { class: "vt-switch" }, ...modes),
  );
  return texts.bind(pad, "pad", "aria-label");
}

function toggleFullscreen(root: HTMLElement): void {
  const change = document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen();
  // Refused inside a frame without permission: the page simply stays as it is.
  change.catch(() => undefined);
}
