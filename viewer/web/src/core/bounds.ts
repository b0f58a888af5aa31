/** How large a model is, with and without the crumbs that reconstructions leave around it. */

import { type Box, radiusOf } from "./vector";

/** The box around all triangles: nine numbers each, in the world. */
export function boundsOfTriangles(corners: Float32Array): Box {
  return trimmedBounds(corners, 0);
}

/**
 * The box that leaves out this share of the corners at either end of each axis.
 *
 * Where trimming would take more than a third of the size away there are no crumbs but a model of
 * uneven density, and the whole box is returned.
 */
export function mainBounds(corners: Float32Array, share = 0.01): Box {
  const whole = trimmedBounds(corners, 0);
  const main = trimmedBounds(corners, share);
  return radiusOf(main) > (2 / 3) * radiusOf(whole) ? main : mostly(corners, whole, main);
}

/** Crumbs are few and far away: at a tenth of the share they must be gone already. */
function mostly(corners: Float32Array, whole: Box, main: Box): Box {
  const finer = trimmedBounds(corners, 0.003);
  return radiusOf(finer) < 1.5 * radiusOf(main) ? finer : whole;
}

function trimmedBounds(corners: Float32Array, share: number): Box {
  const count = Math.floor(corners.length / 3);
  const low: [number, number, number] = [0, 0, 0];
  const high: [number, number, number] = [0, 0, 0];
  const values = new Float32Array(count);
  for (const axis of [0, 1, 2] as const) {
    for (let i = 0; i < count; i++) values[i] = corners[3 * i + axis] as number;
    values.sort();
    const cut = Math.floor(count * share);
    low[axis] = values[cut] ?? 0;
    high[axis] = values[count - 1 - cut] ?? 0;
  }
  return { min: low, max: high };
}
