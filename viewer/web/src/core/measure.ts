/**
 * Lengths, heights and areas between places that were picked, and how sure they are.
 *
 * Every place i has an error of its own, s_i being the deviation of one of its coordinates; the scale
 * has one that all share, k as a share. The law of propagation of errors gives these variances:
 *
 * a path of legs with the directions u_i, which share the places between them:
 *   sum s_i^2 |u_(i-1) - u_i|^2 + (k L)^2, where there is none before the first place nor after the last;
 * a height: s_first^2 + s_last^2 + (k h)^2;
 * an area, by the shoelace formula: sum (s_i^2 / 4) |p_(i+1) - p_(i-1)|^2 + (2 k A)^2.
 *
 * What is said is twice the deviation: about 95 of 100 measurements lie within it.
 */

import type { Measure, Tour } from "./manifest";
import { add, cross, distance, dot, length, scale, sub, unit, type Vec3 } from "./vector";

export type MeasureKind = "distance" | "height" | "area";
/** What a place was picked on. */
export type Surface = "points" | "model";

export interface Place {
  readonly position: Vec3;
  readonly on: Surface;
  /** How fine that was which was on show: the spacing of the points, the error of the model; metres, null: not known. */
  readonly detail: number | null;
  /** How wide a CSS pixel was there, metres. */
  readonly pixel: number;
}

/** How sure places, scale and up are, the former as standard deviations. */
export interface Sureness {
  /** Of one coordinate of each place, metres. */
  readonly places: readonly number[];
  /** As a share. */
  readonly scale: number;
  /** False: +Y only looks like up, and nobody knows by how much it is off. */
  readonly up: boolean;
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

/** What is finer than all that may be on show. */
const FINEST: { readonly [surface in Surface]: string } = {
  points: "cloud_spacing",
  model: "ground_sampling_distance",
};

/** The sureness of places from tour.json; null where something of it is not known. A scanner's scale is better than all. */
export function surenessOf({ accuracy = {}, world }: Pick<Tour, "accuracy" | "world">, places: readonly Place[]): Sureness | null {
  const share = valueOf(accuracy, ["scale_sigma"]) ?? (world.scale_source === "scan" ? 0 : null);
  const each = places.map((place) => deviationOf(accuracy, place));
  if (share === null || each.length === 0 || each.includes(null)) return null;
  return { places: each as number[], scale: share, up: world.up === "measured" };
}

/**
 * The deviation of one coordinate of a place, metres; null where something of it is not known.
 *
 * Residuals are distances in space: a third of their square is one coordinate's. A point is picked
 * within half the spacing of those on show; a model lies as far from the truth as the error of the
 * derivative on show says, or as a pixel of the photos is wide. One aims to about a pixel.
 */
function deviationOf(accuracy: Accuracy, { on, detail, pixel }: Place): number | null {
  const residual = valueOf(accuracy, RESIDUALS[on]);
  if (residual === null || detail === null) return null;
  const coarsest = Math.max(detail, valueOf(accuracy, [FINEST[on]]) ?? 0);
  const picked = on === "points" ? coarsest / 2 : coarsest;
  return Math.sqrt((residual ** 2 + picked ** 2) / 3 + pixel ** 2);
}

/** A value and what it is sure to, twice the deviation; null: not known. */
export interface Measured {
  readonly value: number;
  readonly within: number | null;
}

export interface Measurement {
  readonly kind: MeasureKind;
  /** Each segment: the closing one of an area included. */
  readonly segments: readonly Measured[];
  /** Metres, of an area square metres; null with too few places. */
  readonly main: Measured | null;
  /** Of a height: how far apart on the ground; of an area: that of its plan, seen from above. */
  readonly plan: Measured | null;
  /** Of an area of more than three places: the greatest distance of one to the plane, metres. */
  readonly off: number | null;
}

const FEWEST: { readonly [kind in MeasureKind]: number } = { distance: 2, height: 2, area: 3 };

/** Measures what was picked. Height is that of the last place over the first. */
export function measured(kind: MeasureKind, places: readonly Vec3[], sure: Sureness | null): Measurement {
  const around = kind === "area" && places.length > 2;
  const pairs = places.slice(1).map((_, index) => [index, index + 1] as const);
  const segments = (around ? [...pairs, [places.length - 1, 0] as const] : pairs).map(([from, to]) => {
    const value = distance(places[from] as Vec3, places[to] as Vec3);
    return { value, within: withinOf(sure, [from, to], value) };
  });
  const nothing = { kind, segments, main: null, plan: null, off: null };
  if (places.length < FEWEST[kind]) return nothing;
  if (kind === "area") return { ...nothing, ...areaOf(places, sure) };
  if (kind === "height") return { ...nothing, ...heightOf(places, sure) };
  return { ...nothing, main: pathOf(places, sure) };
}

const squareOf = (sure: Sureness, index: number): number => (sure.places[index] ?? 0) ** 2;

/** Twice the deviation of a length between two places, given by their indices. */
function withinOf(sure: Sureness | null, [from, to]: readonly [number, number], value: number): number | null {
  return sure && 2 * Math.sqrt(squareOf(sure, from) + squareOf(sure, to) + (sure.scale * value) ** 2);
}

/** A place between two legs moves both: where the path turns back, twice; where it goes straight on, not at all. */
function pathOf(places: readonly Vec3[], sure: Sureness | null): Measured {
  const legs = places.slice(1).map((place, index) => sub(place, places[index] as Vec3));
  const value = legs.reduce((sum, leg) => sum + length(leg), 0);
  const along = legs.map((leg) => unit(leg));
  const variance = sure && places.reduce((sum, _, index) => {
    const [before, after]: Vec3[] = [along[index - 1] ?? [0, 0, 0], along[index] ?? [0, 0, 0]];
    return sum + squareOf(sure, index) * distance(before as Vec3, after as Vec3) ** 2;
  }, (sure.scale * value) ** 2);
  return { value, within: variance === null ? null : 2 * Math.sqrt(variance) };
}

/** Both need a measured up. */
function heightOf(places: readonly Vec3[], sure: Sureness | null) {
  const last = places.length - 1;
  const [x, y, z] = sub(places[last] as Vec3, places[0] as Vec3);
  const of = (value: number): Measured => ({ value, within: sure?.up ? withinOf(sure, [0, last], value) : null });
  return { main: of(y), plan: of(Math.hypot(x, z)) };
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
  const flat = places.map(([x, , z]): Vec3 => [x, 0, z]);
  const plan = Math.abs(normal[1]) / 2;
  return {
    main: { value, within: sure && withinArea(places, sure, value) },
    plan: { value: plan, within: sure?.up ? withinArea(flat, sure, plan) : null },
    off,
  };
}

/** Twice the deviation of an area. */
function withinArea(places: readonly Vec3[], sure: Sureness, area: number): number {
  const variance = places.reduce((sum, _, index) => {
    const [before, after] = [places.at(index - 1) as Vec3, places[(index + 1) % places.length] as Vec3];
    return sum + (squareOf(sure, index) / 4) * distance(before, after) ** 2;
  }, (2 * sure.scale * area) ** 2);
  return 2 * Math.sqrt(variance);
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
