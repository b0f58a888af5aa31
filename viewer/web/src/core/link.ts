/**
 * Links into a tour. The query of the address names a node and where one looks there, the hash a
 * camera at the model, a hotspot, or both.
 */

import type { View } from "./orbit";
import { distance, type Vec3 } from "./vector";

/**
 * A node and where a visitor looks there: degrees. Yaw and pitch are those of its panorama: 0 at
 * the middle of the picture, growing to the right and upwards; fov is from top to bottom.
 */
export interface Standpoint {
  readonly node: string;
  readonly yaw: number | null;
  readonly pitch: number | null;
  readonly fov: number | null;
}

export interface Place {
  readonly node: Standpoint | null;
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

/** `?node=id&yaw=&pitch=&fov=` in place of what a query names so far; the rest of it is kept. */
export function searchOf({ node }: Place, before: string): string {
  const fields = new URLSearchParams(before);
  for (const name of ["node", ...ANGLES]) fields.delete(name);
  if (node) fields.set("node", node.node);
  for (const name of ANGLES) {
    const angle = node?.[name] ?? null;
    // A hundredth of a degree is less than a pixel.
    if (angle !== null) fields.set(name, String(Number(angle.toFixed(2)) || 0));
  }
  const text = fields.toString();
  return text ? `?${text}` : "";
}

const ANGLES = ["yaw", "pitch", "fov"] as const;

/** Reads hash and query; what is broken or missing is null. */
export function placeOf(hash: string, search = ""): Place {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  return {
    node: standpointOf(new URLSearchParams(search)),
    view: viewOfText(fields.get("view")),
    hotspot: fields.get("hotspot") || null,
  };
}

function standpointOf(fields: URLSearchParams): Standpoint | null {
  const node = fields.get("node");
  if (!node) return null;
  const angle = (name: string): number | null => {
    const text = fields.get(name)?.trim();
    const value = Number(text);
    return text && Number.isFinite(value) && Math.abs(value) <= 360 ? value : null;
  };
  return { node, yaw: angle("yaw"), pitch: angle("pitch"), fov: angle("fov") };
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
