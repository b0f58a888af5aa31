/** How the camera moves over time: it follows a goal with damping, glides on, or flies somewhere. */

import { alike, between, dollied, evasions, limited, type Orbit, type OrbitLimits, panned } from "./orbit";
import { positionOf, refocused, rotated, targetAllowed } from "./orbit";
import type { Surfaces } from "./surfaces";
import { distance, eased, type Vec3 } from "./vector";

/** Seconds in which the rest of the way to the goal shrinks to 1/e. */
const FOLLOW = 0.07;
/** Seconds in which the speed of a glide shrinks to 1/e. */
const GLIDE = 0.28;
const FLIGHT = 0.9;

interface Flight {
  readonly from: Orbit;
  readonly to: Orbit;
  elapsed: number;
}

export class Motion {
  #now: Orbit;
  #goal: Orbit;
  #flight: Flight | null = null;
  #spin: { azimuth: number; elevation: number } | null = null;

  constructor(
    start: Orbit,
    public limits: OrbitLimits,
    /** True when the visitor asked for less motion: then all moves are cuts. */
    public reduced: boolean,
    /** What the camera may not pass; null where nothing is known of the model. */
    private readonly surfaces: Surfaces | null = null,
  ) {
    this.#now = this.#goal = limited(start, limits);
  }

  get now(): Orbit {
    return this.#now;
  }

  /** Where the camera will come to rest. */
  get goal(): Orbit {
    return this.#flight?.to ?? this.#goal;
  }

  get moving(): boolean {
    return this.#flight !== null || this.#spin !== null || this.#now !== this.#goal;
  }

  rotate(azimuth: number, elevation: number): void {
    this.#aim(this.#turned(this.goal, azimuth, elevation));
  }

  /** Moves as far as the model stays in sight; at its edge along one axis of the screen only. */
  pan(toRight: number, toUp: number): void {
    const from = this.goal;
    const steps = [[toRight, toUp], [toRight, 0], [0, toUp]] as const;
    const to = steps.map(([x, y]) => panned(from, x, y)).find((each) => this.#mayMove(from, each));
    if (to) this.#aim(to);
  }

  /** Zooms; `anchorOf` gives the point on the plane of a target that keeps its place on screen. */
  dolly(factor: number, anchorOf?: (orbit: Orbit) => Vec3): void {
    const nearer = this.#refocusing(factor);
    const from = refocused(this.goal, nearer);
    this.#now = refocused(this.#now, nearer);
    this.#aim(this.#dollied(from, factor, anchorOf?.(from)));
  }

  /** Whether zooming by a factor would move the camera. */
  canDolly(factor: number): boolean {
    const from = refocused(this.goal, this.#refocusing(factor));
    const step = distance(positionOf(from), positionOf(this.#dollied(from, factor)));
    return step > 0.01 * from.distance;
  }

  /** Lets the camera turn on after a drag, at this speed in radians a second. */
  glide(azimuth: number, elevation: number): void {
    if (!this.reduced) this.#spin = { azimuth, elevation };
  }

  stop(): void {
    this.#spin = null;
    this.#flight = null;
    this.#goal = this.#now;
  }

  fly(to: Orbit): void {
    const end = limited(to, this.limits);
    if (this.reduced) return this.jump(end);
    this.#spin = null;
    this.#flight = { from: this.#now, to: end, elapsed: 0 };
  }

  jump(to: Orbit): void {
    this.#spin = null;
    this.#flight = null;
    this.#now = this.#goal = limited(to, this.limits);
  }

  /** Goes on by some seconds; true while there is more to come. */
  step(seconds: number): boolean {
    if (this.#flight) this.#stepFlight(this.#flight, seconds);
    else this.#follow(seconds);
    return this.moving;
  }

  #turned(from: Orbit, azimuth: number, elevation: number): Orbit {
    const to = rotated(from, azimuth, elevation);
    const { surfaces, limits } = this;
    if (!surfaces) return limited(to, limits);
    const ways = evasions(from, to).map((each) => limited(each, limits));
    return ways.find((each) => surfaces.allows(from, each)) ?? from;
  }

  #mayMove(from: Orbit, to: Orbit): boolean {
    if (!targetAllowed(to, this.limits)) return false;
    const { surfaces } = this;
    if (!surfaces) return true;
    return surfaces.allows(from, to) && (surfaces.inSight(to) || !surfaces.inSight(from));
  }

  /**
   * How much nearer the target goes before zooming in: on to the surface that hides it, so that the
   * camera slows down before it. One that is reached goes on to what lies behind.
   */
  #refocusing(factor: number): number {
    if (factor >= 1 || !this.surfaces) return 0;
    const { goal, limits } = this;
    const nearer = this.surfaces.before(goal);
    const reached = goal.distance * factor < limits.minDistance;
    if (nearer <= 0 && !reached) return 0;
    const least = Math.min(goal.distance, this.#now.distance) - nearer;
    return least >= limits.minDistance && targetAllowed(refocused(goal, nearer), limits) ? nearer : 0;
  }

  #dollied(from: Orbit, factor: number, anchor?: Vec3): Orbit {
    const to = dollied(from, factor, this.limits, anchor);
    return factor < 1 && this.surfaces ? this.surfaces.approached(from, to) : to;
  }

  #aim(orbit: Orbit): void {
    this.#flight = null;
    this.#spin = null;
    this.#goal = limited(orbit, this.limits);
    if (this.reduced) this.#now = this.#goal;
  }

  #stepFlight(flight: Flight, seconds: number): void {
    flight.elapsed += seconds;
    const share = Math.min(flight.elapsed / FLIGHT, 1);
    this.#now = this.#goal = between(flight.from, flight.to, eased(share));
    if (share === 1) this.#flight = null;
  }

  #follow(seconds: number): void {
    if (this.#spin) {
      const { azimuth, elevation } = this.#spin;
      this.#goal = this.#turned(this.#goal, azimuth * seconds, elevation * seconds);
      const left = Math.exp(-seconds / GLIDE);
      this.#spin = { azimuth: azimuth * left, elevation: elevation * left };
      if (Math.hypot(this.#spin.azimuth, this.#spin.elevation) < 0.02) this.#spin = null;
    }
    const next = follow(this.#now, this.#goal, 1 - Math.exp(-seconds / FOLLOW));
    this.#now = alike(next, this.#goal) ? this.#goal : next;
  }
}

/** Like `between`, but the azimuth counts turns: a long swipe is not cut short. */
function follow(now: Orbit, goal: Orbit, share: number): Orbit {
  const azimuth = now.azimuth + (goal.azimuth - now.azimuth) * share;
  return { ...between(now, goal, share), azimuth };
}
