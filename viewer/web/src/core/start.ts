/** Where the camera stands when a tour opens. */

import type { ViewPoint } from "./manifest.gen";
import { directionOf, type Orbit, orbitOf, positionOf, screenAxes } from "./orbit";
import { add, type Box, centreOf, dot, scale, sub, type Vec3 } from "./vector";

/** A little to the side and from above, as one would photograph it. */
const FROM = { azimuth: (28 * Math.PI) / 180, elevation: (16 * Math.PI) / 180 };
/** Some air around the model. */
const AIR = 1.06;
/** The share of the model that may lie beyond the edges: crumbs and the ends of long walls. */
const BEYOND = 0.02;
/** So many points say where the model is. */
const SAMPLES = 3000;
/** The viewpoints of manifests are chosen for about this width to height. */
const REFERENCE_ASPECT = 1.6;
/** Share of a narrow screen's width that is used, so that nothing touches its edges. */
const EDGE = 0.95;
/** Share of the room behind the camera that a step back may take. */
const ROOM = 0.85;

export interface Screen {
  /** Vertical field of view, radians. */
  readonly fov: number;
  readonly aspect: number;
  readonly free: { readonly width: number; readonly height: number };
}

/**
 * The first orbit: the viewpoint of the manifest, else one that shows the whole model.
 *
 * corners: three numbers a point, of all triangles, in the world; main: the box around most;
 * room: how far the camera can go from a position before it meets the model.
 * On a screen too narrow for the viewpoint the camera stands back, its eye still on the same
 * target, until all is seen that a screen of the usual shape shows from left to right. It goes no
 * further than it takes for the plane of the target, nor through a wall behind it.
 */
export function startOrbit(
  start: ViewPoint | null,
  corners: Float32Array,
  main: Box,
  screen: Screen,
  room: (from: Vec3, direction: Vec3) => number = () => Number.POSITIVE_INFINITY,
): Orbit {
  if (!start) {
    const near = centred({ target: centreOf(main), distance: 1e-6, ...FROM }, corners);
    const reach = (near.distance + fittingStep(near, corners, screen)) * AIR;
    return { ...near, distance: Math.max(reach, 1e-6) };
  }
  const orbit = orbitOf(start);
  const { fov, aspect, free } = screen;
  if (REFERENCE_ASPECT <= aspect * free.width) return orbit;
  const width = free.width * EDGE;
  const narrow = REFERENCE_ASPECT / (aspect * width);
  const wide = { fov, aspect, free: { width, height: Number.POSITIVE_INFINITY } };
  const seen = pointsSeen(orbit, corners, fov);
  const fits = Math.max(fittingStep(orbit, seen, wide, 0), 0);
  const back = directionOf(orbit.azimuth, orbit.elevation);
  const step = Math.min(fits, orbit.distance * (narrow - 1));
  const most = room(positionOf(orbit), back) * ROOM;
  return { ...orbit, distance: orbit.distance + Math.min(step, most) };
}

/** The points in the frame of a screen of the usual shape: three numbers each. */
function pointsSeen(orbit: Orbit, corners: Float32Array, fov: number): Float32Array {
  const back = directionOf(orbit.azimuth, orbit.elevation);
  const { right, up } = screenAxes(orbit);
  const eye = positionOf(orbit);
  const slope = Math.tan(fov / 2);
  const seen = samplesOf(corners).filter((point) => {
    const offset = sub(point, eye);
    const ahead = -dot(offset, back);
    if (ahead <= 0) return false;
    const sideways = Math.abs(dot(offset, right));
    return sideways <= ahead * slope * REFERENCE_ASPECT && Math.abs(dot(offset, up)) <= ahead * slope;
  });
  return Float32Array.from(seen.flat());
}

/** The orbit moved to the right or left until as much of the model lies at either side. */
function centred(orbit: Orbit, corners: Float32Array): Orbit {
  const { right } = screenAxes(orbit);
  const aside = samplesOf(corners).map((point) => dot(sub(point, orbit.target), right));
  aside.sort((a, b) => a - b);
  const middle = (quantile(aside, BEYOND) + quantile(aside, 1 - BEYOND)) / 2;
  return { ...orbit, target: add(orbit.target, scale(right, middle)) };
}

/**
 * How far to step back for (nearly) all points to lie in the free part of the screen.
 *
 * A point that lies x beside the axis and z ahead is seen within a slope s after a step of
 * x / s - z; negative where there is room to come nearer.
 */
function fittingStep(
  orbit: Orbit,
  corners: Float32Array,
  { fov, aspect, free }: Screen,
  beyond = BEYOND,
): number {
  const back = directionOf(orbit.azimuth, orbit.elevation);
  const { right, up } = screenAxes(orbit);
  const eye = positionOf(orbit);
  const slopeUp = Math.tan(fov / 2) * free.height;
  const slopeRight = Math.tan(fov / 2) * aspect * free.width;
  const steps = samplesOf(corners).map((point) => {
    const offset = sub(point, eye);
    const sideways = Math.abs(dot(offset, right)) / slopeRight;
    const upwards = Math.abs(dot(offset, up)) / slopeUp;
    return Math.max(sideways, upwards) + dot(offset, back);
  });
  return quantile(steps.sort((a, b) => a - b), 1 - beyond);
}

function samplesOf(corners: Float32Array): Vec3[] {
  const stride = 3 * Math.max(Math.floor(corners.length / 3 / SAMPLES), 1);
  const points: Vec3[] = [];
  for (let i = 0; i + 2 < corners.length; i += stride) {
    points.push([corners[i] as number, corners[i + 1] as number, corners[i + 2] as number]);
  }
  return points;
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.round((sorted.length - 1) * share)] ?? 0;
