/** What gestures do to the orbit around a model. */

import type { Motion } from "./motion";
import type { Mover, Point } from "./mover";
import { pointOnTargetPlane } from "./orbit";
import type { Vec3 } from "./vector";

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
