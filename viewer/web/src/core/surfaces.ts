/** What the surfaces of a model allow a camera: it stays before them and does not lose them. */

import type { Ground } from "./ground";
import { directionOf, mixed, type Orbit, positionOf, screenAxes } from "./orbit";
import { add, clamp, distance, scale, sub, unit, type Vec3 } from "./vector";

/** A camera that only passes a surface comes nearer than one that moves towards it. */
const PASSING = 1 / 3;
/** The middle of the picture, as slopes from the axis: some 8 degrees, within a phone's width. */
const MIDDLE = [-0.14, -0.07, 0, 0.07, 0.14];
/** Of the 25 rays through it, so many must meet the model. */
const ENOUGH = 4;

export class Surfaces {
  /** gap: how near the camera comes to what lies ahead of it. */
  constructor(
    public ground: Ground,
    readonly gap: number,
  ) {}

  /** How far before the target the axis meets a surface, negative behind it; 0 where there is none. */
  before(orbit: Orbit): number {
    const ahead = scale(directionOf(orbit.azimuth, orbit.elevation), -1);
    const hit = this.ground.raycast(positionOf(orbit), ahead);
    return hit ? orbit.distance - hit.distance : 0;
  }

  /** As much of a straight way as keeps the gap to what lies ahead. */
  approached(from: Orbit, to: Orbit): Orbit {
    const [start, end] = [positionOf(from), positionOf(to)];
    const way = distance(start, end);
    if (way === 0) return to;
    const hit = this.ground.raycast(start, unit(sub(end, start)), way + this.gap);
    return hit ? mixed(from, to, clamp((hit.distance - this.gap) / way, 0, 1)) : to;
  }

  /** Whether a camera may go from here to there: nothing between, and no surface too near. */
  allows(from: Orbit, to: Orbit): boolean {
    const [start, end] = [positionOf(from), positionOf(to)];
    const way = distance(start, end);
    if (way === 0) return true;
    if (this.ground.raycast(start, unit(sub(end, start)), way)) return false;
    const least = this.gap * PASSING;
    // Where it is too near already it may go wherever it is no nearer.
    return this.ground.distanceTo(end, least) >= this.ground.distanceTo(start, least);
  }

  /** Whether the model is seen near the middle of the picture: more of it than a crumb. */
  inSight(orbit: Orbit): boolean {
    return this.#seen(orbit) >= ENOUGH;
  }

  /** How many of the rays through the middle of the picture meet the model. */
  #seen(orbit: Orbit): number {
    const eye = positionOf(orbit);
    const ahead = scale(directionOf(orbit.azimuth, orbit.elevation), -1);
    const { right, up } = screenAxes(orbit);
    const ray = (x: number, y: number): Vec3 => add(ahead, add(scale(right, x), scale(up, y)));
    const rays = MIDDLE.flatMap((y) => MIDDLE.map((x) => unit(ray(x, y))));
    return rays.filter((direction) => this.ground.raycast(eye, direction) !== null).length;
  }
}
