/**
 * The site from above: nodes, their links, hotspots and the model's outline.
 *
 * World frame: +X east, +Y up, -Z north. On the plan -Z is up and +X to the right, in CSS pixels
 * from the top left. Headings are clockwise from -Z, radians.
 */

import { type ScaleBar, scaleBar } from "./format";
import { isDrawn } from "./links";
import type { Hotspot, Node, WorldFrame } from "./manifest.gen";
import { type Box, clamp, type Vec3 } from "./vector";

export type PlanPoint = readonly [x: number, y: number];

/** What is known of a site. */
export interface PlanSite {
  readonly nodes: readonly Node[];
  readonly hotspots: readonly Hotspot[];
  readonly bounds: Box | null;
  readonly world: WorldFrame;
}

/** A plan drawn to fit a frame. */
export interface PlanDrawing {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlanPoint[];
  /** Pairs of indices into `nodes`, each once. */
  readonly links: readonly (readonly [number, number])[];
  readonly hotspots: readonly PlanPoint[];
  /** Corners of the model's box, top left and bottom right; null where there is none. */
  readonly outline: readonly [PlanPoint, PlanPoint] | null;
  /** Null where there are no metres or the plan is only a sketch. */
  readonly bar: ScaleBar | null;
  /** Whether up on the plan is north. */
  readonly north: boolean;
  /** Distances on the plan tell nothing. */
  readonly sketch: boolean;
  /** Where a point of the world is; outside the frame it is brought to its edge. */
  at(point: Vec3): PlanPoint;
}

/** A model that is larger than this many times the walk is cut off at the frame. */
const MOST_MODEL = 3;

/** Fits the site into a frame; `margin` px stay free around the nodes. */
export function planOf(site: PlanSite, width: number, height: number, margin: number): PlanDrawing {
  const places = site.nodes.map(({ pose }) => pose.position);
  const spots = site.hotspots.map(({ position }) => position);
  const view = fit(frameOf(places, spots, site.bounds), width, height, margin);
  const edge = Math.min(margin, width / 2, height / 2) / 2;
  const at = (point: Vec3): PlanPoint => {
    const [x, y] = view.place(point);
    return [clamp(x, edge, width - edge), clamp(y, edge, height - edge)];
  };
  const drawn = site.nodes.some(({ pose }) => isDrawn(pose));
  const sketch = drawn || site.world.up === "assumed";
  const metric = site.world.scale === "metric" && !sketch && places.length + spots.length > 1;
  return {
    width,
    height,
    nodes: places.map(at),
    links: pairsOf(site.nodes),
    hotspots: spots.map(at),
    outline: site.bounds && [view.place(site.bounds.min), view.place(site.bounds.max)],
    bar: metric ? scaleBar(1 / view.pixels, width / 3) : null,
    north: site.world.north === "true" && !drawn,
    sketch,
    at,
  };
}

/** The rectangle x, z, width, depth of the world that a plan shows. */
type Frame = readonly [x: number, z: number, width: number, depth: number];

function frameOf(places: readonly Vec3[], spots: readonly Vec3[], bounds: Box | null): Frame {
  const all = [...places, ...spots];
  const walk = all.length > 0 ? boxAround(all) : null;
  if (!bounds) return walk ?? [0, 0, 1, 1];
  const model: Frame = boxAround([bounds.min, bounds.max]);
  if (!walk) return model;
  const size = Math.max(walk[2], walk[3]);
  if (places.length > 1 && Math.max(model[2], model[3]) > MOST_MODEL * size) return grown(walk, size);
  return boxAround([...all, bounds.min, bounds.max]);
}

function boxAround(points: readonly Vec3[]): Frame {
  const xs = points.map(([x]) => x);
  const zs = points.map(([, , z]) => z);
  const [x, z] = [Math.min(...xs), Math.min(...zs)];
  return [x, z, Math.max(...xs) - x, Math.max(...zs) - z];
}

const grown = ([x, z, width, depth]: Frame, by: number): Frame => [x - by / 2, z - by / 2, width + by, depth + by];

/** Pixels a world unit, and where points come to lie; a single point lies in the middle. */
function fit([x, z, wide, deep]: Frame, width: number, height: number, margin: number) {
  const room = (side: number): number => Math.max(side - 2 * margin, 1);
  const across = Math.max(wide, 1e-9);
  const along = Math.max(deep, 1e-9);
  const pixels = Math.max(wide, deep) > 1e-9 ? Math.min(room(width) / across, room(height) / along) : 1;
  const place = (point: Vec3): PlanPoint => [
    width / 2 + (point[0] - x - wide / 2) * pixels,
    height / 2 + (point[2] - z - deep / 2) * pixels,
  ];
  return { pixels, place };
}

