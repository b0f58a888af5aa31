/** Reads tour.json: enough checks that the viewer cannot trip; `vtour validate` does the rest. */

import { fetchJson } from "./fetching";
import type { LocalText } from "./language";
import type { Points, Tour, TourModel } from "./manifest.gen";
import { Problem } from "./problem";
import { type Box, boxesUnion } from "./vector";

export type * from "./manifest.gen";

/** Where the files of a package are; `base` ends in a slash. */
export class PackageFiles {
  constructor(
    readonly base: string,
    private readonly digests: { readonly [uri: string]: string } = {},
  ) {}

  /** The address of a file; its digest makes it new whenever its content is. */
  url(uri: string, sha256?: string): string {
    if (!isInside(uri)) throw new Problem("manifest-broken", `${uri}: expected a relative URI`);
    const path = uri.split("/").map(encodeURIComponent).join("/");
    const digest = sha256 ?? this.digests[uri];
    return `${this.base}${path}${digest ? `?v=${digest.slice(0, 16)}` : ""}`;
  }
}

/** Relative, inside the package, without a scheme, a query or a fragment. */
export const isInside = (uri: string): boolean =>
  uri !== "" && !/[\\:?#\0]/.test(uri) && !uri.startsWith("/") && !uri.split("/").includes("..");

/** Raises Problem when the manifest is missing, broken, or of a format to come. */
export async function fetchTour(url: string): Promise<Tour> {
  return tourOf(await fetchJson(url, "manifest-missing", "manifest-broken"));
}

/** The value as a Tour; raises Problem for another thing. */
export function tourOf(value: unknown): Tour {
  const tour = value as Partial<Tour> | null;
  const version = tour?.asset?.version ?? "1.0";
  if (typeof tour !== "object" || tour === null || typeof tour.id !== "string" || !tour.world)
    throw new Problem("manifest-broken", "tour.json: expected id, asset and world");
  if (!String(version).startsWith("1."))
    throw new Problem("manifest-newer", `tour.json: version ${version}, expected 1.x`);
  for (const field of ["models", "hotspots", "nodes", "points"] as const)
    if (tour[field] !== undefined && !Array.isArray(tour[field]))
      throw new Problem("manifest-broken", `tour.json: ${field} is not a list`);
  return tour as Tour;
}

/** What a model is called; null: it has no name but its id. */
export const titleOf = (model: TourModel & { readonly title?: LocalText | null }): LocalText | null =>
  model.title && Object.keys(model.title).length > 0 ? model.title : null;

/** The box around all models, or around all points where there is none, when the manifest says it. */
export const boundsOf = (tour: Tour): Box | null =>
  tour.models?.length ? boxAround(tour.models) : pointBoundsOf(tour);

/** The box around the points of all tilesets, as far as the manifest says it. */
export const pointBoundsOf = ({ points = [] }: Pick<Tour, "points">): Box | null => boxAround(points);

function boxAround(parts: readonly Said[]): Box | null {
  const boxes = parts.map(boxSaid).filter((box) => box !== null);
  return boxes.length > 0 ? boxes.reduce(boxesUnion) : null;
}

type Said = Pick<Points, "bounds_min" | "bounds_max">;

export const boxSaid = ({ bounds_min, bounds_max }: Said): Box | null =>
  bounds_min && bounds_max ? { min: bounds_min, max: bounds_max } : null;
