import { describe, expect, it } from "vitest";
import { digitsOf, measured, measuredText, type Place, type Surface, surenessOf } from "../src/core/measure";
import type { ScaleSource, Up } from "../src/core/manifest";
import type { Vec3 } from "../src/core/vector";

const SURE = { places: [0.01, 0.01, 0.01, 0.01], scale: 0.001, up: true };

describe("measuring", () => {
  it("adds the segments of a path", () => {
    const { main, segments } = measured("distance", [[0, 0, 0], [3, 0, 4], [3, 12, 4]], null);
    expect(segments.map(({ value }) => value)).toEqual([5, 12]);
    expect(main).toEqual({ value: 17, within: null });
    expect(measured("distance", [[0, 0, 0]], SURE).main).toBeNull();
  });

  it("tells how much higher the last place is, and how far apart both are on the ground", () => {
    const { main, plan } = measured("height", [[1, 5, 1], [4, 2.5, 5]], null);
    expect(main?.value).toBeCloseTo(-2.5);
    expect(plan?.value).toBeCloseTo(5);
  });

  it("takes areas on the plane that fits best: a roof of 3 by 5 at 3 in 4", () => {
    // Up by 3 over 4 of depth: 5 along the slope.
    const roof: Vec3[] = [[0, 0, 0], [3, 0, 0], [3, 3, -4], [0, 3, -4]];
    const { main, plan, off, segments } = measured("area", roof, null);
    expect(main?.value).toBeCloseTo(15);
    expect(plan?.value).toBeCloseTo(12);
    expect(off).toBeCloseTo(0);
    expect(segments.map(({ value }) => value)).toEqual([3, 5, 3, 5]);
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
    const there = measured("distance", [[0, 0, 0], [10, 0, 0]], SURE);
    expect(there.main?.within).toBeCloseTo(0.034641, 6);
    expect(there.segments[0]?.within).toBeCloseTo(0.034641, 6);
    expect(measured("distance", [[0, 0, 0], [10, 0, 0]], null).main?.within).toBeNull();
  });

  it("a length: each place with what is known of it", () => {
    const sure = { places: [0.03, 0.04], scale: 0, up: true };
    expect(measured("distance", [[0, 0, 0], [10, 0, 0]], sure).main?.within).toBeCloseTo(0.1, 9);
    expect(measured("height", [[0, 0, 0], [0, 10, 0]], sure).main?.within).toBeCloseTo(0.1, 9);
  });

  it("a path: its legs share the places between them", () => {
    const sure = { ...SURE, scale: 0 };
    const path = (...places: Vec3[]) => measured("distance", places, sure).main?.within;
    // Out and back: the far place counts twice, 1 + 4 + 1; straight on: not at all, 1 + 0 + 1; a right angle: 1 + 2 + 1.
    expect(path([0, 0, 0], [5, 0, 0], [0, 0, 0])).toBeCloseTo(0.02 * Math.sqrt(6), 9);
    expect(path([0, 0, 0], [5, 0, 0], [9, 0, 0])).toBeCloseTo(0.02 * Math.sqrt(2), 9);
    expect(path([0, 0, 0], [5, 0, 0], [5, 5, 0])).toBeCloseTo(0.02 * 2, 9);
  });

  it("heights and plans only where up was measured", () => {
    const assumed = { ...SURE, up: false };
    const roof: Vec3[] = [[0, 0, 0], [10, 0, 0], [10, 0, 10], [0, 0, 10]];
    const height = measured("height", [[0, 0, 0], [3, 2, 4]], assumed);
    expect(height.main).toEqual({ value: 2, within: null });
    expect(height.plan).toEqual({ value: 5, within: null });
    expect(measured("height", [[0, 0, 0], [3, 2, 4]], SURE).plan?.within).toBeCloseTo(2 * Math.sqrt(2e-4 + 25e-6), 9);
    const area = measured("area", roof, assumed);
    expect(area.plan).toEqual({ value: 100, within: null });
    expect(area.main?.within).toBeCloseTo(2 * Math.sqrt(0.06), 9);
    expect(measured("area", roof, SURE).plan?.within).toBeCloseTo(2 * Math.sqrt(0.06), 9);
    expect(measured("distance", roof.slice(0, 2), assumed).main?.within).toBeCloseTo(0.034641, 6);
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
    const exact = measured("area", corners, { places: Array(5).fill(0.02), scale: 0, up: true }).main;
    const trials = Array.from({ length: 3000 }, () => {
      const moved = corners.map(([x, y, z]): Vec3 => [x + 0.02 * random(), y, z + 0.02 * random()]);
      return (measured("area", moved, null).main?.value ?? 0) - (exact?.value ?? 0);
    });
    const deviation = Math.sqrt(trials.reduce((sum, each) => sum + each * each, 0) / trials.length);
    expect((exact?.within ?? 0) / 2 / deviation).toBeGreaterThan(0.95);
    expect((exact?.within ?? 0) / 2 / deviation).toBeLessThan(1.05);
  });

  const measure = (value: number) => ({ value, unit: "m" });
  type Accuracy = { readonly [name: string]: { value: number; unit: string } };

  function sureness(accuracy: Accuracy, on: Surface, source: ScaleSource, detail: number | null, pixel = 0, up: Up = "measured") {
    const world = { scale: "metric", scale_source: source, north: "true", up } as const;
    const place: Place = { position: [0, 0, 0], on, detail, pixel };
    return surenessOf({ accuracy, world }, [place]);
  }

  it("comes from what was held out, else from what was fitted", () => {
    const accuracy = { registration_rmse: measure(0.003), check_residual: measure(0.006), cloud_spacing: measure(0.008) };
    // (0.006^2 + 0.004^2) / 3
    expect(sureness(accuracy, "points", "scan", 0)?.places[0]).toBeCloseTo(Math.sqrt(52e-6 / 3), 9);
    expect(sureness(accuracy, "points", "scan", 0)?.scale).toBe(0);
    const { check_residual: _, ...fitted } = accuracy;
    expect(sureness(fitted, "points", "scan", 0)?.places[0]).toBeCloseTo(Math.sqrt(25e-6 / 3), 9);
  });

  it("knows how coarse the points are that are on show, and a pixel there", () => {
    const accuracy = { registration_rmse: measure(0.003), cloud_spacing: measure(0.005) };
    // Points 0.2 m apart, 100 m away, 857 px a radian.
    const far = sureness(accuracy, "points", "scan", 0.2, 100 / 857);
    expect(far?.places[0]).toBeCloseTo(Math.sqrt((0.003 ** 2 + 0.1 ** 2) / 3 + (100 / 857) ** 2), 9);
    expect(measured("distance", [[0, 0, 0], [10, 0, 0]], { ...SURE, ...far, places: Array(2).fill(far?.places[0]) }).main?.within).toBeGreaterThan(0.08 * 2);
  });

  it("comes near what picking on a grid of points does", () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const off = Array.from({ length: 4000 }, () => 0.2 * (random() - 0.5));
    const deviation = Math.sqrt(off.reduce((sum, each) => sum + each * each, 0) / off.length);
    const place = sureness({ registration_rmse: measure(0) }, "points", "scan", 0.2)?.places[0] ?? 0;
    expect(place / deviation).toBeCloseTo(1, 1);
  });

  it("of a model knows the error of what is on show and the pixel of the photos", () => {
    const accuracy = {
      scale_sigma: { value: 0.002, unit: "1" },
      ground_sampling_distance: measure(0.004),
      control_residual: measure(0.003),
    };
    const of = (detail: number) => sureness(accuracy, "model", "control", detail);
    expect(of(0.01)?.scale).toBe(0.002);
    expect(of(0.01)?.places[0]).toBeCloseTo(Math.sqrt((0.01 ** 2 + 0.003 ** 2) / 3), 9);
    expect(of(0)?.places[0]).toBeCloseTo(Math.sqrt((0.004 ** 2 + 0.003 ** 2) / 3), 9);
  });

  it("knows whether up was measured", () => {
    const accuracy = { registration_rmse: measure(0.003) };
    expect(sureness(accuracy, "points", "scan", 0.01)?.up).toBe(true);
    expect(sureness(accuracy, "points", "scan", 0.01, 0, "assumed")?.up).toBe(false);
  });

  it("is not known where one of residual, detail and scale is missing", () => {
    const residual = { check_residual: measure(0.006) };
    const known = { ...residual, scale_sigma: measure(0.001) };
    for (const on of ["points", "model"] as const) {
      expect(sureness(known, on, "control", 0.01)).not.toBeNull();
      expect(sureness(residual, on, "gps", 0.01)).toBeNull();
      expect(sureness({ scale_sigma: measure(0.001) }, on, "control", 0.01)).toBeNull();
      expect(sureness(known, on, "control", null)).toBeNull();
    }
    const world = { scale: "metric", scale_source: "scan", north: "true", up: "measured" } as const;
    const sure: Place = { position: [0, 0, 0], on: "points", detail: 0.01, pixel: 0 };
    expect(surenessOf({ accuracy: known, world }, [sure, { ...sure, detail: null }])).toBeNull();
    expect(surenessOf({ accuracy: known, world }, [])).toBeNull();
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
