/** Small vectors and matrices. World frame: +X east, +Y up, -Z north; matrices column-major. */

export type Vec3 = readonly [number, number, number];

/** An axis-aligned box in the world. */
export interface Box {
  readonly min: Vec3;
  readonly max: Vec3;
}

export const add = (a: Vec3, b: Vec3): Vec3 => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const sub = (a: Vec3, b: Vec3): Vec3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const scale = (a: Vec3, s: number): Vec3 => [a[0] * s, a[1] * s, a[2] * s];
export const dot = (a: Vec3, b: Vec3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const length = (a: Vec3): number => Math.hypot(a[0], a[1], a[2]);
export const distance = (a: Vec3, b: Vec3): number => length(sub(a, b));

export const cross = (a: Vec3, b: Vec3): Vec3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** The vector of length 1 along `a`; `fallback` for a null vector. */
export function unit(a: Vec3, fallback: Vec3 = [0, 0, -1]): Vec3 {
  const size = length(a);
  return size > 1e-12 ? scale(a, 1 / size) : fallback;
}

export const mix = (a: Vec3, b: Vec3, t: number): Vec3 => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];

export const clamp = (x: number, low: number, high: number): number =>
  Math.min(Math.max(x, low), high);

/** From 0 to 1, slow at both ends. */
export const eased = (t: number): number => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);

export const clampToBox = (a: Vec3, box: Box): Vec3 => [
  clamp(a[0], box.min[0], box.max[0]),
  clamp(a[1], box.min[1], box.max[1]),
  clamp(a[2], box.min[2], box.max[2]),
];

export const centreOf = (box: Box): Vec3 => mix(box.min, box.max, 0.5);

/** Half the diagonal of a box: the radius of the sphere around it. */
export const radiusOf = (box: Box): number => distance(box.min, box.max) / 2;

/** The box grown by `margin` on every side. */
export const grown = (box: Box, margin: number): Box => ({
  min: sub(box.min, [margin, margin, margin]),
  max: add(box.max, [margin, margin, margin]),
});

export const boxesUnion = (a: Box, b: Box): Box => ({
  min: [Math.min(a.min[0], b.min[0]), Math.min(a.min[1], b.min[1]), Math.min(a.min[2], b.min[2])],
  max: [Math.max(a.max[0], b.max[0]), Math.max(a.max[1], b.max[1]), Math.max(a.max[2], b.max[2])],
});
