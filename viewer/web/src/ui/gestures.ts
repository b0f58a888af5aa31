/** Mouse, touch, pen, wheel and keyboard on the canvas, turned into moves of the camera. */

import type { Motion } from "../core/motion";
import { pointOnTargetPlane } from "../core/orbit";
import type { Vec3 } from "../core/vector";

export interface GestureScene {
  readonly motion: Motion;
  readonly fov: number;
  readonly size: { width: number; height: number };
  ray(x: number, y: number): { origin: Vec3; direction: Vec3 };
  invalidate(): void;
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
}

export class Gestures {
  readonly #pointers = new Map<number, Pointer>();
  #pans = false;
  #tapped = { time: -1e9, x: 0, y: 0 };
  #speed = { time: 0, azimuth: 0, elevation: 0 };

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly scene: GestureScene,
    onUse: () => void,
  ) {
    canvas.addEventListener("pointerdown", (event) => {
      onUse();
      this.#down(event);
    });
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => this.#up(event, false));
    canvas.addEventListener("pointercancel", (event) => this.#up(event, true));
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener(
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
    const { motion } = this.scene;
    const arrow = ARROWS[event.key];
    if (arrow && event.shiftKey) motion.pan(arrow[0] * KEY_MOVE, arrow[1] * KEY_MOVE);
    else if (arrow) motion.rotate(arrow[0] * KEY_TURN, arrow[1] * KEY_TURN);
    else if (event.key === "+" || event.key === "=") motion.dolly(KEY_ZOOM);
    else if (event.key === "-" || event.key === "_") motion.dolly(1 / KEY_ZOOM);
    else if (event.key === "Home") this.scene.reset();
    else return false;
    event.preventDefault();
    this.scene.invalidate();
    return true;
  }

  #down(event: PointerEvent): void {
    this.canvas.setPointerCapture(event.pointerId);
    const at = { x: event.offsetX, y: event.offsetY, fromX: event.offsetX, fromY: event.offsetY };
    this.#pointers.set(event.pointerId, at);
    this.#pans = event.button === 1 || event.button === 2 || event.shiftKey || event.ctrlKey;
    this.#speed = { time: 0, azimuth: 0, elevation: 0 };
    if (this.#pointers.size === 1) this.scene.motion.stop();
    this.canvas.dataset.dragging = "";
  }

  #move(event: PointerEvent): void {
    const pointer = this.#pointers.get(event.pointerId);
    if (!pointer) return;
    const before = [...this.#pointers.values()].map((each) => ({ ...each }));
    const [dx, dy] = [event.offsetX - pointer.x, event.offsetY - pointer.y];
    pointer.x = event.offsetX;
    pointer.y = event.offsetY;
    if (this.#pointers.size >= 2) this.#pinch(before, [...this.#pointers.values()]);
    else if (this.#pans) this.#pan(dx, dy);
    else this.#turn(dx, dy, event.timeStamp);
    this.scene.invalidate();
  }

  #up(event: PointerEvent, cancelled: boolean): void {
    const pointer = this.#pointers.get(event.pointerId);
    if (!pointer) return;
    const alone = this.#pointers.size === 1;
    this.#pointers.delete(event.pointerId);
    if (this.#pointers.size === 0) delete this.canvas.dataset.dragging;
    if (cancelled || !alone) return;
    const moved = Math.hypot(pointer.x - pointer.fromX, pointer.y - pointer.fromY);
    if (moved < SLOP_PX) this.#tap(event, pointer);
    else if (!this.#pans && event.timeStamp - this.#speed.time < 60) {
      this.scene.motion.glide(this.#speed.azimuth, this.#speed.elevation);
      this.scene.invalidate();
    }
  }

  #tap(event: PointerEvent, { x, y }: Pointer): void {
    const near = Math.hypot(x - this.#tapped.x, y - this.#tapped.y) < DOUBLE_TAP_PX;
    const twice = near && event.timeStamp - this.#tapped.time < DOUBLE_TAP_MS;
    this.#tapped = { time: twice ? -1e9 : event.timeStamp, x, y };
    if (twice) this.scene.focusAt(x, y);
  }

  #turn(dx: number, dy: number, time: number): void {
    const perPixel = 3.4 / Math.min(this.scene.size.height, 900);
    const [azimuth, elevation] = [-dx * perPixel, dy * perPixel];
    this.scene.motion.rotate(azimuth, elevation);
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

  #pan(dx: number, dy: number): void {
    const perPixel = (2 * Math.tan(this.scene.fov / 2)) / this.scene.size.height;
    this.scene.motion.pan(-dx * perPixel, dy * perPixel);
  }

  #pinch(before: readonly Pointer[], after: readonly Pointer[]): void {
    const [a, b] = before as [Pointer, Pointer];
    const [c, d] = after as [Pointer, Pointer];
    const spread = Math.hypot(d.x - c.x, d.y - c.y) / Math.max(Math.hypot(b.x - a.x, b.y - a.y), 1);
    this.#pan((c.x + d.x - a.x - b.x) / 2, (c.y + d.y - a.y - b.y) / 2);
    this.#zoom(1 / Math.max(spread, 0.1), (c.x + d.x) / 2, (c.y + d.y) / 2);
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 18 : 1;
    const step = Math.min(Math.max(event.deltaY * lines, -240), 240);
    // A pinch on a trackpad comes as a wheel with ctrlKey, in small steps.
    this.#zoom(Math.exp(step * (event.ctrlKey ? 0.01 : 0.0016)), event.offsetX, event.offsetY);
    this.scene.invalidate();
  }

  #zoom(factor: number, x: number, y: number): void {
    const { origin, direction } = this.scene.ray(x, y);
    const anchor = pointOnTargetPlane(this.scene.motion.now, origin, direction);
    this.scene.motion.dolly(factor, anchor);
  }
}

const ARROWS: { readonly [key: string]: readonly [number, number] } = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};
