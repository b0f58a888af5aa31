/** Numbers as people of a language write them. */

import type { Language } from "./language";

const number = (value: number, language: Language, digits: number): string =>
  new Intl.NumberFormat(language, { maximumSignificantDigits: digits }).format(value);

/** "190 kB", "1,2 MB": decimal units, as networks count. */
export function bytesText(bytes: number, language: Language): string {
  if (bytes < 999_500) return `${number(Math.max(Math.round(bytes / 1000), 0), language, 3)} kB`;
  return `${number(bytes / 1e6, language, bytes < 9.95e6 ? 2 : 3)} MB`;
}

/** "84 / 190 kB": how much of a download is here, in the unit of the whole. */
export function progressText(loaded: number, total: number, language: Language): string {
  const whole = bytesText(total, language);
  const [, unit] = whole.split(" ");
  const share = Math.min(loaded, total) / (unit === "MB" ? 1e6 : 1000);
  const part = new Intl.NumberFormat(language, { maximumFractionDigits: unit === "MB" ? 1 : 0 });
  return `${part.format(share)} / ${whole}`;
}

/** "2 m", "50 cm", "1,5 km". */
export function metresText(metres: number, language: Language): string {
  if (metres < 0.0095) return `${number(metres * 1000, language, 2)} mm`;
  if (metres < 0.95) return `${number(metres * 100, language, 2)} cm`;
  if (metres < 950) return `${number(metres, language, 3)} m`;
  return `${number(metres / 1000, language, 3)} km`;
}

/** A share of one: "95,6%". */
export const shareText = (share: number, language: Language): string =>
  new Intl.NumberFormat(language, { style: "percent", maximumSignificantDigits: 3 }).format(share);

/** A measure of the accuracy report: "0,012 m", "0,8 px", "10". */
export function measureText(value: number, unit: string, language: Language): string {
  if (unit === "m") return metresText(value, language);
  const text = number(value, language, 3);
  return unit === "1" ? text : `${text} ${unit}`;
}

export interface ScaleBar {
  readonly metres: number;
  readonly pixels: number;
}

/** The longest bar of 1, 2 or 5 times a power of ten metres that is no wider than asked. */
export function scaleBar(metresPerPixel: number, maxPixels: number): ScaleBar {
  const longest = metresPerPixel * maxPixels;
  const power = 10 ** Math.floor(Math.log10(longest));
  const step = [5, 2, 1].find((factor) => factor * power <= longest * (1 + 1e-9)) ?? 1;
  return { metres: step * power, pixels: (step * power) / metresPerPixel };
}
