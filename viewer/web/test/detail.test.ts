import { describe, expect, it } from "vitest";
import {
  givesUp,
  needOf,
  nextLoad,
  nextStep,
  pixelLimits,
  type Sharpness,
  type Sighted,
  type Step,
  stepOf,
  wantedSteps,
} from "../src/core/detail";
import type { Derivative, Quality } from "../src/core/manifest.gen";
import type { Device } from "../src/core/quality";
import { distancesOf, GRID, spotsOf } from "../src/core/sight";

const DESKTOP: Device = { maxTexture: 16384, memoryGiB: 8, cores: 8, mobile: false };
const MEBI = 2 ** 20;
/** 1000 device pixels of a metre that is a metre away: a millimetre at a metre is one pixel. */
const SHARP: Sharpness = { focal: 1000, limits: { error: 1, texel: 1.5 } };

const derivative = (quality: Quality, more: Partial<Derivative> = {}): Derivative => ({
  quality,
  bytes: 1e6,
  faces: 10_000,
  texture_px: 1024,
  uri: `${quality}.glb`,
  sha256: "0".repeat(64),
  ...more,
});

const step = (error: number, texel: number, memory = 10 * MEBI, bytes = 1e6): Step => ({
  derivative: derivative("Medium", { bytes }),
  error,
  texel,
  memory,
});

/** A thumb good from 40 m on, a medium one from 8 m on, a high one from 1 m on. */
const STEPS = [step(0.04, 0.03), step(0.008, 0.006), step(0.001, 0.001)];
const seen = (distance: number | null, shown = 0, loading = -1, steps = STEPS): Sighted => ({
  steps,
  shown,
  loading,
  distance,
});
const wanted = (models: Sighted[], budget = Number.POSITIVE_INFINITY): number[] =>
  wantedSteps(models, SHARP, budget);

describe("the size of errors on the screen", () => {
  it("is in device pixels: 4 cm at 10 m are 4 pixels where a metre at a metre is 1000", () => {
    expect(needOf(step(0.04, 0), 10, SHARP)).toBeCloseTo(4);
    expect(needOf(step(0.04, 0), 40, SHARP)).toBeCloseTo(1);
    expect(needOf(step(0.04, 0), 10, { ...SHARP, focal: 2000 })).toBeCloseTo(8);
  });

  it("counts texels too, which may be a little wider than a pixel", () => {
    expect(needOf(step(0, 0.03), 10, SHARP)).toBeCloseTo(2);
    expect(needOf(step(0.01, 0.03), 10, SHARP)).toBeCloseTo(2);
    expect(needOf(step(0.05, 0.03), 10, SHARP)).toBeCloseTo(5);
  });

  it("is nothing for what is not in view", () => {
    expect(needOf(step(1, 1), null, SHARP)).toBe(0);
  });

  it("may be larger on phones and for those who save data", () => {
    const at = (device: Device) => pixelLimits(device).error;
    expect(at({ ...DESKTOP, mobile: true })).toBeGreaterThan(at(DESKTOP));
    expect(at({ ...DESKTOP, saveData: true })).toBe(2 * at(DESKTOP));
    expect(at({ ...DESKTOP, network: "3g" })).toBe(2 * at(DESKTOP));
    expect(at({ ...DESKTOP, network: "4g" })).toBe(at(DESKTOP));
  });
});

describe("the error of a derivative", () => {
  const size = { area: 600, diagonal: 20, metric: true };

  it("is the measured one, in metres", () => {
    const known = stepOf(derivative("Medium", { error_m: 0.004, texel_m: 0.002 }), size);
    expect([known.error, known.texel]).toEqual([0.004, 0.002]);
    expect(stepOf(derivative("High", { error_m: 0 }), size).error).toBe(0);
  });

  it("is a share of the box where the scale is not known", () => {
    const shares = derivative("Medium", { error_m: 9, error_share: 0.001, texel_share: 0.0005 });
    const known = stepOf(shares, { ...size, metric: false });
    expect(known.error).toBeCloseTo(0.02);
    expect(known.texel).toBeCloseTo(0.01);
  });

  it("is guessed by surface, faces and texture where nothing was measured", () => {
    // 600 m2 in 30,000 triangles: edges of 0.2 m. 600 m2 on 0.6 x 1000 x 1000 texels: 1000 a square metre.
    const guess = stepOf(derivative("Medium", { faces: 30_000, texture_px: 1000 }), size);
    expect(guess.error).toBeCloseTo(0.01);
    expect(guess.texel).toBeCloseTo(Math.sqrt(0.001));
    expect(stepOf(derivative("Medium", { texture_px: 0 }), size).texel).toBe(0);
  });
});

