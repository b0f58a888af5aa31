import { describe, expect, it } from "vitest";
import { digitsOf, lessSure, measured, measuredText, surenessOf, withinOf } from "../src/core/measure";
import type { Vec3 } from "../src/core/vector";

const SURE = { place: 0.01, scale: 0.001 };

describe("measuring", () => {
  it("adds the segments of a path", () => {
    const { main, segments } = measured("distance", [[0, 0, 0], [3, 0, 4], [3, 12, 4]], null);
    expect(segments).toEqual([5, 12]);
    expect(main).toEqual({ value: 17, within: null });
    expect(measured("distance", [[0, 0, 0]], SURE).main).toBeNull();
  });

  it("tells how much higher the last place is, and how far apart both are on the ground", () => {
    const { main, plan } = measured("height", [[1, 5, 1], [4, 2.5, 5]], null);
    expect(main?.value).toBeCloseTo(-2.5);
    expect(plan).toBeCloseTo(5);
  });

  it("takes areas on the plane that fits best: a roof of 3 by 5 at 3 in 4", () => {
    // Up by 3 over 4 of depth: 5 along the slope.
    const roof: Vec3[] = [[0, 0, 0], [3, 0, 0], [3, 3, -4], [0, 3, -4]];
    const { main, plan, off, segments } = measured("area", roof, null);
    expect(main?.value).toBeCloseTo(15);
    expect(plan).toBeCloseTo(12);
    expect(off).toBeCloseTo(0);
    expect(segments).toEqual([3, 5, 3, 5]);
    expect(measured("area", [...roof].reverse(), null).main?.value).toBeCloseTo(15);
    expect(measured("area", roof.slice(0, 2), null).main).toBeNull();
  });

  it("says how far a bent polygon is from the plane", () => {
    const bent: Vec3[] = [[0, 0.1, 0], [2, -0.1, 0], [2, 0.1, 2], [0, -0.1, 2]];
    expect(measured("area", bent, null).off).toBeCloseTo(0.1, 3);
  });
});

describe("how sure it is", () => {
  it("a length: two places and the scale, twice the deviation", () => {
    // sqrt(2 * 0.01^2 + (0.001 * 10)^2) = 0.01732
    expect(withinOf(SURE, 10)).toBeCloseTo(0.034641, 6);
    expect(measured("distance", [[0, 0, 0], [10, 0, 0]], SURE).main?.within).toBeCloseTo(0.034641, 6);
    expect(withinOf(null, 10)).toBeNull();
  });

  it("an area: as the formula says of a square of 10 m", () => {
    const square: Vec3[] = [[0, 0, 0], [10, 0, 0], [10, 0, 10], [0, 0, 10]];
    // Four diagonals of 14.14: 0.01^2 / 4 * 4 * 200 = 0.02; (2 * 0.001 * 100)^2 = 0.04.
    expect(measured("area", square, SURE).main?.within).toBeCloseTo(2 * Math.sqrt(0.06), 9);
  });

  it("comes near what random errors of the corners do", () => {
    let seed = 1;
    const random = (): number => {
      // Sum of twelve: nearly normal, variance 1.
      let sum = -6;
      for (let i = 0; i < 12; i++) sum += (seed = (seed * 16807) % 2147483647) / 2147483647;
      return sum;
    };
    const corners: Vec3[] = [[0, 0, 0], [6, 0, 1], [7, 0, 5], [2, 0, 6], [-1, 0, 3]];
    const exact = measured("area", corners, { place: 0.02, scale: 0 }).main;
    const trials = Array.from({ length: 3000 }, () => {
      const moved = corners.map(([x, y, z]): Vec3 => [x + 0.02 * random(), y, z + 0.02 * random()]);
      return (measured("area", moved, null).main?.value ?? 0) - (exact?.value ?? 0);
    });
    const deviation = Math.sqrt(trials.reduce((sum, each) => sum + each * each, 0) / trials.length);
    expect((exact?.within ?? 0) / 2 / deviation).toBeGreaterThan(0.95);
    expect((exact?.within ?? 0) / 2 / deviation).toBeLessThan(1.05);
  });

  const measure = (value: number) => ({ value, unit: "m" });

  it("comes from what was held out, else from what was fitted", () => {
    const accuracy = { registration_rmse: measure(0.003), check_residual: measure(0.006), cloud_spacing: measure(0.008) };
    // (0.006^2 + 0.004^2) / 3
    expect(surenessOf(accuracy, "points", "scan")?.place).toBeCloseTo(Math.sqrt(52e-6 / 3), 9);
    expect(surenessOf(accuracy, "points", "scan")?.scale).toBe(0);
    const { check_residual: _, ...fitted } = accuracy;
    expect(surenessOf(fitted, "points", "scan")?.place).toBeCloseTo(Math.sqrt(25e-6 / 3), 9);
  });

  it("of a model knows its error and the pixel of the photos", () => {
    const accuracy = { scale_sigma: { value: 0.002, unit: "1" }, ground_sampling_distance: measure(0.004) };
    expect(surenessOf(accuracy, "model", "control", 0.01)).toEqual({ place: 0.01 / Math.sqrt(3), scale: 0.002 });
    expect(surenessOf(accuracy, "model", "control")?.place).toBeCloseTo(0.004 / Math.sqrt(3));
  });

  it("is not known without the scale's deviation or any residual", () => {
    expect(surenessOf({ check_residual: measure(0.006) }, "model", "gps")).toBeNull();
    expect(surenessOf({ scale_sigma: measure(0.001) }, "model", "control")).toBeNull();
    expect(lessSure(SURE, null)).toBeNull();
    expect(lessSure(SURE, { place: 0.02, scale: 0 })).toEqual({ place: 0.02, scale: 0.001 });
  });
});

describe("a measured value in words", () => {
  it("has as many digits as its error has worth", () => {
    expect(digitsOf(0.02)).toBe(2);
    expect(digitsOf(0.34)).toBe(1);
    expect(digitsOf(3)).toBe(0);
    expect(digitsOf(0.00001)).toBe(3);
    expect(measuredText({ value: 12.3456, within: 0.0213 }, "m", "en")).toBe("12.35 ± 0.03 m");
    expect(measuredText({ value: 12.3456, within: 0.0213 }, "m", "vi")).toBe("12,35 ± 0,03 m");
    expect(measuredText({ value: 1234.5, within: 3 }, "m²", "en")).toBe("1,235 ± 3 m²");
    expect(measuredText({ value: 1.5, within: null }, "m", "en")).toBe("1.50 m");
  });
});
