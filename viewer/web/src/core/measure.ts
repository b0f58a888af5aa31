/**
 * Lengths, heights and areas between places that were picked, and how sure they are.
 *
 * Every place has an error of its own, the scale has one that all share. A length between two places
 * has the variance 2 s^2 + (k L)^2, s being the deviation of one coordinate of a place and k that of
 * the scale, as a share; an area (s^2 / 4) sum |p(i+1) - p(i-1)|^2 + (2 k A)^2, which is the law of
 * propagation of errors applied to the shoelace formula. What is said is twice the deviation:
 * about 95 of 100 measurements lie within it.
 */

import type { Measure } from "./manifest";
import { add, cross, distance, dot, length, scale, sub, unit, type Vec3 } from "./vector";

export type MeasureKind = "distance" | "height" | "area";
/** What a place was picked on. */
export type Surface = "points" | "model";

export interface Place {
  readonly position: Vec3;
  readonly on: Surface;
}

/** How sure a place and the scale are, as standard deviations; null: not known. */
export interface Sureness {
  /** Of one coordinate of a place, metres. */
  readonly place: number;
  /** As a share. */
  readonly scale: number;
}

type Accuracy = { readonly [name: string]: Measure };

const valueOf = (accuracy: Accuracy, names: readonly string[]): number | null => {
  for (const name of names) {
    const value = accuracy[name]?.value;
    if (value !== undefined && Number.isFinite(value)) return value;
  }
  return null;
};

/** What is known of where places are, the best first: what was held out, then what was fitted. */
const RESIDUALS: { readonly [surface in Surface]: readonly string[] } = {
  points: ["scan_check_residual", "check_residual", "scan_control_residual", "registration_rmse", "control_residual"],
  model: ["check_residual", "scan_check_residual", "control_residual", "registration_rmse"],
};

/**
 * The sureness of places on a surface from the measures of tour.json; null where too little is known.
 *
 * The residuals are distances in space: a third of their square is one coordinate's. A point cannot
 * be picked nearer than half the spacing; a model lies as far from the truth as its error says, or
 * as a pixel of the photos is wide. A scanner's scale is better than all of these.
 */
export function surenessOf(
  accuracy: Accuracy,
  surface: Surface,
  scaleSource: string,
  modelError: number | null = null,
): Sureness | null {
  const residual = valueOf(accuracy, RESIDUALS[surface]);
  const picked =
    surface === "points"
      ? (valueOf(accuracy, ["cloud_spacing"]) ?? 0) / 2
      : Math.max(modelError ?? 0, valueOf(accuracy, ["ground_sampling_distance"]) ?? 0);
  const known = valueOf(accuracy, ["scale_sigma"]);
  const share = known ?? (scaleSource === "scan" ? 0 : null);
  if (share === null || (residual === null && picked === 0)) return null;
  return { place: Math.sqrt(((residual ?? 0) ** 2 + picked ** 2) / 3), scale: share };
}

/** The less sure of both; null when one is not known. */
export function lessSure(a: Sureness | null, b: Sureness | null): Sureness | null {
  if (!a || !b) return null;
  return { place: Math.max(a.place, b.place), scale: Math.max(a.scale, b.scale) };
}

/** A value and what it is sure to, twice the deviation; null: not known. */
export interface Measured {
  readonly value: number;
  readonly within: number | null;
}

export interface Measurement {
  readonly kind: MeasureKind;
  /** Of each segment: the closing one of an area included. */
  readonly segments: readonly number[];
  /** Metres, of an area square metres; null with too few places. */
  readonly main: Measured | null;
  /** Of a height: how far apart on the ground; of an area: that of its plan, seen from above. */
  readonly plan: number | null;
  /** Of an area of more than three places: the greatest distance of one to the plane, metres. */
  readonly off: number | null;
}

const FEWEST: { readonly [kind in MeasureKind]: number } = { distance: 2, height: 2, area: 3 };

/** Measures what was picked. Height is that of the last place over the first. */
export function measured(kind: MeasureKind, places: readonly Vec3[], sure: Sureness | null): Measurement {
  const around = kind === "area" && places.length > 2;
  const segments = places.slice(1).map((place, index) => distance(places[index] as Vec3, place));
  if (around) segments.push(distance(places[0] as Vec3, places[places.length - 1] as Vec3));
  const nothing = { kind, segments, main: null, plan: null, off: null };
  if (places.length < FEWEST[kind]) return nothing;
  if (kind === "area") return { ...nothing, ...areaOf(places, sure) };
  if (kind === "height") return { ...nothing, ...heightOf(places, sure) };
  const total = segments.reduce((sum, each) => sum + each, 0);
  return { ...nothing, main: { value: total, within: withinOf(sure, total, segments.length) } };
}

/** Twice the deviation of a sum of lengths. */
export const withinOf = (sure: Sureness | null, total: number, segments = 1): number | null =>
  sure && 2 * Math.sqrt(2 * segments * sure.place ** 2 + (sure.scale * total) ** 2);

function heightOf(places: readonly Vec3[], sure: Sureness | null) {
  const [x, y, z] = sub(places[places.length - 1] as Vec3, places[0] as Vec3);
  return { main: { value: y, within: withinOf(sure, y) }, plan: Math.hypot(x, z) };
}

/** On the plane that fits best, which has the largest shadow of the polygon (Newell's normal). */
function areaOf(places: readonly Vec3[], sure: Sureness | null) {
  const normal = newell(places);
  const value = length(normal) / 2;
  const middle = scale(places.reduce(add), 1 / places.length);
  const up = unit(normal, [0, 1, 0]);
  const away = Math.max(...places.map((place) => Math.abs(dot(sub(place, middle), up))));
  // Three places lie on a plane by themselves.
  const off = places.length > 3 ? away : null;
  const spread = places.reduce((sum, _, index) => {
    const [before, after] = [places.at(index - 1) as Vec3, places[(index + 1) % places.length] as Vec3];
    return sum + distance(before, after) ** 2;
  }, 0);
  const within = sure && 2 * Math.sqrt((sure.place ** 2 / 4) * spread + (2 * sure.scale * value) ** 2);
  return { main: { value, within }, plan: Math.abs(normal[1]) / 2, off };
}

/** Twice the area as a vector along the normal of the plane. */
function newell(places: readonly Vec3[]): Vec3 {
  const first = places[0] as Vec3;
  return places.reduce<Vec3>((sum, place, index) => {
    const next = places[(index + 1) % places.length] as Vec3;
    return add(sum, cross(sub(place, first), sub(next, first)));
  }, [0, 0, 0]);
}

/** Digits after the point that are worth showing: one of the error counts, at most millimetres. */
export function digitsOf(within: number | null, otherwise = 2): number {
  if (within === null || within <= 0) return otherwise;
  return Math.min(Math.max(Math.ceil(-Math.log10(within) - 1e-9), 0), 3);
}

/** "12.34 ± 0.02 m": numbers as people of a language write them. */
export function measuredText({ value, within }: Measured, unitText: string, language: string): string {
  const digits = digitsOf(within);
  const format = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const least = 10 ** -digits;
  const rounded = within === null ? null : Math.max(Math.ceil(within / least - 1e-9) * least, least);
  return rounded === null ? `${format.format(value)} ${unitText}` : `${format.format(value)} ± ${format.format(rounded)} ${unitText}`;
}
