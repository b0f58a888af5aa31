/** Which tiles of a panorama's pyramid a view needs, the most urgent first. */

import { focalOf, type Gaze, type Lens, rayThrough } from "./gaze";
import type { Panorama, PyramidLevel } from "./manifest.gen";
import { anglesOf, inverse, type Quaternion, turned } from "./sphere";
import type { Vec3 } from "./vector";

export interface TileId {
  readonly level: number;
  readonly col: number;
  readonly row: number;
}

export const keyOf = ({ level, col, row }: TileId): string => `${level}/${col}_${row}`;

/** The base image, which comes before all tiles. */
export const BASE_WIDTH = 1024;

/** So many rays along each edge of the screen find all tiles on it. */
const RAYS = 24;
/** The screen grown by this share, so that tiles are there before they are seen. */
const MARGIN = 0.08;
/** The eye does not see the single pixels of a dense screen: more texels a CSS pixel pay nothing. */
const DENSE = 1.2;

/** Texels that a CSS pixel deserves. */
export const densityFor = (pixelRatio: number, saveData: boolean): number =>
  saveData ? Math.min(pixelRatio, 0.8) : Math.min(pixelRatio, DENSE);

/** Bytes of a square RGBA8 texture with its mipmaps. */
export const tileBytes = (size: number): number => Math.ceil((size * size * 4 * 4) / 3);

/** The coarsest level that is sharp: as many texels as the screen has pixels in its middle. */
export function levelFor(
  levels: readonly PyramidLevel[],
  fov: number,
  height: number,
  density: number,
): number {
  const width = 2 * Math.PI * focalOf(fov, height) * density;
  const found = levels.findIndex((level) => level.width >= width);
  return found < 0 ? levels.length - 1 : found;
}

/**
 * The levels to load for a finest one, coarse to fine: every second one.
 *
 * A step of 4 in width is a picture that grows sharp at once; a step of 2 would cost a third more
 * bytes before the sharp picture.
 */
export function levelsUpTo(levels: readonly PyramidLevel[], finest: number): number[] {
  const chosen: number[] = [];
  for (let level = finest; level >= 0; level -= 2) {
    if ((levels[level]?.width ?? 0) > BASE_WIDTH) chosen.unshift(level);
  }
  return chosen;
}

/** A direction on the screen, and how far it is from the middle: 0, to about 1 in the corners. */
interface Sample {
  readonly yaw: number;
  readonly pitch: number;
  readonly off: number;
}

/** Directions in the panorama all over the screen and a little beyond. */
function samplesOf(gaze: Gaze, lens: Lens, rotation: Quaternion): Sample[] {
  const panoFromWorld = inverse(rotation);
  const samples: Sample[] = [];
  for (let i = 0; i <= RAYS; i++) {
    for (let j = 0; j <= RAYS; j++) {
      const [u, v] = [(i / RAYS) * 2 - 1, (j / RAYS) * 2 - 1];
      const x = ((1 + u * (1 + 2 * MARGIN)) / 2) * lens.width;
      const y = ((1 + v * (1 + 2 * MARGIN)) / 2) * lens.height;
      const ray: Vec3 = turned(panoFromWorld, rayThrough(gaze, lens, x, y));
      samples.push({ ...anglesOf(ray), off: Math.hypot(u, v) / Math.SQRT2 });
    }
  }
  return samples;
}

/** The tiles of one level under the samples, from the middle of the screen outwards. */
function tilesUnder(
  samples: readonly Sample[],
  { cols, rows }: PyramidLevel,
  level: number,
): TileId[] {
  const found = new Map<number, number>();
  for (const { yaw, pitch, off } of samples) {
    const col = Math.min(Math.floor((yaw / (2 * Math.PI) + 0.5) * cols), cols - 1);
    const row = Math.min(Math.floor((0.5 - pitch / Math.PI) * rows), rows - 1);
    const index = row * cols + col;
    if (off < (found.get(index) ?? Number.POSITIVE_INFINITY)) found.set(index, off);
  }
  return [...found]
    .sort((a, b) => a[1] - b[1] || a[0] - b[0])
    .map(([index]) => ({ level, col: index % cols, row: Math.floor(index / cols) }));
}

export interface TileView {
  readonly gaze: Gaze;
  readonly lens: Lens;
  readonly rotation: Quaternion;
  readonly density: number;
}

/**
 * All tiles that a view needs, coarse before fine and from the middle outwards.
 *
 * budget: bytes that they may take together; where the sharp level does not fit, a coarser one
 * must do.
 */
export function tilesFor(
  panorama: Pick<Panorama, "levels" | "tile_size">,
  view: TileView,
  budget: number,
): TileId[] {
  const { levels } = panorama;
  if (levels.length === 0) return [];
  const samples = samplesOf(view.gaze, view.lens, view.rotation);
  const sharp = levelFor(levels, view.gaze.fov, view.lens.height, view.density);
  for (let finest = sharp; finest >= 0; finest--) {
    const tiles = levelsUpTo(levels, finest).flatMap((level) =>
      tilesUnder(samples, levels[level] as PyramidLevel, level),
    );
    if (tiles.length * tileBytes(panorama.tile_size) <= budget) return tiles;
  }
  return [];
}

/** Where a tile lies on the sphere: radians in the panorama. */
export function areaOf(
  { col, row }: Pick<TileId, "col" | "row">,
  { cols, rows }: Pick<PyramidLevel, "cols" | "rows">,
): { yaw: number; top: number; width: number; height: number } {
  const width = (2 * Math.PI) / cols;
  const height = Math.PI / rows;
  return { yaw: (col + 0.5) * width - Math.PI, top: Math.PI / 2 - row * height, width, height };
}

/** The tile's file, relative to the package. */
export const uriOf = (template: string, { level, col, row }: TileId, ext: string): string =>
  template
    .replaceAll("{level}", String(level))
    .replaceAll("{col}", String(col))
    .replaceAll("{row}", String(row))
    .replaceAll("{ext}", ext);