describe("the derivative that is worth showing", () => {
  it("is the coarsest that is fine enough", () => {
    expect(wanted([seen(50)])).toEqual([0]);
    expect(wanted([seen(20)])).toEqual([1]);
    expect(wanted([seen(3)])).toEqual([2]);
  });

  it("is the finest where none is fine enough", () => {
    expect(wanted([seen(0.2)])).toEqual([2]);
    expect(wanted([seen(0)])).toEqual([2]);
  });

  it("is not asked for before it is clearly better, nor given up at once", () => {
    // At 40 m the thumb is just good enough.
    expect(wanted([seen(38)])).toEqual([0]);
    expect(wanted([seen(33)])).toEqual([1]);
    expect(wanted([seen(38, 0, 1)])).toEqual([1]);
    expect(wanted([seen(44, 0, 1)])).toEqual([1]);
    expect(wanted([seen(50, 0, 1)])).toEqual([0]);
    // At 20 m the medium one would do, but the high one is on its way.
    expect(wanted([seen(20, 0, 2)])).toEqual([2]);
  });

  it("does not change however the eye trembles", () => {
    let shown = 0;
    let changes = 0;
    for (let i = 0; i < 200; i++) {
      const [next] = wanted([seen(34 + 6 * Math.sin(i), shown)]);
      if (next !== shown) changes += 1;
      shown = next as number;
    }
    expect(changes).toBeLessThanOrEqual(1);
  });

  it("is never coarser because the eye went away", () => {
    expect(wanted([seen(500, 2)])).toEqual([2]);
    expect(wanted([seen(null, 1)])).toEqual([1]);
  });

  it("is none where there are none", () => {
    expect(wanted([seen(3, -1, -1, [])])).toEqual([-1]);
  });
});

describe("the memory", () => {
  const heavy = [step(0.04, 0.03, 10), step(0.008, 0.006, 30), step(0.001, 0.001, 100)];
  const at = (distance: number | null, shown = 0): Sighted => seen(distance, shown, -1, heavy);

  it("is not exceeded: a model stays coarser", () => {
    expect(wanted([at(2)], 100)).toEqual([2]);
    expect(wanted([at(2)], 99)).toEqual([1]);
    expect(wanted([at(2)], 5)).toEqual([0]);
  });

  it("goes to the nearest", () => {
    expect(wanted([at(3), at(2), at(4)], 170)).toEqual([1, 2, 1]);
    expect(wanted([at(3), at(4), at(2)], 170)).toEqual([1, 1, 2]);
  });

  it("is taken from what is out of view, coarsest last", () => {
    expect(wanted([at(null, 2), at(2)], 110)).toEqual([0, 2]);
    expect(wanted([at(null, 2), at(2)], 130)).toEqual([1, 2]);
  });

  it("stays where it is while two are about as near", () => {
    expect(wanted([at(2.1, 2), at(2, 1)], 135)).toEqual([2, 1]);
    expect(wanted([at(2, 2), at(2.1, 1)], 135)).toEqual([2, 1]);
    expect(wanted([at(4, 2), at(2, 1)], 135)).toEqual([1, 2]);
  });

  it("has room for all before one is finer, and makes the far ones wait", () => {
    expect(wanted([at(2), at(30, -1)], 40)).toEqual([1, 0]);
    expect(wanted([at(2), at(30, -1), at(90, -1)], 20)).toEqual([0, 0, -1]);
  });
});

describe("what is loaded next", () => {
  const next = (models: Sighted[], goals: number[]) => nextLoad(models, goals, SHARP);

  it("is nothing when all is as wanted", () => {
    expect(next([seen(50, 0), seen(3, 2)], [0, 2])).toBeNull();
  });

  it("frees memory first, then brings what is missing, then what is worst", () => {
    expect(next([seen(3, 0), seen(null, 2), seen(9, -1)], [2, 0, 0])).toEqual({ model: 1, step: 0 });
    expect(next([seen(3, 0), seen(9, -1), seen(4, -1)], [2, 0, 0])).toEqual({ model: 2, step: 0 });
    expect(next([seen(9, 0), seen(3, 0)], [1, 2])).toEqual({ model: 1, step: 2 });
  });

  it("skips those between, unless the wanted one is large", () => {
    const of = (...bytes: number[]): Step[] => bytes.map((each) => step(0, 0, 0, each));
    expect(nextStep(of(2e5, 1e6, 3e6), 0, 2)).toBe(2);
    expect(nextStep(of(2e5, 1e6, 12e6), 0, 2)).toBe(1);
    expect(nextStep(of(2e5, 6e6, 12e6), 0, 2)).toBe(2);
    expect(nextStep(of(2e5, 1e6, 12e6), 1, 2)).toBe(2);
    expect(nextStep(of(2e5, 1e6, 12e6), 2, 0)).toBe(0);
  });
});

describe("a download", () => {
  const early = { loaded: 40, total: 100 };
  const late = { loaded: 60, total: 100 };

  it("is given up when nobody needs it, before its half", () => {
    expect(givesUp(2, 0, 0, early)).toBe(true);
    expect(givesUp(2, 0, 0, late)).toBe(false);
    expect(givesUp(2, 1, 0, early)).toBe(true);
  });

  it("goes on when it, or a finer one, is wanted", () => {
    expect(givesUp(2, 2, 0, early)).toBe(false);
    expect(givesUp(1, 2, 0, early)).toBe(false);
    expect(givesUp(0, 0, 2, early)).toBe(false);
  });
});

describe("what is in sight", () => {
  it("is asked by rays over the whole screen, none at its edge", () => {
    const spots = spotsOf(1100, 900);
    expect(spots.length).toBe(GRID.columns * GRID.rows);
    expect(spots[0]).toEqual([50, 50]);
    expect(spots[spots.length - 1]).toEqual([1050, 850]);
  });

  it("is as far away as the nearest tenth of it", () => {
    const sights = Array.from({ length: 20 }, (_, i) => ({ model: 0, distance: 20 - i }));
    expect(distancesOf([...sights, null, { model: 2, distance: 7 }], 3)).toEqual([3, null, 7]);
  });
});
