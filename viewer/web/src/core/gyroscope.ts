/**
 * The attitude of a phone turned into where a visitor looks.
 *
 * Angles come as W3C Device Orientation tells them (www.w3.org/TR/orientation-event, section 3.1):
 * the phone is turned about its Z axis by alpha, then X by beta, then Y by gamma, from lying flat
 * with its top to the north. Earth frame: X east, Y north, Z up. Phone frame: X to the right, Y to
 * the top, Z out of the screen. One looks out of its back, along -Z.
 */

import type { Look } from "./links";
import { nearestTurn } from "./orbit";
import { clamp, type Vec3 } from "./vector";

export type Quaternion = readonly [x: number, y: number, z: number, w: number];

const DEGREE = Math.PI / 180;
/** Nearer than this to straight up or down the top of the screen tells the heading: cos(75 degrees). */
const STEEP = 0.26;
/** Seconds in which a shaking hand is evened out, and in which a turn is followed. */
const CALM = 0.14;
const QUICK = 0.025;
/** Radians a second: a hand shakes slower, a turn is faster. */
const TURNING = 1.2;
/** Seconds in which the pitch at switching on gives way to the phone's own. */
const SETTLE = 0.5;

/** earth_from_phone of the event's angles in degrees. */
export function attitudeOf(alphaDeg: number, betaDeg: number, gammaDeg: number): Quaternion {
  const [ca, cb, cg] = [alphaDeg, betaDeg, gammaDeg].map((angle) => Math.cos((angle * DEGREE) / 2)) as Triple;
  const [sa, sb, sg] = [alphaDeg, betaDeg, gammaDeg].map((angle) => Math.sin((angle * DEGREE) / 2)) as Triple;
  return [
    ca * sb * cg - sa * cb * sg,
    ca * cb * sg + sa * sb * cg,
    ca * sb * sg + sa * cb * cg,
    ca * cb * cg - sa * sb * sg,
  ];
}

type Triple = [number, number, number];

function rotated([x, y, z, w]: Quaternion, [a, b, c]: Vec3): Vec3 {
  const [tx, ty, tz] = [2 * (y * c - z * b), 2 * (z * a - x * c), 2 * (x * b - y * a)];
  return [a + w * tx + y * tz - z * ty, b + w * ty + z * tx - x * tz, c + w * tz + x * ty - y * tx];
}

/**
 * Where the back of the phone looks: heading clockwise from north, pitch upwards, radians.
 *
 * screenDeg: how far the picture is turned on the phone, as in `screen.orientation.angle`. It tells
 * the top of the screen, which gives the heading where one looks straight down or up.
 */
export function lookOf(attitude: Quaternion, screenDeg: number): Look {
  const out = rotated(attitude, [0, 0, -1]);
  const turn = screenDeg * DEGREE;
  const top = rotated(attitude, [Math.sin(turn), Math.cos(turn), 0]);
  const flat = Math.hypot(out[0], out[1]);
  const share = clamp(1 - flat / STEEP, 0, 1);
  const side = out[2] > 0 ? -1 : 1;
  const topFlat = Math.max(Math.hypot(top[0], top[1]), 1e-9);
  const along = (axis: 0 | 1): number =>
    (1 - share) * (out[axis] / Math.max(flat, 1e-9)) + (share * side * top[axis]) / topFlat;
  return { heading: Math.atan2(along(0), along(1)), pitch: Math.atan2(out[2], flat) };
}

/** The angle of the turn between two attitudes, radians. */
function angleBetween(a: Quaternion, b: Quaternion): number {
  const along = Math.abs(a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]);
  return 2 * Math.acos(Math.min(along, 1));
}

/** A share of the shorter way from one attitude to another near by. */
function between(a: Quaternion, b: Quaternion, share: number): Quaternion {
  const side = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3] < 0 ? -1 : 1;
  const mixed = a.map((each, i) => each + (side * (b[i] as number) - each) * share);
  const size = Math.hypot(...mixed);
  return mixed.map((each) => each / size) as unknown as Quaternion;
}

/** Follows a phone: calm while a hand shakes, quick while it turns. */
export class GyroscopeLook {
  #attitude: Quaternion | null = null;
  #first: Look | null = null;
  #seconds = 0;
  #since = 0;
  /** From the phone's heading to that of the view. */
  #turn = 0;
  /** From the phone's pitch to that of the view: of a drag, and of the moment of switching on. */
  #lift = 0;
  #settling = 0;

  /** The view at switching on, which goes on from there. */
  start(look: Look): void {
    this.#attitude = null;
    this.#first = look;
    this.#lift = 0;
  }

  /** A drag turns the view against the phone; radians. */
  shift(heading: number, pitch: number): void {
    this.#turn += heading;
    this.#lift = clamp(this.#lift + pitch, -Math.PI / 2, Math.PI / 2);
  }

  /** What the phone tells at a time in seconds; where to look now. */
  feel(alphaDeg: number, betaDeg: number, gammaDeg: number, screenDeg: number, seconds: number): Look {
    this.#attitude = this.#smoothed(attitudeOf(alphaDeg, betaDeg, gammaDeg), seconds);
    this.#seconds = seconds;
    const phone = lookOf(this.#attitude, screenDeg);
    if (this.#first) {
      this.#turn = this.#first.heading - phone.heading;
      this.#settling = this.#first.pitch - phone.pitch;
      this.#since = seconds;
      this.#first = null;
    }
    const settling = this.#settling * Math.exp(-(seconds - this.#since) / SETTLE);
    return {
      heading: nearestTurn(phone.heading + this.#turn),
      pitch: clamp(phone.pitch + this.#lift + settling, -Math.PI / 2, Math.PI / 2),
    };
  }

  #smoothed(attitude: Quaternion, seconds: number): Quaternion {
    const before = this.#attitude;
    const step = seconds - this.#seconds;
    // After a pause, as of a hidden page, the phone may be anywhere.
    if (!before || step > 0.5 || step < 0) return attitude;
    const speed = angleBetween(before, attitude) / Math.max(step, 1e-3);
    const quick = clamp(speed / TURNING, 0, 1);
    const time = CALM + (QUICK - CALM) * quick;
    return between(before, attitude, 1 - Math.exp(-step / time));
  }
}
