/** Where points of the world lie on the screen, and which of them stands in front. */

import type { Vec3 } from "./vector";

/** A point on the screen, in CSS pixels from the top left; depth along the view, 0 at the camera. */
export interface ScreenPoint {
  readonly x: number;
  readonly y: number;
  readonly depth: number;
  /** In front of the camera and within the edges. */
  readonly inside: boolean;
}

/** clipFromWorld: projection times view, column-major; the screen is `width` x `height` px. */
export function screenFromWorld(
  clipFromWorld: ArrayLike<number>,
  point: Vec3,
  width: number,
  height: number,
): ScreenPoint {
  const m = (row: number): number =>
    (clipFromWorld[row] as number) * point[0] +
    (clipFromWorld[row + 4] as number) * point[1] +
    (clipFromWorld[row + 8] as number) * point[2] +
    (clipFromWorld[row + 12] as number);
  const w = m(3);
  if (w <= 1e-9) return { x: -1, y: -1, depth: w, inside: false };
  const x = (m(0) / w / 2 + 0.5) * width;
  const y = (0.5 - m(1) / w / 2) * height;
  return { x, y, depth: w, inside: x >= 0 && x <= width && y >= 0 && y <= height };
}

/** The rank of each point from back (0) to front; equal depths keep their order. */
export function frontRanks(points: readonly ScreenPoint[]): number[] {
  const order = points.map((point, index) => ({ depth: point.depth, index }));
  order.sort((a, b) => b.depth - a.depth || a.index - b.index);
  const ranks = new Array<number>(points.length).fill(0);
  order.forEach(({ index }, rank) => {
    ranks[index] = rank;
  });
  return ranks;
}

/** Which side of a marker its label goes to, so that it stays on the screen. */
export const labelSide = (x: number, width: number): "left" | "right" =>
  x > width / 2 ? "left" : "right";
