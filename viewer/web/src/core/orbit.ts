/**
 * The camera as an orbit around a target, and its limits.
 *
 * Angles are radians. Azimuth 0 stands south of the target and looks north (-Z); it grows towards
 * the east, so that a growing azimuth turns the scene to the left. Elevation grows upwards.
 */

import { add, type Box, clamp, clampToBox, cross, distance, dot, grown, length, mix } from "./vector";
import { radiusOf, scale, sub, unit, type Vec3 } from "./vector";

export interface Orbit {
  readonly target: Vec3;
  readonly distance: number;
  readonly azimuth: number;
  readonly elevation: number;
}

/** A camera by its position and what it looks at: the form of the manifest and of links. */
export interface View {
  readonly position: Vec3;
  readonly target: Vec3;
}

export interface OrbitLimits {
  readonly minDistance: number;
  readonly maxDistance: number;
  readonly minElevation: number;
  readonly maxElevation: number;
  /** The target stays in here, so that the model cannot be lost. */
  readonly targets: Box;
  /** The camera stays above this height. */
  readonly floor: number;
}

const DEGREE = Math.PI / 180;
const TURN = 2 * Math.PI;

/** Unit vector from the target to the camera. */
export function directionOf(azimuth: number, elevation: number): Vec3 {
  const flat = Math.cos(elevation);
  return [flat * Math.sin(azimuth), Math.sin(elevation), flat * Math.cos(azimuth)];
}

export const positionOf = (orbit: Orbit): Vec3 =>
  add(orbit.target, scale(directionOf(orbit.azimuth, orbit.elevation), orbit.distance));

export const viewOf = (orbit: Orbit): View => ({ position: positionOf(orbit), target: orbit.target });

export function orbitOf(view: View): Orbit {
  const offset = sub(view.position, view.target);
  const size = Math.max(length(offset), 1e-9);
  return {
    target: view.target,
    distance: size,
    azimuth: Math.atan2(offset[0], offset[2]),
    elevation: Math.asin(clamp(offset[1] / size, -1, 1)),
  };
}

/** Limits that suit a model of this size; `start` is always allowed, with room to zoom both ways. */
export function limitsFor(bounds: Box, start?: Orbit): OrbitLimits {
  const radius = Math.max(radiusOf(bounds), 1e-6);
  const limits = {
    minDistance: radius * 0.02,
    maxDistance: radius * 4,
    minElevation: -35 * DEGREE,
    maxElevation: 89 * DEGREE,
    targets: grown(bounds, radius * 0.1),
    floor: bounds.min[1] - radius * 0.02,
  };
  if (!start) return limits;
  return {
    ...limits,
    minDistance: Math.min(limits.minDistance, start.distance / 4),
    maxDistance: Math.max(limits.maxDistance, start.distance * 1.5),
    minElevation: Math.min(limits.minElevation, start.elevation),
    targets: {
      min: clampToBox(start.target, { min: [-Infinity, -Infinity, -Infinity], max: limits.targets.min }),
      max: clampToBox(start.target, { min: limits.targets.max, max: [Infinity, Infinity, Infinity] }),
    },
    floor: Math.min(limits.floor, positionOf(start)[1]),
  };
}

/** Whether the target of an orbit is one that is allowed. */
export const targetAllowed = ({ target }: Orbit, { targets }: OrbitLimits): boolean =>
  distance(target, clampToBox(target, targets)) === 0;

/**
 * The nearest orbit within the limits.
 *
 * Where the camera would dive below the floor the elevation gives way, and where even looking
 * straight down does not help, the target rises.
 */
export function limited(orbit: Orbit, limits: OrbitLimits): Orbit {
  const inside = clampToBox(orbit.target, limits.targets);
  const reach = clamp(orbit.distance, limits.minDistance, limits.maxDistance);
  const lift = limits.floor - inside[1] - reach * Math.sin(limits.maxElevation);
  const target: Vec3 = lift > 0 ? add(inside, [0, lift, 0]) : inside;
  const lowest = Math.asin(clamp((limits.floor - target[1]) / reach, -1, 1));
  const least = Math.min(Math.max(limits.minElevation, lowest), limits.maxElevation);
  const elevation = clamp(orbit.elevation, least, limits.maxElevation);
  return { target, distance: reach, azimuth: orbit.azimuth, elevation };
}

export const rotated = (orbit: Orbit, azimuth: number, elevation: number): Orbit => ({
  ...orbit,
  azimuth: orbit.azimuth + azimuth,
  elevation: orbit.elevation + elevation,
});

/** Unit vectors to the right of and up the screen, in the world. */
export function screenAxes(orbit: Orbit): { right: Vec3; up: Vec3 } {
  const right: Vec3 = [Math.cos(orbit.azimuth), 0, -Math.sin(orbit.azimuth)];
  return { right, up: cross(directionOf(orbit.azimuth, orbit.elevation), right) };
}

