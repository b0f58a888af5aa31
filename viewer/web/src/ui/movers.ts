/** What a gesture does: to the orbit around a model, and to the gaze in a panorama. */

import type { GazeMotion, Lens } from "../core/gaze";
import { rayThrough } from "../core/gaze";
import type { Motion } from "../core/motion";
import { pointOnTargetPlane } from "../core/orbit";
import type { Vec3 } from "../core/vector";

/** CSS pixels from the top left of the scene. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Mover {
  stop(): void;
  /** The picture follows a finger; returns by how much it turned, radians to the right and up. */
  drag(from: Point, to: Point): readonly [number, number];
  /** Two fingers, or the other button. */
  pan(from: Point, to: Point): void;
  /** Zooms, keeping what is at a point of the screen where it is. */
  zoom(factor: number, at?: Point): void;
  /** A step by key or button, radians to the right and up. */
  turn(toRight: number, toUp: number): void;
  /** A step aside, as shares of the picture. */
  move(toRight: number, toUp: number): void;
  /** Turns on, radians a second. */
  glide(toRight: number, toUp: number): void;
}

/** The screen in front of an orbit. */
export interface OrbitScreen {
  readonly fov: number;
  readonly size: { width: number; height: number };
  ray(x: number, y: number): { origin: Vec3; direction: Vec3 };
}

export class OrbitMover implements Mover {
  constructor(
    private readonly motion: () => Motion,
    private readonly screen: OrbitScreen,
  ) {}

  stop(): void {
    this.motion().stop();
  }

  drag(from: Point, to: Point): readonly [number, number] {
    const perPixel = 3.4 / Math.min(this.screen.size.height, 900);
    const [azimuth, elevation] = [(from.x - to.x) * perPixel, (to.y - from.y) * perPixel];
    this.motion().rotate(azimuth, elevation);
    return [azimuth, elevation];
  }

  pan(from: Point, to: Point): void {
    const perPixel = (2 * Math.tan(this.screen.fov / 2)) / this.screen.size.height;
    this.motion().pan((from.x - to.x) * perPixel, (to.y - from.y) * perPixel);
  }

  zoom(factor: number, at?: Point): void {
    if (!at) return this.motion().dolly(factor);
    const { origin, direction } = this.screen.ray(at.x, at.y);
    this.motion().dolly(factor, (orbit) => pointOnTargetPlane(orbit, origin, direction));
  }

  turn(toRight: number, toUp: number): void {
    this.motion().rotate(toRight, toUp);
  }

  move(toRight: number, toUp: number): void {
    this.motion().pan(toRight, toUp);
  }

  glide(toRight: number, toUp: number): void {
    this.motion().glide(toRight, toUp);
  }
}

/** The usual field of view: a step by key turns by less of a closer look. */
const USUAL_FOV = 1.2;
/** A zoom by factors of the distance, on the field of view. */
const ZOOM_POWER = 0.75;

export class GazeMover implements Mover {
  constructor(
    private readonly gaze: GazeMotion,
    private readonly lens: () => Lens,
  ) {}

  stop(): void {
    this.gaze.stop();
  }

  /** The direction under the finger stays under it. */
  drag(from: Point, to: Point): readonly [number, number] {
    const lens = this.lens();
    const ray = rayThrough(this.gaze.now, lens, from.x, from.y);
    const { heading, pitch } = this.gaze.grab(lens, to.x, to.y, ray);
    return [heading, pitch];
  }

  pan(from: Point, to: Point): void {
    this.drag(from, to);
  }

  zoom(factor: number, at?: Point): void {
    if (at) this.gaze.zoom(factor ** ZOOM_POWER, this.lens(), at.x, at.y);
    else this.gaze.zoom(factor ** ZOOM_POWER);
  }

  turn(toRight: number, toUp: number): void {
    const share = this.gaze.goal.fov / USUAL_FOV;
    this.gaze.turn(toRight * share, toUp * share);
  }

  /** There is nowhere to move to on one spot. */
  move(toRight: number, toUp: number): void {
    this.turn(toRight, toUp);
  }

  glide(toRight: number, toUp: number): void {
    this.gaze.glide(toRight, toUp);
  }
}
