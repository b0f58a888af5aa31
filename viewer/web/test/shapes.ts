/** Models that several tests stand in: nine numbers a triangle, in the world. */

/** A bumpy square ground of n x n cells around the origin, two triangles each. */
export function ground(n: number): Float32Array {
  const corners: number[] = [];
  const at = (i: number, j: number): number[] => [i - n / 2, Math.sin(i) * Math.cos(j), j - n / 2];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      corners.push(...at(i, j), ...at(i + 1, j), ...at(i, j + 1));
      corners.push(...at(i + 1, j), ...at(i + 1, j + 1), ...at(i, j + 1));
    }
  return new Float32Array(corners);
}

/** A wall at z = 0 that faces south, from -10 to 10 and 20 high, in cells of 1 m. */
export function wall(): Float32Array {
  const corners: number[] = [];
  for (let x = -10; x < 10; x++)
    for (let y = 0; y < 20; y++) {
      corners.push(x, y, 0, x + 1, y, 0, x, y + 1, 0);
      corners.push(x + 1, y, 0, x + 1, y + 1, 0, x, y + 1, 0);
    }
  return new Float32Array(corners);
}
