/** The camera as the stage draws it, whoever moves it: an orbit, a standpoint, a flight. */

import type { Gaze } from "./gaze";
import { nearestTurn, type Orbit, positionOf } from "./orbit";
import { eased, mix, type Vec3 } from "./vector";

export interface Eye {
  readonly position: Vec3;
  /** Clockwise from -Z, radians; a camera never rolls. */
  readonly heading: number;
  readonly pitch: number;
  /** Vertical field of view, radians. */
  readonly fov: number;
  /** About how far away it looks; null inside a panorama, where nothing is near or far. */
  readonly reach: number | null;
}

export const eyeOfOrbit = (orbit: Orbit, fov: number): Eye => ({
  position: positionOf(orbit),
  heading: -orbit.azimuth,
  pitch: -orbit.elevation,
  fov,
  reach: orbit.distance,
});

export const eyeOfGaze = (position: Vec3, gaze: Gaze): Eye => ({ position, ...gaze, reach: null });

/** A camera on its way from one pose to another. */
export class Flight {
  #elapsed = 0;

  constructor(
    private readonly from: Eye,
    private readonly to: Eye,
    private readonly seconds: number,
    /** Called with the share of the way, 0 to 1. */
    private readonly onShare: (share: number) => void,
  ) {}

  get eye(): Eye {
    return between(this.from, this.to, eased(this.#share));
  }

  get #share(): number {
    return this.seconds > 0 ? Math.min(this.#elapsed / this.seconds, 1) : 1;
  }

  /** Goes on by some seconds; true while there is more to come. */
  step(seconds: number): boolean {
    this.#elapsed += seconds;
    this.onShare(this.#share);
    return this.#share < 1;
  }
}

/** A share of the way between two poses, the shorter way round. */
export function between(from: Eye, to: Eye, share: number): Eye {
  const some = (a: number, b: number): number => a + (b - a) * share;
  const reach = from.reach ?? to.reach;
  return {
    position: mix(from.position, to.position, share),
    heading: from.heading + nearestTurn(to.heading - from.heading) * share,
    pitch: some(from.pitch, to.pitch),
    fov: some(from.fov, to.fov),
    reach: reach === null ? null : some(from.reach ?? reach, to.reach ?? reach),
  };
}
