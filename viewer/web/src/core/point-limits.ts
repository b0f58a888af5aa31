/** How many points a device bears, how fine they are loaded and how large they are drawn. */

import type { Device } from "./quality";

const MEBI = 2 ** 20;

export interface PointLimits {
  /** Bytes of GPU memory for points; the same again lies in main memory, for picking. */
  readonly bytes: number;
  /** Points in one frame. */
  readonly points: number;
  /** The spacing of the points on show, in CSS pixels, where finer ones can be had. */
  readonly errorTarget: number;
  /** Whether depth is shaded (eye-dome lighting) unless the visitor says otherwise. */
  readonly shaded: boolean;
  /** Downloads at a time. */
  readonly parallel: number;
}

/**
 * The library's own limit of 0.3 to 0.4 GiB ends the page on phones.
 *
 * A point takes 12 bytes there: three 16-bit coordinates and a colour, each padded to four bytes.
 */
export function pointLimits(device: Device): PointLimits {
  const weak = (device.cores ?? 4) < 4 || (device.memoryGiB ?? 4) < 4;
  const thrifty = device.saveData === true || /2g|3g/.test(device.network ?? "");
  const errorTarget = (device.mobile ? 2.5 : 1.8) * (weak ? 1.3 : 1) * (thrifty ? 2 : 1);
  const parallel = thrifty ? 3 : 6;
  if (device.mobile)
    return { bytes: (weak ? 48 : 96) * MEBI, points: weak ? 6e5 : 1.2e6, errorTarget, shaded: !weak, parallel };
  return { bytes: (weak ? 128 : 256) * MEBI, points: weak ? 1.5e6 : 4e6, errorTarget, shaded: true, parallel };
}

const MOST_ERROR = 64;

/** What a view takes. */
export interface Load {
  readonly points: number;
  /** Of the tiles in view. */
  readonly bytes: number;
  /** More is wanted than there is room for; what is out of view may make some. */
  readonly refused: boolean;
}

/**
 * The next error target: coarser while there are too many points or the memory is full, finer again
 * once there is room.
 */
export function nextTarget(now: number, limits: PointLimits, { points, bytes, refused }: Load): number {
  const load = Math.max(points / limits.points, bytes / limits.bytes);
  if (load >= 1 || (refused && load > 0.6)) return Math.min(now * 1.25, MOST_ERROR);
  // Half the spacing means up to four times the points.
  if (load < 0.5) return Math.max(now / 1.1, limits.errorTarget);
  return now;
}

/** Least and most pixels of a point, CSS. */
export const POINT_PX = { least: 1.5, most: 24 } as const;

/** Discs on a square grid leave no gaps when their diameter is the diagonal of a square. */
export const COVER = Math.SQRT2;

export interface PointSize {
  /** CSS pixels of one metre that is one metre away. */
  readonly focal: number;
  /** The spacing that the tile was made with, metres. */
  readonly spacing: number;
  /** The spacing of the finest tiles, metres. */
  readonly finest: number;
  /** What is loaded finer than this tile has a spacing of about this on the screen, CSS pixels. */
  readonly target: number;
  /** Whether all finer tiles that are wanted are on show. */
  readonly refined: boolean;
}

/**
 * The diameter of a point in CSS pixels at a distance: points touch and do not smear.
 *
 * A tile's points are as far apart as its spacing until finer ones fill the gaps; then they are as
 * far apart as the target allows, or as the finest ones are. The vertex shader computes the same.
 */
export function pointPixels({ focal, spacing, finest, target, refined }: PointSize, distance: number): number {
  const own = (COVER * spacing * focal) / distance;
  const filled = COVER * Math.max((finest * focal) / distance, target);
  return Math.min(Math.max(refined ? Math.min(own, filled) : own, POINT_PX.least), POINT_PX.most);
}
