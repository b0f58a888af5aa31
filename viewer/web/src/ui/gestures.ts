/**
 * Mouse, touch, pen, wheel and keyboard on the scene, turned into moves of the camera.
 *
 * A drag may start on a hotspot too: only a press without a drag is a click on it.
 */

import type { Mover, Point } from "../core/mover";

export interface GestureScene {
  /** Moves what is on show, the model or a panorama; null while nothing can be moved. */
  readonly mover: Mover | null;
  invalidate(): void;
  /** A click or a tap on the scene; true when it was used, and is no half of a double one. */
  tap(x: number, y: number, touch: boolean): boolean;
  /** A double click or a double tap. */
  focusAt(x: number, y: number): void;
  reset(): void;
}

const KEY_TURN = 0.16;
const KEY_MOVE = 0.09;
const KEY_ZOOM = 0.85;
const DOUBLE_TAP_MS = 320;
const DOUBLE_TAP_PX = 26;
/** A pointer that moved less than this has tapped. */
const SLOP_PX = 6;

interface Pointer {
  x: number;
  y: number;
  readonly fromX: number;
  readonly fromY: number;
  /** True where a hotspot was pressed, not the scene itself. */
  readonly onButton: boolean;
}

export class Gestures {
  readonly #pointers = new Map<number, Pointer>();
  #pans = false;
  #dragged = false;
  #tapped = { time: -1e9, x: 0, y: 0 };
  #speed = { time: 0, azimuth: 0, elevation: 0 };

  constructor(
    /** The canvas and the hotspots on it. */
    private readonly surface: HTMLElement,
    private readonly scene: GestureScene,
    onUse: () => void,
  ) {
    surface.addEventListener("pointerdown", (event) => {
      onUse();
      this.#down(event);
    });
    surface.addEventListener("pointermove", (event) => this.#move(event));
    surface.addEventListener("pointerup", (event) => this.#up(event, false));
    surface.addEventListener("pointercancel", (event) => this.#up(event, true));
    surface.addEventListener("contextmenu", (event) => event.preventDefault());
    surface.addEventListener(
      "click",
      (event) => {
        // detail is 0 for a click that the keyboard made.
        if (this.#dragged && event.detail > 0) event.stopPropagation();
      },
      { capture: true },
    );
    surface.addEventListener(
      "wheel",
      (event) => {
        onUse();
        this.#wheel(event);
      },
      { passive: false },
    );
  }

  /** Keys anywhere on the page, but for fields, players and panels. True when used. */
  key(event: KeyboardEvent): boolean {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const { mover } = this.scene;
    if (!mover) return false;
    const arrow = ARROWS[event.key];
    if (arrow && event.shiftKey) mover.move(arrow[0] * KEY_MOVE, arrow[1] * KEY_MOVE);
    else if (arrow) mover.turn(arrow[0] * KEY_TURN, arrow[1] * KEY_TURN);
    else if (event.key === "+" || event.key === "=") mover.zoom(KEY_ZOOM);
    else if (event.key === "-" || event.key === "_") mover.zoom(1 / KEY_ZOOM);
    else if (event.key === "Home") this.scene.reset();
    else return false;
    event.preventDefault();
    this.scene.invalidate();
    return true;
  }

  #down(event: PointerEvent): void {
    const { x, y } = this.#place(event);
    const onButton = (event.target as Element).closest("button") !== null;
    this.#pointers.set(event.pointerId, { x, y, fromX: x, fromY: y, onButton });
    this.#dragged = false;
    this.#pans = event.button === 1 || event.button === 2 || event.shiftKey || event.ctrlKey;
    this.#speed = { time: 0, azimuth: 0, elevation: 0 };
    if (this.#pointers.size === 1) this.scene.mover?.stop();
  }

  /** CSS pixels from the top left of the scene. */
  #place(event: MouseEvent): { x: number; y: number } {
    const box = this.surface.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #move(event: PointerEvent): void {
    const pointer = this.#pointers.get(event.pointerId);
    if (!pointer) return;
    const before = [...this.#pointers.values()].map((each) => ({ ...each }));
    const { x, y } = this.#place(event);
    const from = { x: pointer.x, y: pointer.y };
    [pointer.x, pointer.y] = [x, y];
    if (!this.#dragged && Math.hypot(x - pointer.fromX, y - pointer.fromY) > SLOP_PX) {
      this.#dragged = true;
      this.surface.dataset.dragging = "";
      // From now on the drag may leave the scene; a press on a hotspot is no click any more.
      this.surface.setPointerCapture(event.pointerId);
    }
    if (this.#pointers.size >= 2) this.#pinch(before, [...this.#pointers.values()]);
    else if (this.#pans) this.scene.mover?.pan(from, { x, y });
    else this.#turn(from, { x, y }, event.timeStamp);
    this.scene.invalidate();
  }

  #up(event: PointerEvent, cancelled: boolean): void {
    const pointer = this.#pointers.get(event.pointerId);
    if (!pointer) return;
    const alone = this.#pointers.size === 1;
    this.#pointers.delete(event.pointerId);
    if (this.#pointers.size === 0) delete this.surface.dataset.dragging;
    if (cancelled || !alone) return;
    if (!this.#dragged) {
      if (!pointer.onButton) this.#tap(event, pointer);
    } else if (!this.#pans && event.timeStamp - this.#speed.time < 60) {
      this.scene.mover?.glide(this.#speed.azimuth, this.#speed.elevation);
      this.scene.invalidate();
    }
  }

  #tap(event: PointerEvent, { x, y }: Pointer): void {
    if (event.button === 0 && this.scene.tap(x, y, event.pointerType === "touch")) return;
    const near = Math.hypot(x - this.#tapped.x, y - this.#tapped.y) < DOUBLE_TAP_PX;
    const twice = near && event.timeStamp - this.#tapped.time < DOUBLE_TAP_MS;
    this.#tapped = { time: twice ? -1e9 : event.timeStamp, x, y };
    if (twice) this.scene.focusAt(x, y);
  }

  #turn(from: Point, to: Point, time: number): void {
    const [azimuth, elevation] = this.scene.mover?.drag(from, to) ?? [0, 0];
    const seconds = Math.max(time - this.#speed.time, 4) / 1000;
    const share = seconds > 0.1 ? 1 : 0.5;
    const mixed = (old: number, step: number): number =>
      old + (Math.min(Math.max(step / seconds, -6), 6) - old) * share;
    this.#speed = {
      time,
      azimuth: mixed(this.#speed.azimuth, seconds > 0.1 ? 0 : azimuth),
      elevation: mixed(this.#speed.elevation, seconds > 0.1 ? 0 : elevation),
    };
  }

  #pinch(before: readonly Pointer[], after: readonly Pointer[]): void {
    const [a, b] = before as [Pointer, Pointer];
    const [c, d] = after as [Pointer, Pointer];
    const spread = Math.hypot(d.x - c.x, d.y - c.y) / Math.max(Math.hypot(b.x - a.x, b.y - a.y), 1);
    const [from, to] = [middle(a, b), middle(c, d)];
    this.scene.mover?.pan(from, to);
    this.scene.mover?.zoom(1 / Math.max(spread, 0.1), to);
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 18 : 1;
    const step = Math.min(Math.max(event.deltaY * lines, -240), 240);
    // A pinch on a trackpad comes as a wheel with ctrlKey, in small steps.
    this.scene.mover?.zoom(Math.exp(step * (event.ctrlKey ? 0.01 : 0.0016)), this.#place(event));
    this.scene.invalidate();
  }
}

const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

const ARROWS: { readonly [key: string]: readonly [number, number] } = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};
