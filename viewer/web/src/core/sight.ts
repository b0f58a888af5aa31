/** How far away the models are that are seen on the screen, by a grid of rays. */

import type { Box } from "./vector";

/** Columns and rows of rays over the screen. */
export const GRID = { columns: 11, rows: 9 } as const;

/** So much of what is seen of a model may be nearer: a scrap at the edge does not count for all. */
const NEARER = 0.1;

export interface Sight {
  readonly model: number;
  readonly distance: number;
}

/** Where the rays go through a screen: the middles of equal rectangles. */
export function spotsOf(width: number, height: number): [number, number][] {
  const { columns, rows } = GRID;
  return Array.from({ length: columns * rows }, (_, i) => [
    (((i % columns) + 0.5) / columns) * width,
    ((Math.floor(i / columns) + 0.5) / rows) * height,
  ]);
}

/** Whether a box may be in the picture: false when it lies beyond one edge, or behind. */
export function boxInView(clipFromWorld: ArrayLike<number>, { min, max }: Box): boolean {
  const corners = Array.from({ length: 8 }, (_, i) => {
    const at = (axis: 0 | 1 | 2): number => (i & (1 << axis) ? max : min)[axis];
    const row = (r: number): number =>
      [0, 1, 2].reduce((sum, axis) => sum + (clipFromWorld[4 * axis + r] as number) * at(axis as 0 | 1 | 2), clipFromWorld[12 + r] as number);
    return { x: row(0), y: row(1), w: row(3) };
  });
  const beyond = [({ x, w }) => x > w, ({ x, w }) => x < -w, ({ y, w }) => y > w, ({ y, w }) => y < -w] as ((c: {
    x: number;
    y: number;
    w: number;
  }) => boolean)[];
  return !beyond.some((test) => corners.every(test));
}

/** For each of so many models how far away the nearest tenth of what is seen of it is; null: not in view. */
export function distancesOf(sights: readonly (Sight | null)[], count: number): (number | null)[] {
  return Array.from({ length: count }, (_, model) => {
    const own = sights.filter((sight) => sight?.model === model).map((sight) => sight?.distance as number);
    own.sort((a, b) => a - b);
    return own[Math.floor(own.length * NEARER)] ?? null;
  });
}
