/** How large a model is, with and without the crumbs that reconstructions leave around it. */

import type { Box, Vec3 } from "./vector";

/** Triangles that follow one another along an axis without a gap. */
interface Run {
  readonly low: number;
  readonly high: number;
  readonly area: number;
}

/** The box around all triangles: nine numbers each, in the world. */
export function boundsOfTriangles(corners: Float32Array): Box {
  if (corners.length === 0) return { min: [0, 0, 0], max: [0, 0, 0] };
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < corners.length; i++) {
    const value = corners[i] as number;
    if (value < (low[i % 3] as number)) low[i % 3] = value;
    if (value > (high[i % 3] as number)) high[i % 3] = value;
  }
  return { min: low as unknown as Vec3, max: high as unknown as Vec3 };
}

/** So many of the points, evenly, some more than once where there are fewer: three numbers each. */
export function someOf(points: Float32Array, count: number): Float32Array {
  const of = (i: number): number => Math.floor((i * points.length) / 3 / count);
  return Float32Array.from({ length: 3 * count }, (_, i) => points[3 * of(Math.floor(i / 3)) + (i % 3)] as number);
}

/** The eight corners of a box. */
export const cornersOf = ({ min, max }: Box): Vec3[] =>
  [0, 1, 2, 3, 4, 5, 6, 7].map((i) => [(i & 1 ? max : min)[0], (i & 2 ? max : min)[1], (i & 4 ? max : min)[2]]);

/** Points all over a box: three numbers each. */
export function pointsOn({ min, max }: Box): Float32Array {
  const steps = 10;
  const at = (axis: 0 | 1 | 2, step: number): number => min[axis] + ((max[axis] - min[axis]) * step) / (steps - 1);
  const points: number[] = [];
  for (let i = 0; i < steps ** 3; i++)
    points.push(at(0, i % steps), at(1, Math.floor(i / steps) % steps), at(2, Math.floor(i / steps ** 2)));
  return Float32Array.from(points);
}

/**
 * The box around all but the crumbs.
 *
 * Crumbs float: along some axis there is a gap between them and the model, and all those at one
 * end have together no more than this share of the surface. What is thin but joined stays.
 */
export function mainBounds(corners: Float32Array, share = 0.02): Box {
  const areas = areasOf(corners);
  const total = areas.reduce((sum, area) => sum + area, 0);
  const ranges = ([0, 1, 2] as const).map((axis) => rangeOf(runsOf(corners, areas, axis), share * total));
  return {
    min: ranges.map(([low]) => low) as unknown as Vec3,
    max: ranges.map(([, high]) => high) as unknown as Vec3,
  };
}

/** From the first run to the last after those at either end are left out that this area pays for. */
function rangeOf(runs: readonly Run[], crumbs: number): [number, number] {
  const first = crumbsBefore(runs, crumbs);
  const last = runs.length - 1 - crumbsBefore([...runs].reverse(), crumbs);
  return [runs[first]?.low ?? 0, runs[last]?.high ?? 0];
}

function crumbsBefore(runs: readonly Run[], crumbs: number): number {
  let area = 0;
  const end = runs.findIndex((run) => (area += run.area) > crumbs);
  return Math.max(end, 0);
}

function runsOf(corners: Float32Array, areas: Float64Array, axis: 0 | 1 | 2): Run[] {
  const spans = Array.from(areas, (area, triangle): Run => {
    const at = (corner: number): number => corners[9 * triangle + 3 * corner + axis] as number;
    return { low: Math.min(at(0), at(1), at(2)), high: Math.max(at(0), at(1), at(2)), area };
  });
  spans.sort((a, b) => a.low - b.low);
  const runs: Run[] = [];
  for (const span of spans) {
    const last = runs[runs.length - 1];
    if (!last || span.low > last.high) runs.push(span);
    else {
      const high = Math.max(last.high, span.high);
      runs[runs.length - 1] = { low: last.low, high, area: last.area + span.area };
    }
  }
  return runs;
}

function areasOf(corners: Float32Array): Float64Array {
  const areas = new Float64Array(Math.floor(corners.length / 9));
  for (let triangle = 0; triangle < areas.length; triangle++) {
    const along = (side: 1 | 2, axis: 0 | 1 | 2): number =>
      (corners[9 * triangle + 3 * side + axis] as number) - (corners[9 * triangle + axis] as number);
    const [ux, uy, uz] = [along(1, 0), along(1, 1), along(1, 2)];
    const [vx, vy, vz] = [along(2, 0), along(2, 1), along(2, 2)];
    areas[triangle] = Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx) / 2;
  }
  return areas;
}
