/** Where a camera on one spot looks: geometry of the screen, limits, and moves over time. */

import { nearestTurn } from "./orbit";
import { anglesOf, rayOf } from "./sphere";
import { add, clamp, cross, eased, scale, unit, type Vec3 } from "./vector";

export interface Gaze {
  /** Clockwise from -Z, radians. */
  readonly heading: number;
  readonly pitch: number;
  /** Vertical field of view, radians. */
  readonly fov: number;
}

/** The screen, CSS pixels; the axis of the camera meets it dx, dy left of and above its middle. */
export interface Lens {
  readonly width: number;
  readonly height: number;
  readonly dx: number;
  readonly dy: number;
}

const DEGREE = Math.PI / 180;
const HALF_TURN = Math.PI / 2;
/** Seconds in which the rest of the way to the goal shrinks to 1/e. */
const FOLLOW = 0.08;
/** Seconds in which the speed of a glide shrinks to 1/e. */
const GLIDE = 0.32;
const FLIGHT = 0.7;

const MIN_FOV = 30 * DEGREE;
const MAX_FOV = 100 * DEGREE;
/** Straight lines at the edges of a wider picture look bent. */
const MAX_FOV_ACROSS = 120 * DEGREE;

export interface FovLimits {
  readonly least: number;
  readonly most: number;
}

export const fovLimits = (aspect: number): FovLimits => ({
  least: MIN_FOV,
  most: Math.min(MAX_FOV, 2 * Math.atan(Math.tan(MAX_FOV_ACROSS / 2) / aspect)),
});

/** 90 degrees from left to right, or what suits a narrow or a low screen. */
export const usualFov = (aspect: number): number =>
  clamp(2 * Math.atan(1 / aspect), 50 * DEGREE, 80 * DEGREE);

/** Pixels a radian in the middle of the picture. */
export const focalOf = (fov: number, height: number): number => height / 2 / Math.tan(fov / 2);

/** Unit vectors in the world: along the view, to the right of and up the screen. */
export function axesOf({ heading, pitch }: Gaze): { ahead: Vec3; right: Vec3; up: Vec3 } {
  const ahead = rayOf({ yaw: heading, pitch });
  const right: Vec3 = [Math.cos(heading), 0, Math.sin(heading)];
  return { ahead, right, up: cross(right, ahead) };
}

/** How far a point of the screen is to the right of the axis and above it, as slopes. */
function slopesOf(fov: number, lens: Lens, x: number, y: number): [number, number] {
  const focal = focalOf(fov, lens.height);
  return [(x - lens.width / 2 + lens.dx) / focal, (lens.height / 2 - lens.dy - y) / focal];
}

/** The unit vector in the world through a point of the screen. */
export function rayThrough(gaze: Gaze, lens: Lens, x: number, y: number): Vec3 {
  const [aside, above] = slopesOf(gaze.fov, lens, x, y);
  const { ahead, right, up } = axesOf(gaze);
  return unit(add(ahead, add(scale(right, aside), scale(up, above))));
}

/**
 * The gaze that shows a direction at a point of the screen: the world follows a finger so.
 *
 * With slopes a, b and the camera level across, the sine of the ray's pitch is
 * (b cos p + sin p) / |(a, b, 1)|, which gives the pitch p; the heading follows.
 */
export function grabbed(gaze: Gaze, lens: Lens, x: number, y: number, ray: Vec3): Gaze {
  const [aside, above] = slopesOf(gaze.fov, lens, x, y);
  const reach = Math.hypot(aside, above, 1);
  const { yaw } = anglesOf(ray);
  const lift = Math.asin(clamp((ray[1] * reach) / Math.hypot(above, 1), -1, 1));
  const pitch = clamp(lift - Math.atan(above), -HALF_TURN, HALF_TURN);
  const across = Math.atan2(aside, Math.cos(pitch) - above * Math.sin(pitch));
  const heading = gaze.heading + nearestTurn(yaw - across - gaze.heading);
  return { ...gaze, heading, pitch };
}

interface Flight {
  readonly from: Gaze;
  readonly to: Gaze;
  elapsed: number;
}

/** The gaze over time: it follows a goal, glides on after a drag, or turns to something. */
export class GazeMotion {
  #now: Gaze;
  #goal: Gaze;
  #flight: Flight | null = null;
  #spin: { heading: number; pitch: number } | null = null;

  constructor(
    start: Gaze,
    public limits: FovLimits,
    /** True when the visitor asked for less motion: then all moves are cuts. */
    public reduced: boolean,
  ) {
    this.#now = this.#goal = this.#limited(start);
  }

  get now(): Gaze {
    return this.#now;
  }

  /** Where the camera will come to rest. */
  get goal(): Gaze {
    return this.#flight?.to ?? this.#goal;
  }

