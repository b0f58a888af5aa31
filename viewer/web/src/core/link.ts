/** Links into a tour: the hash of the address names a camera, a hotspot, or both. */

import type { View } from "./orbit";
import { distance, type Vec3 } from "./vector";

export interface Place {
  readonly view: View | null;
  readonly hotspot: string | null;
}

/** `#view=x,y,z,tx,ty,tz&hotspot=id`: camera position and target in the world. */
export function hashOf(place: Place): string {
  const parts: string[] = [];
  if (place.view) parts.push(`view=${numbersOf(place.view)}`);
  if (place.hotspot) parts.push(`hotspot=${encodeURIComponent(place.hotspot)}`);
  return parts.length > 0 ? `#${parts.join("&")}` : "";
}

/** Reads a hash; what is broken or missing is null. */
export function placeOf(hash: string): Place {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  return { view: viewOfText(fields.get("view")), hotspot: fields.get("hotspot") || null };
}

function numbersOf({ position, target }: View): string {
  // A thousandth of the distance is less than a pixel.
  const reach = Math.max(distance(position, target), 1e-9);
  const digits = Math.min(Math.max(Math.ceil(4 - Math.log10(reach)), 0), 12);
  return [...position, ...target].map((x) => String(Number(x.toFixed(digits)))).join(",");
}

function viewOfText(text: string | null): View | null {
  const numbers = (text ?? "").split(",").map((part) => (part.trim() ? Number(part) : Number.NaN));
  if (numbers.length !== 6 || !numbers.every((x) => Number.isFinite(x) && Math.abs(x) < 1e9))
    return null;
  const position = numbers.slice(0, 3) as unknown as Vec3;
  const target = numbers.slice(3) as unknown as Vec3;
  return distance(position, target) > 1e-9 ? { position, target } : null;
}
