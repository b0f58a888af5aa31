/** How much of a model's tiles a device holds, and how fine they are. */

import type { Device } from "./quality";

const MEBI = 2 ** 20;
const MOST_ERROR = 64;

export interface MeshLimits {
  /** Bytes of GPU memory for tiles. */
  readonly bytes: number;
  /** Error of the tiles on show (of their surface, or the edge of a texel), CSS pixels. */
  readonly errorTarget: number;
  /** Downloads at a time. */
  readonly parallel: number;
  /** Faces on show that are searched for what a camera stays before: some 80 bytes each. */
  readonly groundFaces: number;
}

/** The library's own limit of 0.3 to 0.4 GiB ends the page on phones. */
export function meshLimits(device: Device): MeshLimits {
  const weak = (device.cores ?? 4) < 4 || (device.memoryGiB ?? 4) < 4;
  const thrifty = device.saveData === true || /2g|3g/.test(device.network ?? "");
  const errorTarget = (device.mobile ? 2.5 : 1.5) * (weak ? 1.4 : 1) * (thrifty ? 2 : 1);
  const bytes = (device.mobile ? (weak ? 96 : 192) : weak ? 256 : 640) * MEBI;
  const groundFaces = device.mobile || weak ? 150_000 : 500_000;
  return { bytes, errorTarget, parallel: thrifty ? 3 : 6, groundFaces };
}

/** What a view takes. */
export interface MeshLoad {
  /** Of the tiles in view. */
  readonly bytes: number;
  /** More is wanted than there is room for. */
  readonly refused: boolean;
}

/** The next error target: coarser while the memory is full, finer again once there is room. */
export function nextMeshTarget(now: number, limits: MeshLimits, { bytes, refused }: MeshLoad): number {
  const load = bytes / limits.bytes;
  if (load >= 1 || (refused && load > 0.6)) return Math.min(now * 1.25, MOST_ERROR);
  // Half the error means up to four times the texels.
  if (load < 0.4) return Math.max(now / 1.1, limits.errorTarget);
  return now;
}
