/** A cloud as small triangles, for all that asks a model where its surfaces are. */

/** Points that stand for the whole: a tree over as many triangles is built in 20 ms. */
const MOST = 20_000;

/**
 * Nine numbers a triangle, one around each of at most 20,000 points.
 *
 * xyz: three numbers a point, in the world; size: the edge of a triangle. Which way a surface looks
 * is not known, so the triangles lean in turn to each of the four diagonals of a cube: a ray that
 * comes near meets some.
 */
export function surfelsOf(xyz: ArrayLike<number>, size: number): Float32Array {
  const count = Math.floor(xyz.length / 3);
  const step = Math.max(Math.ceil(count / MOST), 1);
  const kept = Math.ceil(count / step);
  const corners = new Float32Array(9 * kept);
  // Corners of a regular triangle of edge 1 around the middle, across the diagonal (1, 1, 1).
  const reach = Math.sqrt(2) / 3;
  for (let k = 0; k < kept; k++) {
    const [signY, signZ] = [k & 1 ? -1 : 1, k & 2 ? -1 : 1];
    for (let corner = 0; corner < 3; corner++)
      for (let axis = 0; axis < 3; axis++) {
        const sign = axis === 1 ? signY : axis === 2 ? signZ : 1;
        const off = (axis === corner ? reach : -reach / 2) * sign * size;
        corners[9 * k + 3 * corner + axis] = (xyz[3 * step * k + axis] as number) + off;
      }
  }
  return corners;
}