function pairsOf(nodes: readonly Node[]): [number, number][] {
  const index = new Map(nodes.map(({ id }, place) => [id, place]));
  const pairs = new Map<string, [number, number]>();
  nodes.forEach(({ links }, from) => {
    for (const { to } of links ?? []) {
      const end = index.get(to);
      if (end === undefined || end === from) continue;
      const pair: [number, number] = from < end ? [from, end] : [end, from];
      pairs.set(pair.join(), pair);
    }
  });
  return [...pairs.values()];
}

/** How high a plan of a width should be, so that the site fills it: between two bounds. */
export function planHeight(site: PlanSite, width: number, margin: number, least: number, most: number): number {
  const places = site.nodes.map(({ pose }) => pose.position);
  const spots = site.hotspots.map(({ position }) => position);
  const [, , wide, deep] = frameOf(places, spots, site.bounds);
  const room = width - 2 * margin;
  return Math.round(clamp((deep / Math.max(wide, 1e-9)) * room + 2 * margin, least, most));
}

/** The field of view as a path around the origin that looks up the plan: turn it by the heading. */
export function conePath(fov: number, radius: number): string {
  const half = clamp(fov, 0.1, 0.95 * Math.PI) / 2;
  const [x, y] = [radius * Math.sin(half), -radius * Math.cos(half)].map((each) => each.toFixed(1));
  return `M0 0L-${x} ${y}A${radius} ${radius} 0 0 1 ${x} ${y}Z`;
}

/** Horizontal field of view of a screen, from the vertical one; radians. */
export const fovAcross = (fov: number, aspect: number): number => 2 * Math.atan(Math.tan(fov / 2) * aspect);

/** The point nearest to a tap, when one is within reach; a tie goes to another than `current`. */
export function nearestPoint(
  points: readonly PlanPoint[],
  [x, y]: PlanPoint,
  reach: number,
  current = -1,
): number | null {
  let best: number | null = null;
  let least = reach;
  points.forEach((point, index) => {
    const away = Math.hypot(point[0] - x, point[1] - y) + (index === current ? 0.5 : 0);
    if (away <= least) [best, least] = [index, away];
  });
  return best;
}

/** The next point in the direction of an arrow key, straight ahead before aside; null at the end. */
export function pointTowards(
  points: readonly PlanPoint[],
  from: number,
  [dx, dy]: PlanPoint,
): number | null {
  const origin = points[from];
  if (!origin) return null;
  let best: number | null = null;
  let least = Number.POSITIVE_INFINITY;
  points.forEach(([x, y], index) => {
    const ahead = (x - origin[0]) * dx + (y - origin[1]) * dy;
    const aside = Math.abs((x - origin[0]) * dy - (y - origin[1]) * dx);
    const cost = ahead + 2 * aside;
    if (ahead > 0.5 && cost < least) [best, least] = [index, cost];
  });
  return best;
}

/** The size of a label in pixels. */
export interface LabelSize {
  readonly width: number;
  readonly height: number;
}

/** Where a label lies, its top left. */
export interface LabelPlace extends LabelSize {
  readonly x: number;
  readonly y: number;
}

/**
 * Finds a place beside its dot for each label where it covers no dot and no other label; the first
 * in `order` choose first. A label without a place is null.
 */
export function placeLabels(
  dots: readonly PlanPoint[],
  sizes: readonly LabelSize[],
  order: readonly number[],
  frame: LabelSize,
  dotRadius: number,
): (LabelPlace | null)[] {
  const placed: (LabelPlace | null)[] = dots.map(() => null);
  const taken: LabelPlace[] = dots.map(([x, y]) => ({
    x: x - dotRadius,
    y: y - dotRadius,
    width: 2 * dotRadius,
    height: 2 * dotRadius,
  }));
  for (const index of order) {
    const [dot, size] = [dots[index], sizes[index]];
    if (!dot || !size) continue;
    const place = besides(dot, size, dotRadius + 3).find(
      (each) => isInside(each, frame) && !taken.some((other) => overlap(each, other)),
    );
    if (!place) continue;
    placed[index] = place;
    taken.push(place);
  }
  return placed;
}

function besides([x, y]: PlanPoint, { width, height }: LabelSize, gap: number): LabelPlace[] {
  const at = (left: number, top: number): LabelPlace => ({ x: left, y: top, width, height });
  return [
    at(x + gap, y - height / 2),
    at(x - gap - width, y - height / 2),
    at(x - width / 2, y + gap),
    at(x - width / 2, y - gap - height),
  ];
}

const isInside = ({ x, y, width, height }: LabelPlace, frame: LabelSize): boolean =>
  x >= 0 && y >= 0 && x + width <= frame.width && y + height <= frame.height;

const overlap = (a: LabelPlace, b: LabelPlace): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
