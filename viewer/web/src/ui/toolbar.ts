/** The bottom edge: every move and panel as a button, so that none needs a drag or a keyboard. */

import type { StringKey } from "../core/strings";
import { el, type Icon, icon } from "./dom";
import type { Texts } from "./texts";
import { type Direction, TurnArrows } from "./turn-arrows";

export type { Direction };

export interface ToolbarActions {
  zoom(factor: number): void;
  reset(): void;
  turn(direction: Direction): void;
  move(direction: Direction): void;
  /** Turns or moves on while an arrow is held down; absent: only single presses count. */
  hold?(direction: Direction, mode: PadMode, seconds: number): void;
  places(opener: HTMLElement): void;
  /** Opens the list of nodes; absent: there is no button for it. */
  nodes?(opener: HTMLElement): void;
  info(opener: HTMLElement): void;
  share(): void;
}

/** What the arrows of the pad do. */
export type PadMode = "turn" | "move";

/** The share of the distance that is left after a step nearer. */
export const ZOOM_STEP = 0.75;

export class Toolbar {
  readonly element: HTMLElement;
  readonly pad: HTMLElement;
  readonly #pad: MovePad;
  readonly #nodes: HTMLButtonElement;
  readonly #places: HTMLButtonElement;
  readonly #zoomOut: HTMLButtonElement;
  readonly #zoomIn: HTMLButtonElement;
  readonly #nodeCount = el("span", { class: "vt-count" });
  readonly #count = el("span", { class: "vt-count" });

  constructor(texts: Texts, fullscreenRoot: HTMLElement, actions: ToolbarActions) {
    const make = (name: Icon, key: StringKey, run: (button: HTMLButtonElement) => void) => {
      const button = el("button", { type: "button", class: "vt-button", "data-action": key }, icon(name));
      button.addEventListener("click", () => {
        if (button.getAttribute("aria-disabled") !== "true") run(button);
      });
      return texts.name(button, key);
    };
    this.#pad = new MovePad(texts, actions);
    this.pad = this.#pad.element;
    this.#nodes = make("nodes", "nodes", (button) => actions.nodes?.(button));
    this.#nodes.append(this.#nodeCount);
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
    this.element = el("div", { class: "vt-bar", role: "toolbar" }, group(this.#nodes, this.#places), zoom, rest);
    texts.bind(this.element, "controls", "aria-label");
    this.setPlaces(0);
    this.setNodes(0);
  }

  /** How many places of interest the list has; without any it cannot be opened. */
  setPlaces(count: number): void {
    this.#count.textContent = String(count);
    this.#places.hidden = count === 0;
  }

  /** How many nodes the list has. With their button a phone's bar leaves zooming to the pad. */
  setNodes(count: number): void {
    this.#nodeCount.textContent = String(count);
    this.#nodes.hidden = count === 0;
    for (const element of [this.element, this.pad]) element.toggleAttribute("data-nodes", count > 0);
  }

  /** From within a panorama there is only turning; a model can be moved too. */
  setMovable(movable: boolean): void {
    this.#pad.setMovable(movable);
  }

  /** Which ways are open; a button at its end keeps the focus, so it is not `disabled`. */
  setZoom(inwards: boolean, outwards: boolean): void {
    for (const button of [this.#zoomIn, this.#pad.zoomIn]) setEnabled(button, inwards);
    for (const button of [this.#zoomOut, this.#pad.zoomOut]) setEnabled(button, outwards);
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

/** Four arrows that turn the camera or, switched over, move it; on small screens it zooms as well. */
class MovePad {
  readonly element: HTMLElement;
  readonly zoomIn: HTMLButtonElement;
  readonly zoomOut: HTMLButtonElement;
  readonly #switch: HTMLElement;
  readonly #modes: readonly HTMLButtonElement[];
  #mode: PadMode = "turn";

  constructor(texts: Texts, actions: ToolbarActions) {
    const { hold } = actions;
    const arrows = new TurnArrows(
      texts,
      {
        step: (direction) => (this.#mode === "move" ? actions.move(direction) : actions.turn(direction)),
        hold: hold && ((direction, seconds) => hold.call(actions, direction, this.#mode, seconds)),
      },
      { left: "left", right: "right", up: "up", down: "down" },
    );
    const zoom = (name: "minus" | "plus", key: "zoomOut" | "zoomIn", factor: number) => {
      const attributes = { type: "button", class: `vt-button vt-pad-${key}`, "data-pad": key };
      const button = el("button", attributes, icon(name));
      button.addEventListener("click", () => {
        if (button.getAttribute("aria-disabled") !== "true") actions.zoom(factor);
      });
      return texts.name(button, key);
    };
    this.zoomOut = zoom("minus", "zoomOut", 1 / ZOOM_STEP);
    this.zoomIn = zoom("plus", "zoomIn", ZOOM_STEP);
    arrows.element.append(this.zoomOut, this.zoomIn);
    this.#modes = (["turn", "move"] as const).map((mode) => {
      const button = el("button", { type: "button", "data-mode": mode });
      button.addEventListener("click", () => this.#set(mode));
      return texts.bind(button, mode);
    });
    this.#switch = el("div", { class: "vt-switch" }, ...this.#modes);
    this.element = el("div", { class: "vt-pad", role: "group", hidden: true }, arrows.element, this.#switch);
    texts.bind(this.element, "pad", "aria-label");
    this.#set("turn");
  }

  setMovable(movable: boolean): void {
    this.#switch.hidden = !movable;
    if (!movable) this.#set("turn");
  }

  #set(mode: PadMode): void {
    this.#mode = mode;
    for (const each of this.#modes) each.setAttribute("aria-pressed", String(each.dataset.mode === mode));
  }
}

function toggleFullscreen(root: HTMLElement): void {
  const change = document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen();
  // Refused inside a frame without permission: the page simply stays as it is.
  change.catch(() => undefined);
}