/** Moves the camera with its target by shares of the distance, along the screen's axes. */
export function panned(orbit: Orbit, toRight: number, toUp: number): Orbit {
  const { right, up } = screenAxes(orbit);
  const shift = add(scale(right, toRight * orbit.distance), scale(up, toUp * orbit.distance));
  return { ...orbit, target: add(orbit.target, shift) };
}

/** Scales the distance; `anchor`, a point on the plane of the target, keeps its place on screen. */
export function dollied(orbit: Orbit, factor: number, limits: OrbitLimits, anchor?: Vec3): Orbit {
  const reach = clamp(orbit.distance * factor, limits.minDistance, limits.maxDistance);
  const real = reach / orbit.distance;
  const target = anchor ? mix(anchor, orbit.target, real) : orbit.target;
  return { ...orbit, target, distance: reach };
}

/** The same view with its target nearer by a length: on what the camera looks at. */
export const refocused = (orbit: Orbit, nearer: number): Orbit => ({
  ...orbit,
  target: add(orbit.target, scale(directionOf(orbit.azimuth, orbit.elevation), nearer)),
  distance: orbit.distance - nearer,
});

/** A share of the straight way between two orbits that look in the same direction. */
export const mixed = (from: Orbit, to: Orbit, share: number): Orbit => ({
  ...to,
  target: mix(from.target, to.target, share),
  distance: from.distance + (to.distance - from.distance) * share,
});

/**
 * Other orbits to take where the way to one is barred, the best first: without the lift, nearer to
 * the target, higher, both.
 */
export function evasions(from: Orbit, to: Orbit): Orbit[] {
  const evading = (share: number, lift: number): Orbit => ({
    ...to,
    distance: to.distance * share,
    elevation: to.elevation + lift * DEGREE,
  });
  return [to, { ...to, elevation: from.elevation }, ...EVASIONS.map(([share, lift]) => evading(share, lift))];
}

/** Shares of the distance, and lifts in degrees. */
const EVASIONS = [
  [0.9, 0], [0.8, 0], [0.65, 0], [0.5, 0], [1, 6], [1, 12], [1, 20], [1, 30], [0.7, 15], [0.5, 30], [0.35, 10],
] as const;

/** From one orbit to another: the shorter way round, the distance by equal factors. */
export function between(from: Orbit, to: Orbit, t: number): Orbit {
  const turn = nearestTurn(to.azimuth - from.azimuth);
  return {
    target: mix(from.target, to.target, t),
    distance: from.distance * (to.distance / from.distance) ** t,
    azimuth: from.azimuth + turn * t,
    elevation: from.elevation + (to.elevation - from.elevation) * t,
  };
}

/** The same angle between minus and plus half a turn. */
export const nearestTurn = (angle: number): number => angle - TURN * Math.round(angle / TURN);

/** True when two orbits look the same on a screen: to a thousandth of the distance. */
export function alike(a: Orbit, b: Orbit): boolean {
  const near = 1e-3;
  return (
    distance(a.target, b.target) < near * b.distance &&
    Math.abs(a.distance - b.distance) < near * b.distance &&
    Math.abs(a.azimuth - b.azimuth) < near &&
    Math.abs(a.elevation - b.elevation) < near
  );
}

/**
 * Where to stand to look at a point: as near to today's direction as the model allows.
 *
 * shows: whether the point can be seen well from a camera position.
 */
export function orbitTowards(
  point: Vec3,
  from: Orbit,
  reach: number,
  limits: OrbitLimits,
  shows: (position: Vec3) => boolean,
): Orbit {
  const level = clamp(from.elevation, 5 * DEGREE, 40 * DEGREE);
  for (const [turn, lift] of SEARCH) {
    const candidate = limited(
      { target: point, distance: reach, azimuth: from.azimuth + turn, elevation: level + lift },
      limits,
    );
    if (shows(positionOf(candidate))) return candidate;
  }
  return limited({ target: point, distance: reach, azimuth: from.azimuth, elevation: level }, limits);
}

/** Turns and lifts to try, the smallest first. */
const SEARCH: readonly (readonly [number, number])[] = [0, 20, 40, 65, 90, 120, 150, 180]
  .flatMap((turn) => [0, 20, 40].map((lift) => [turn, lift] as const))
  .sort((a, b) => a[0] + a[1] - (b[0] + b[1]))
  .flatMap(([turn, lift]) => (turn === 0 || turn === 180 ? [[turn, lift]] : [[turn, lift], [-turn, lift]]))
  .map(([turn, lift]) => [(turn ?? 0) * DEGREE, (lift ?? 0) * DEGREE] as const);

/** The point where a ray through the screen meets the plane through the target, facing the camera. */
export function pointOnTargetPlane(orbit: Orbit, origin: Vec3, direction: Vec3): Vec3 {
  const normal = directionOf(orbit.azimuth, orbit.elevation);
  const slope = dot(unit(direction), normal);
  if (Math.abs(slope) < 1e-6) return orbit.target;
  const along = dot(sub(orbit.target, origin), normal) / slope;
  return add(origin, scale(unit(direction), along));
}
