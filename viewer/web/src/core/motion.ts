/** How the camera moves over time: it follows a goal with damping, glides on, or flies somewhere. */

import { alike, between, dollied, limited, type Orbit, type OrbitLimits, panned, rotated } from "./orbit";
import type { Vec3 } from "./vector";

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
    this.#aim(rotated(this.goal, azimuth, elevation));
  }

  pan(toRight: number, toUp: number): void {
    this.#aim(panned(this.goal, toRight, toUp));
  }

  dolly(factor: number, anchor?: Vec3): void {
    this.#aim(dollied(this.goal, factor, this.limits, anchor));
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

  #aim(orbit: Orbit): void {
    this.#flight = null;
    this.#spin = null;
    this.#goal = limited(orbit, this.limits);
    if (this.reduced) this.#now = this.#goal;
  }

  #stepFlight(flight: Flight, seconds: number): void {
    flight.elapsed += seconds;
    const share = Math.min(flight.elapsed / FLIGHT, 1);
    this.#now = this.#goal = between(flight.from, flight.to, ease(share));
    if (share === 1) this.#flight = null;
  }

  #follow(seconds: number): void {
    if (this.#spin) {
      const { azimuth, elevation } = this.#spin;
      this.#goal = limited(rotated(this.#goal, azimuth * seconds, elevation * seconds), this.limits);
      const left = Math.exp(-seconds / GLIDE);
      this.#spin = { azimuth: azimuth * left, elevation: elevation * left };
      if (Math.hypot(this.#spin.azimuth, this.#spin.elevation) < 0.02) this.#spin = null;
    }
    const next = follow(this.#now, this.#goal, 1 - Math.exp(-seconds / FOLLOW));
    this.#now = alike(next, this.#goal) ? this.#goal : next;
  }
}

const ease = (t: number): number => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);

/** Like `between`, but the azimuth counts turns: a long swipe is not cut short. */
function follow(now: Orbit, goal: Orbit, share: number): Orbit {
  const azimuth = now.azimuth + (goal.azimuth - now.azimuth) * share;
  return { ...between(now, goal, share), azimuth };
}
