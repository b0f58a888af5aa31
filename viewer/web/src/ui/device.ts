/** What the browser tells of its device. */

import type { Device } from "../core/quality";

/** Fields that not every browser has. */
interface MoreNavigator {
  readonly deviceMemory?: number;
  readonly connection?: { readonly saveData?: boolean; readonly effectiveType?: string };
}

export function deviceOf(maxTexture: number): Device {
  const more = navigator as Navigator & MoreNavigator;
  return {
    maxTexture,
    memoryGiB: more.deviceMemory,
    cores: navigator.hardwareConcurrency,
    saveData: more.connection?.saveData,
    network: more.connection?.effectiveType,
    mobile: matchMedia("(pointer: coarse)").matches,
  };
}
