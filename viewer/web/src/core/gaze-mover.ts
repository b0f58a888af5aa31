/** What gestures do to the gaze in a panorama. */

import { type GazeMotion, type Lens, rayThrough } from "./gaze";
import type { Mover, Point } from "./mover";

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
