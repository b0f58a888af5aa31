/** Where the camera stands when a tour opens. */

import type { ViewPoint } from "./manifest.gen";
import { directionOf, type Orbit, orbitOf, positionOf, screenAxes } from "./orbit";
import { add, type Box, centreOf, dot, length, scale, sub, unit, type Vec3 } from "./vector";

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
/**
 * The share of what a wide screen shows that a narrow one shows too, if the rest takes much room.
 * At 0.8 a phone lost the left pillar of an arch.
 */
const SHOWN = 0.88;
/** Cut must leave less than this share of the width, else nothing is cut. */
const SAVES = 0.75;
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

/** How far it is from a place to the model in some direction. */
type Room = (from: Vec3, direction: Vec3) => number;

/**
 * The first orbit: the viewpoint of the manifest, else one that shows the whole model.
 *
 * corners: three numbers a point, of all triangles, in the world; main: the box around most;
 * keep: places that shall be seen if a wide screen shows them; room: how far the camera can go
 * from a position before it meets the model.
 * Where a screen is too narrow for the viewpoint the camera keeps its direction, but moves aside
 * and back until the middle of the picture fits, then up or down; never through a wall.
 */
export function startOrbit(
  start: ViewPoint | null,
  corners: Float32Array,
  main: Box,
  screen: Screen,
  keep: readonly Vec3[] = [],
  room: Room = () => Number.POSITIVE_INFINITY,
): Orbit {
  const wide = { ...screen, aspect: Math.max(screen.aspect, REFERENCE_ASPECT / screen.free.width) };
  const orbit = start ? orbitOf(start) : orbitOnAll(corners, main, wide);
  if (wide.aspect === screen.aspect) return orbit;
  const middle = windowOf(orbit, corners, keep, screen.fov);
  const aimed = shifted(orbit, scale(screenAxes(orbit).right, middle.aside * orbit.distance), room);
  const most = room(positionOf(aimed), directionOf(aimed.azimuth, aimed.elevation)) * ROOM;
  const back = Math.min(stepBack(aimed, middle, screen), most);
  const fitting = { ...aimed, distance: aimed.distance + back };
  return shifted(fitting, toMiddleHeight(fitting, middle.points), room);
}

/** The orbit with its eye and target moved, unless the model is in the way. */
function shifted(orbit: Orbit, by: Vec3, room: Room): Orbit {
  const free = room(positionOf(orbit), unit(by)) * ROOM >= length(by);
  return free ? { ...orbit, target: add(orbit.target, by) } : orbit;
}

/** How to move up or down until as much of the points lies above the middle as below. */
function toMiddleHeight(orbit: Orbit, points: Float32Array): Vec3 {
  const back = directionOf(orbit.azimuth, orbit.elevation);
  const { up } = screenAxes(orbit);
  const eye = positionOf(orbit);
  const slopes = samplesOf(points).map((point) => {
    const offset = sub(point, eye);
    return -dot(offset, up) / dot(offset, back);
  });
  slopes.sort((a, b) => a - b);
  const middle = (quantile(slopes, BEYOND) + quantile(slopes, 1 - BEYOND)) / 2;
  return scale(up, middle * orbit.distance);
}

function orbitOnAll(corners: Float32Array, main: Box, screen: Screen): Orbit {
  const near = centred({ target: centreOf(main), distance: 1e-6, ...FROM }, corners);
  const reach = (near.distance + fittingStep(near, corners, screen)) * AIR;
  return { ...near, distance: Math.max(reach, 1e-6) };
}

/** What a narrow screen shows of the picture on a wide one. */
interface Window {
  /** How far its middle is to the right of the axis, as a slope. */
  readonly aside: number;
  /** Half its width, as a slope. */
  readonly slope: number;
  /** The points of the model in it: three numbers each. */
  readonly points: Float32Array;
}

/**
 * The narrowest part of the picture with most points of the model and all of `keep`.
 *
 * The ends of cliffs and walls are cut so, not what is dense, as statues and buildings are. Where
 * that saves little, as with the front of one building, nothing is cut.
 */
function windowOf(
  orbit: Orbit,
  corners: Float32Array,
  keep: readonly Vec3[],
  fov: number,
): Window {
  const seen = pointsSeen(orbit, samplesOf(corners), fov);
  const kept = pointsSeen(orbit, keep, fov).map(({ aside }) => aside);
  const aside = seen.map((each) => each.aside).sort((a, b) => a - b);
  const whole = spanOf(aside, kept, 1);
  const most = spanOf(aside, kept, SHOWN);
  const span = most[1] - most[0] < SAVES * (whole[1] - whole[0]) ? most : whole;
  const inside = seen.filter((each) => each.aside >= span[0] && each.aside <= span[1]);
  return {
    aside: (span[0] + span[1]) / 2,
    slope: (span[1] - span[0]) / 2,
    points: Float32Array.from(inside.flatMap(({ point }) => point)),
  };
}

/** The shortest range that holds a share of the sorted values and all of `kept`. */
function spanOf(sorted: readonly number[], kept: readonly number[], share: number): [number, number] {
  const count = Math.max(Math.ceil(sorted.length * share), 1);
  let best: [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let first = 0; first + count <= sorted.length; first++) {
    const low = Math.min(sorted[first] as number, ...kept);
    const high = Math.max(sorted[first + count - 1] as number, ...kept);
    if (high - low < best[1] - best[0]) best = [low, high];
  }
  return Number.isFinite(best[0]) ? best : [0, 0];
}

/**
 * How far to step back until the window fits into a narrow screen from left to right.
 *
 * No further than it takes for the plane of the target, whatever lies far behind it.
 */
function stepBack(orbit: Orbit, { slope, points }: Window, { fov, aspect, free }: Screen): number {
  const width = free.width * EDGE;
  const wide = { fov, aspect, free: { width, height: Number.POSITIVE_INFINITY } };
  const narrow = slope / (Math.tan(fov / 2) * aspect * width);
  return Math.max(Math.min(fittingStep(orbit, points, wide, 0), orbit.distance * (narrow - 1)), 0);
}

interface Seen {
  readonly point: Vec3;
  /** How far to the right of the axis, as a slope. */
  readonly aside: number;
}

/** The points in the frame of a screen of the usual shape. */
function pointsSeen(orbit: Orbit, points: readonly Vec3[], fov: number): Seen[] {
  const back = directionOf(orbit.azimuth, orbit.elevation);
  const { right, up } = screenAxes(orbit);
  const eye = positionOf(orbit);
  const slope = Math.tan(fov / 2);
  return points.flatMap((point) => {
    const offset = sub(point, eye);
    const ahead = -dot(offset, back);
    const [aside, above] = [dot(offset, right) / ahead, dot(offset, up) / ahead];
    const inside = Math.abs(aside) <= slope * REFERENCE_ASPECT && Math.abs(above) <= slope;
    return ahead > 0 && inside ? [{ point, aside }] : [];
  });
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
