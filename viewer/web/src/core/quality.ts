/** What is known of a device, and the derivatives of a model in their order. */

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

const rank = (derivative: Derivative): number => ORDER.indexOf(derivative.quality);

/** Those for the web, coarse to fine. */
export const forWeb = (derivatives: readonly Derivative[]): Derivative[] =>
  derivatives
    .filter((each) => (each.usage ?? "Web3D") === "Web3D" && rank(each) >= 0)
    .sort((a, b) => rank(a) - rank(b) || a.bytes - b.bytes);

/** Bytes of GPU memory for the pictures of panoramas. */
export function tileBudget(device: Device): number {
  const weak = (device.cores ?? 4) < 4 || (device.memoryGiB ?? 4) < 4;
  if (device.mobile) return (weak ? 48 : 96) * MEBI;
  return (weak ? 96 : 192) * MEBI;
}
