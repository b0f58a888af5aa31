/** What rays meet and a camera stays before: the surfaces of one model, and of several as one. */

import type { RayHit } from "./bvh";
import type { Vec3 } from "./vector";

export interface Ground {
  /** The nearest surface on a ray, from either side; null when there is none before `reach`. */
  raycast(origin: Vec3, direction: Vec3, reach?: number): RayHit | null;
  /** How far the nearest surface is from a point; `reach` when none is nearer. */
  distanceTo(point: Vec3, reach: number): number;
}

export class Grounds implements Ground {
  constructor(private readonly all: readonly Ground[]) {}

  raycast(origin: Vec3, direction: Vec3, reach = Number.POSITIVE_INFINITY): RayHit | null {
    return this.all.reduce<RayHit | null>(
      (best, each) => each.raycast(origin, direction, best?.distance ?? reach) ?? best,
      null,
    );
  }

  distanceTo(point: Vec3, reach: number): number {
    return this.all.reduce((best, each) => each.distanceTo(point, best), reach);
  }
}
