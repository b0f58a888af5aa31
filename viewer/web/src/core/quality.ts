/** Which derivatives of a model a device loads, and in which order. */

import type { Derivative, Quality } from "./manifest.gen";

/** What is known of the device; what its browser does not tell is undefined. */
export interface Device {
  readonly maxTexture: number;
  readonly memoryGiB?: number | undefined;
  readonly cores?: number | undefined;
  readonly saveData?: boolean | undefined;
  /** Network Information API: "slow-2g", "2g", "3g" or "4g". */
  readonly network?: string | undefined;
  /** True on phones and tablets, whose browsers may use only a part of the memory. */
  readonly mobile: boolean;
}

const ORDER: readonly Quality[] = ["Thumb", "Low", "Medium", "High", "Highest"];
const MEBI = 2 ** 20;

/** Bytes of GPU memory that one model may take. */
export function memoryBudget(device: Device): number {
  let budget = 768 * MEBI;
  if (device.mobile) budget /= 3;
  if ((device.cores ?? 4) < 4) budget /= 2;
  if (device.memoryGiB !== undefined && device.memoryGiB < 4) budget /= 2;
  return budget;
}

/** Bytes of one download that this network bears, or Infinity. */
export function transferBudget(device: Device): number {
  if (device.saveData) return 0.4e6;
  if (device.network === "slow-2g" || device.network === "2g") return 0.4e6;
  if (device.network === "3g") return 4e6;
  return device.mobile ? 16e6 : Number.POSITIVE_INFINITY;
}

/**
 * GPU memory of a derivative: the texture with its mipmaps as RGBA8; per face half a vertex
 * (16 bytes quantised, padded) and three indices, twice because the old one is still shown.
 */
export function memoryOf(derivative: Derivative): number {
  const texture = ((derivative.texture_px ?? 0) ** 2 * 4 * 4) / 3;
  const geometry = derivative.faces * (0.7 * 20 + 3 * 4);
  return texture + 2 * geometry;
}

const rank = (derivative: Derivative): number => ORDER.indexOf(derivative.quality);

/**
 * The derivatives to load one after another, coarse to fine.
 *
 * The coarsest always comes first, whatever the device. One between is left out when the next
 * costs less than twice its bytes: waiting for it would not pay.
 */
export function loadingPlan(derivatives: readonly Derivative[], device: Device): Derivative[] {
  const web = derivatives
    .filter((each) => (each.usage ?? "Web3D") === "Web3D" && rank(each) >= 0)
    .sort((a, b) => rank(a) - rank(b) || a.bytes - b.bytes);
  const [first, ...finer] = web;
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
    return next === undefined || next.bytes >= 2 * each.bytes;
  });
  return [first, ...worthwhile];
}

/** Bytes of GPU memory for the pictures of panoramas. */
export function tileBudget(device: Device): number {
  const weak = (device.cores ?? 4) < 4 || (device.memoryGiB ?? 4) < 4;
  if (device.mobile) return (weak ? 48 : 96) * MEBI;
  return (weak ? 96 : 192) * MEBI;
}