  /** It turns to something by itself. */
  get flying(): boolean {
    return this.#flight !== null;
  }

  get moving(): boolean {
    return this.#flight !== null || this.#spin !== null || this.#now !== this.#goal;
  }

  /** Turns to the right and up. */
  turn(heading: number, pitch: number): void {
    const from = this.goal;
    this.#aim({ ...from, heading: from.heading + heading, pitch: from.pitch + pitch });
  }

  /** Shows a direction at a point of the screen, at once; returns what it turned by. */
  grab(lens: Lens, x: number, y: number, ray: Vec3): { heading: number; pitch: number } {
    const from = this.#now;
    this.jump(grabbed(from, lens, x, y, ray));
    return { heading: this.#now.heading - from.heading, pitch: this.#now.pitch - from.pitch };
  }

  /** Zooms; the direction at a point of the screen keeps its place where one is given. */
  zoom(factor: number, lens?: Lens, x = 0, y = 0): void {
    const from = this.goal;
    const to = this.#limited({ ...from, fov: from.fov * factor });
    if (!lens) return this.#aim(to);
    this.#aim(grabbed(to, lens, x, y, rayThrough(from, lens, x, y)));
  }

  canZoom(factor: number): boolean {
    const { fov } = this.goal;
    return Math.abs(this.#limited({ ...this.goal, fov: fov * factor }).fov - fov) > 0.01 * fov;
  }

  /** Lets the camera turn on after a drag, at this speed in radians a second. */
  glide(heading: number, pitch: number): void {
    if (!this.reduced) this.#spin = { heading, pitch };
  }

  stop(): void {
    this.#spin = null;
    this.#flight = null;
    this.#goal = this.#now;
  }

  /** Turns to a direction, the shorter way round. */
  fly(to: Partial<Gaze>): void {
    const end = this.#limited({ ...this.goal, ...to });
    const heading = this.#now.heading + nearestTurn(end.heading - this.#now.heading);
    if (this.reduced) return this.jump(end);
    this.#spin = null;
    this.#flight = { from: this.#now, to: { ...end, heading }, elapsed: 0 };
  }

  jump(to: Partial<Gaze>): void {
    this.#spin = null;
    this.#flight = null;
    this.#now = this.#goal = this.#limited({ ...this.goal, ...to });
  }

  /** Goes on by some seconds; true while there is more to come. */
  step(seconds: number): boolean {
    if (this.#flight) this.#stepFlight(this.#flight, seconds);
    else this.#follow(seconds);
    return this.moving;
  }

  #limited(gaze: Gaze): Gaze {
    return {
      heading: gaze.heading,
      pitch: clamp(gaze.pitch, -HALF_TURN, HALF_TURN),
      fov: clamp(gaze.fov, this.limits.least, this.limits.most),
    };
  }

  #aim(to: Gaze): void {
    this.#flight = null;
    this.#spin = null;
    this.#goal = this.#limited(to);
    if (this.reduced) this.#now = this.#goal;
  }

  #stepFlight(flight: Flight, seconds: number): void {
    flight.elapsed += seconds;
    const share = Math.min(flight.elapsed / FLIGHT, 1);
    this.#now = this.#goal = mixed(flight.from, flight.to, eased(share));
    if (share === 1) this.#flight = null;
  }

  #follow(seconds: number): void {
    if (this.#spin) {
      const { heading, pitch } = this.#spin;
      const goal = this.#goal;
      this.#now = this.#goal = this.#limited({
        ...goal,
        heading: goal.heading + heading * seconds,
        pitch: goal.pitch + pitch * seconds,
      });
      const left = Math.exp(-seconds / GLIDE);
      this.#spin = { heading: heading * left, pitch: pitch * left };
      if (Math.hypot(this.#spin.heading, this.#spin.pitch) < 0.02) this.#spin = null;
      return;
    }
    const next = mixed(this.#now, this.#goal, 1 - Math.exp(-seconds / FOLLOW));
    this.#now = alike(next, this.#goal) ? this.#goal : next;
  }
}

/** A share of the way; the heading counts turns. */
export const mixed = (from: Gaze, to: Gaze, share: number): Gaze => ({
  heading: from.heading + (to.heading - from.heading) * share,
  pitch: from.pitch + (to.pitch - from.pitch) * share,
  fov: from.fov * (to.fov / from.fov) ** share,
});

/** The same to less than a pixel. */
function alike(a: Gaze, b: Gaze): boolean {
  const near = 3e-4 * b.fov;
  return (
    Math.abs(a.heading - b.heading) < near &&
    Math.abs(a.pitch - b.pitch) < near &&
    Math.abs(a.fov - b.fov) < near
  );
}
