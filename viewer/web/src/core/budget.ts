/** Which derivatives of a model a device bears: its memory, its textures, its network. */

import type { Derivative } from "./manifest.gen";
import { type Device, forWeb } from "./quality";

const MEBI = 2 ** 20;
/** The next derivative must cost so many times the bytes of one for that to be worth having. */
const WORTH = 1.4;

/** Bytes of GPU memory that all models together may take. */
export function memoryBudget(device: Device): number {
  let budget = 768 * MEBI;
  if (device.mobile) budget /= 3;
  if ((device.cores ?? 4) < 4) budget /= 2;
  if (device.memoryGiB !== undefined && device.memoryGiB < 4) budget /= 2;
  return budget;
}

/**
 * The part of this memory that the tiles of so many of all models may take; the rest is for derivatives.
 *
 * most: what tiles may take at all. Tiles are the finer, so they have one share more than they are models.
 */
export const tilesBudget = (memory: number, most: number, tiled: number, models: number): number =>
  tiled === 0 ? 0 : Math.min(most, (memory * (tiled + 1)) / (models + 1));

/** Bytes of one download that this network bears, or Infinity. */
export function transferBudget(device: Device): number {
  if (device.saveData) return 0.4e6;
  if (device.network === "slow-2g" || device.network === "2g") return 0.4e6;
  if (device.network === "3g") return 4e6;
  return device.mobile ? 16e6 : Number.POSITIVE_INFINITY;
}

/**
 * GPU memory of a derivative: its textures with their mipmaps as RGBA8; per face half a vertex
 * (16 bytes quantised, padded) and three indices, twice because the old one is still shown.
 */
export function memoryOf(derivative: Derivative): number {
  const texture = ((derivative.textures ?? 1) * (derivative.texture_px ?? 0) ** 2 * 4 * 4) / 3;
  const geometry = derivative.faces * (0.7 * 20 + 3 * 4);
  return texture + 2 * geometry;
}

/**
 * The derivatives that a device may load one after another, coarse to fine.
 *
 * The coarsest always comes first, whatever the device. One between is left out when the next
 * costs little more: whoever comes nearer would pay for both.
 */
export function loadingPlan(derivatives: readonly Derivative[], device: Device): Derivative[] {
  const [first, ...finer] = forWeb(derivatives);
  if (!first) return [];
  const memory = memoryBudget(device);
  const transfer = transferBudget(device);
  const allowed = finer.filter(
    (each) =>
      (each.texture_px ?? 0) <= device.maxTexture &&
      memoryOf(each) <= memory &&
      each.bytes <= transfer,
  );
  const worthwhile = allowed.filter((each, index) => {
    const next = allowed[index + 1];
    return next === undefined || next.bytes >= WORTH * each.bytes;
  });
  return [first, ...worthwhile];
}
