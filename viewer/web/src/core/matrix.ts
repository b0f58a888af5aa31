/** 4 x 4 matrices of affine maps, column-major, in float64: as tour.json and tilesets write them. */

import type { Vec3 } from "./vector";

export type Matrix = ArrayLike<number>;

export const IDENTITY: readonly number[] = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** The map that does `b` first, then `a`. */
export function multiplied(a: Matrix, b: Matrix): number[] {
  const product = new Array<number>(16).fill(0);
  for (let column = 0; column < 4; column++)
    for (let row = 0; row < 4; row++)
      for (let k = 0; k < 4; k++)
        product[4 * column + row]! += (a[4 * k + row] as number) * (b[4 * column + k] as number);
  return product;
}

/** The inverse of an affine map; null where it has none. */
export function inverted(m: Matrix): number[] | null {
  const at = (row: number, column: number): number => m[4 * column + row] as number;
  const minor = (row: number, column: number): number => {
    const [r, s] = [(row + 1) % 3, (row + 2) % 3];
    const [c, d] = [(column + 1) % 3, (column + 2) % 3];
    return at(r, c) * at(s, d) - at(r, d) * at(s, c);
  };
  const determinant = at(0, 0) * minor(0, 0) + at(0, 1) * minor(0, 1) + at(0, 2) * minor(0, 2);
  if (!Number.isFinite(1 / determinant)) return null;
  const inverse = [...IDENTITY];
  for (let row = 0; row < 3; row++)
    for (let column = 0; column < 3; column++) inverse[4 * column + row] = minor(column, row) / determinant;
  const moved = turned(inverse, [at(0, 3), at(1, 3), at(2, 3)]);
  for (let axis = 0; axis < 3; axis++) inverse[12 + axis] = -(moved[axis] as number);
  return inverse;
}

/** A point under a map. */
export function mapped(m: Matrix, point: Vec3): Vec3 {
  const [x, y, z] = turned(m, point);
  return [x + (m[12] as number), y + (m[13] as number), z + (m[14] as number)];
}

/** A direction under a map, its length included. */
export function turned(m: Matrix, [x, y, z]: Vec3): Vec3 {
  const row = (i: number): number =>
    (m[i] as number) * x + (m[i + 4] as number) * y + (m[i + 8] as number) * z;
  return [row(0), row(1), row(2)];
}

/** How much longer a map makes things, along the axis that it stretches least. */
export const leastScale = (m: Matrix): number =>
  Math.min(...[0, 4, 8].map((i) => Math.hypot(m[i] as number, m[i + 1] as number, m[i + 2] as number)));

/**
 * What a tileset's own frame (ECEF where it has an anchor) is in the world.
 *
 * A manifest gives the place of the frame below the root's transform; a viewer of 3D Tiles works in
 * the frame above it, where coordinates are millions of metres: both are undone here, in float64,
 * before anything becomes float32.
 */
export function worldFromRoot(worldFromTileset: Matrix, rootTransform: Matrix | undefined): number[] | null {
  const undo = inverted(rootTransform ?? IDENTITY);
  return undo && multiplied(worldFromTileset, undo);
}
