/** What lies under a place on the screen: the nearest point of a cloud, the nearest triangle. */

import { inverted, type Matrix, mapped, turned } from "./matrix";
import { dot, scale, sub, type Vec3 } from "./vector";

/** Coordinates in the array of a vertex buffer: x, y, z from `offset` on, the next `stride` later. */
export interface Coordinates {
  readonly array: ArrayLike<number>;
  readonly stride: number;
  readonly offset: number;
  readonly count: number;
  /** What a stored 1 is: quantised coordinates are shares of a whole. */
  readonly unit: number;
}

export interface ScreenSpot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** How far a point may be from the spot, CSS pixels. */
  readonly radius: number;
}

export interface PointHit {
  readonly index: number;
  readonly local: Vec3;
  /** Along the view. */
  readonly depth: number;
  /** From the spot, CSS pixels. */
  readonly pixels: number;
  /** Depth, made worse by pixels: the smaller the better. */
  readonly score: number;
}

/** A point at the rim counts as this share farther away than one in the middle. */
const RIM = 0.03;

/**
 * The point in front within some pixels of a spot; of those about as near, the one in the middle.
 *
 * clipFromLocal: projection, view and place of the cloud, column-major; allows: whether a point is
 * on show at all.
 */
export function nearestPoint(
  points: Coordinates,
  clipFromLocal: Matrix,
  spot: ScreenSpot,
  allows: (local: Vec3) => boolean = () => true,
): PointHit | null {
  const m = Array.from({ length: 16 }, (_, i) => clipFromLocal[i] as number);
  const { array, stride, offset, count, unit } = points;
  const [wantedX, wantedY] = [(spot.x / spot.width) * 2 - 1, 1 - (spot.y / spot.height) * 2];
  const [perX, perY] = [spot.width / 2, spot.height / 2];
  const most = spot.radius ** 2;
  let best: PointHit | null = null;
  for (let index = 0, i = offset; index < count; index++, i += stride) {
    const x = (array[i] as number) * unit;
    const y = (array[i + 1] as number) * unit;
    const z = (array[i + 2] as number) * unit;
    const w = m[3]! * x + m[7]! * y + m[11]! * z + m[15]!;
    if (w <= 1e-6 || (best && w > best.score)) continue;
    const right = ((m[0]! * x + m[4]! * y + m[8]! * z + m[12]!) / w - wantedX) * perX;
    const up = ((m[1]! * x + m[5]! * y + m[9]! * z + m[13]!) / w - wantedY) * perY;
    const square = right * right + up * up;
    if (square > most) continue;
    const score = w * (1 + (RIM * square) / most);
    if (best && score >= best.score) continue;
    if (!allows([x, y, z])) continue;
    best = { index, local: [x, y, z], depth: w, pixels: Math.sqrt(square), score };
  }
  return best;
}

export interface Ray {
  readonly origin: Vec3;
  readonly direction: Vec3;
}

/** From where to where a ray counts, in lengths of its direction. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The part of a ray below a height; null when there is none. */
export function spanBelow({ origin, direction }: Ray, height: number): Span | null {
  const whole = { from: 0, to: Number.POSITIVE_INFINITY };
  if (height === Number.POSITIVE_INFINITY) return whole;
  const above = origin[1] - height;
  if (direction[1] === 0) return above <= 0 ? whole : null;
  const crossing = -above / direction[1];
  if (direction[1] > 0) return crossing > 0 ? { from: 0, to: crossing } : null;
  return { from: Math.max(crossing, 0), to: Number.POSITIVE_INFINITY };
}

/**
 * Where a ray first meets triangles, in lengths of its direction; null where it meets none.
 *
 * corners: three numbers a vertex; index: three a triangle, null: the vertices follow each other.
 * One ray over half a million triangles takes some 10 ms, less than to build a tree over them.
 * Intersection: Moeller and Trumbore, Fast, Minimum Storage Ray/Triangle Intersection, 1997.
 */
export function nearestTriangle(
  corners: ArrayLike<number>,
  index: ArrayLike<number> | null,
  { origin, direction }: Ray,
  span: Span,
): number | null {
  const [ox, oy, oz] = origin;
  const [dx, dy, dz] = direction;
  const count = index ? index.length : corners.length / 3;
  let best = span.to;
  for (let i = 0; i + 2 < count; i += 3) {
    const a = 3 * (index ? (index[i] as number) : i);
    const b = 3 * (index ? (index[i + 1] as number) : i + 1);
    const c = 3 * (index ? (index[i + 2] as number) : i + 2);
    const ax = corners[a] as number;
    const ay = corners[a + 1] as number;
    const az = corners[a + 2] as number;
    const ux = (corners[b] as number) - ax;
    const uy = (corners[b + 1] as number) - ay;
    const uz = (corners[b + 2] as number) - az;
    const vx = (corners[c] as number) - ax;
    const vy = (corners[c + 1] as number) - ay;
    const vz = (corners[c + 2] as number) - az;
    const px = dy * vz - dz * vy;
    const py = dz * vx - dx * vz;
    const pz = dx * vy - dy * vx;
    const det = ux * px + uy * py + uz * pz;
    if (det === 0) continue;
    const tx = ox - ax;
    const ty = oy - ay;
    const tz = oz - az;
    const u = (tx * px + ty * py + tz * pz) / det;
    if (u < 0 || u > 1) continue;
    const qx = ty * uz - tz * uy;
    const qy = tz * ux - tx * uz;
    const qz = tx * uy - ty * ux;
    const v = (dx * qx + dy * qy + dz * qz) / det;
    if (v < 0 || u + v > 1) continue;
    const t = (vx * qx + vy * qy + vz * qz) / det;
    if (t > span.from && t < best) best = t;
  }
  return best < span.to ? best : null;
}

/** A ray of the world in the frame that a map brings into the world; lengths along it are kept. */
export function rayInside(worldFromLocal: Matrix, { origin, direction }: Ray): Ray | null {
  const localFromWorld = inverted(worldFromLocal);
  return localFromWorld && { origin: mapped(localFromWorld, origin), direction: turned(localFromWorld, direction) };
}

/** Whether a ray passes a ball, made larger by some length for each length along the ray. */
export function passes({ origin, direction }: Ray, centre: Vec3, radius: number, perLength: number): boolean {
  const to = sub(centre, origin);
  const along = Math.max(dot(to, direction), 0);
  const off = sub(to, scale(direction, along));
  const reach = radius + (along + radius) * perLength;
  return dot(off, off) <= reach * reach;
}
