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

/** Half of an arrow, and from its middle down to the edges of its name, CSS pixels. */
const MARK = 23;
const NAME_TOP = 25;
const NAME_BOTTOM = 50;

/**
 * Which points show the name below their arrows: at most three, the nearest to the middle first.
 *
 * widths: of the names. A name lies between the bars (top and bottom, CSS pixels that they cover)
 * and over no other name and no arrow.
 */
export function namedPoints(
  points: readonly ScreenPoint[],
  widths: readonly number[],
  size: { width: number; height: number },
  bars: { top: number; bottom: number },
): boolean[] {
  const off = ({ x, y }: ScreenPoint): number => Math.hypot(x - size.width / 2, y - size.height / 2);
  const inside = points.map((_, index) => index).filter((index) => points[index]?.inside);
  const order = inside.sort((a, b) => off(points[a] as ScreenPoint) - off(points[b] as ScreenPoint));
  const named: number[] = [];
  for (const index of order) {
    const { x, y } = points[index] as ScreenPoint;
    const half = (widths[index] ?? 0) / 2;
    const free =
      x >= half && x + half <= size.width && y + NAME_TOP >= bars.top && y + NAME_BOTTOM <= size.height - bars.bottom;
    const clear = inside.every((other) => {
      if (other === index) return true;
      const { x: ox, y: oy } = points[other] as ScreenPoint;
      const overName = named.includes(other);
      const reach = overName ? Math.max((widths[other] ?? 0) / 2, MARK) : MARK;
      const above = oy - MARK >= y + NAME_BOTTOM;
      return Math.abs(ox - x) >= half + reach || above || oy + (overName ? NAME_BOTTOM : MARK) <= y + NAME_TOP;
    });
    if (free && clear && named.length < 3) named.push(index);
  }
  return points.map((_, index) => named.includes(index));
}

/** Which side of a marker its label goes to, so that it stays on the screen. */
export const labelSide = (x: number, width: number): "left" | "right" =>
  x > width / 2 ? "left" : "right";
