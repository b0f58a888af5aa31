/** Where the camera stands when a tour opens. */

import { framing, type Orbit, orbitOf } from "./orbit";
import type { ViewPoint } from "./manifest.gen";
import type { Box } from "./vector";

/** A little to the side and from above, as one would photograph it. */
const FROM = { azimuth: (28 * Math.PI) / 180, elevation: (16 * Math.PI) / 180 };
/** The shape of screen that a viewpoint is made for. */
const MADE_FOR = 1.5;
/** Some air around the model. */
const AIR = 1.06;

export interface Screen {
  /** Vertical field of view, radians. */
  readonly fov: number;
  readonly aspect: number;
  readonly free: { readonly width: number; readonly height: number };
}

/**
 * The first orbit: the viewpoint of the manifest, else one that shows the whole model.
 *
 * On a screen narrower than the viewpoint was made for the camera stands back, so that a phone
 * shows as much from left to right; not when it stands inside the model, where walls are behind it.
 */
export function startOrbit(start: ViewPoint | null, main: Box, screen: Screen): Orbit {
  if (!start) {
    const whole = framing(main, FROM, screen.fov, screen.aspect, screen.free);
    return { ...whole, distance: whole.distance * AIR };
  }
  const orbit = orbitOf(start);
  if (isWithin(start.position, main)) return orbit;
  const across = { width: screen.free.width, height: 1 };
  const needed = framing(main, orbit, screen.fov, screen.aspect, across).distance;
  const planned = framing(main, orbit, screen.fov, MADE_FOR).distance;
  return { ...orbit, distance: orbit.distance * Math.max(1, needed / planned) };
}

const isWithin = (point: readonly number[], { min, max }: Box): boolean =>
  [0, 1, 2].every((axis) => {
    const value = point[axis] as number;
    return value > (min[axis] as number) && value < (max[axis] as number);
  });

