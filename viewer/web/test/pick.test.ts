import { describe, expect, it } from "vitest";
import { IDENTITY } from "../src/core/matrix";
import { type Coordinates, nearestPoint, nearestTriangle, passes, rayInside, spanBelow } from "../src/core/pick";
import type { Vec3 } from "../src/core/vector";

/** Looks along -z from the origin, 90 degrees wide: x = right / depth. */
const CLIP = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, -1, 0, 0, -0.2, 0];
const SCREEN = { width: 200, height: 200, radius: 6 };

const cloud = (points: readonly Vec3[]): Coordinates => ({
  array: Float32Array.from(points.flat()),
  stride: 3,
  offset: 0,
  count: points.length,
  unit: 1,
});

describe("picking a point", () => {
  it("finds the one in front within the radius", () => {
    const points = cloud([[0, 0, -10], [0.1, 0, -4], [2, 0, -4], [0, 0, 5]]);
    // 0.1 beside at depth 4 is 2.5 of 200 pixels.
    expect(nearestPoint(points, CLIP, { ...SCREEN, x: 100, y: 100 })?.index).toBe(1);
    // 2 beside at depth 4 is 50 pixels to the right.
    const right = nearestPoint(points, CLIP, { ...SCREEN, x: 151, y: 99 });
    expect(right?.index).toBe(2);
    expect(right?.depth).toBeCloseTo(4);
    expect(right?.pixels).toBeCloseTo(Math.SQRT2);
    expect(nearestPoint(points, CLIP, { ...SCREEN, x: 20, y: 20 })).toBeNull();
  });

  it("prefers the middle among those about as near", () => {
    const points = cloud([[0.5, 0, -9.9], [0.02, 0, -10]]);
    expect(nearestPoint(points, CLIP, { ...SCREEN, x: 100, y: 100 })?.index).toBe(1);
  });

  it("y grows downwards on the screen", () => {
    const points = cloud([[0, 1, -4], [0, -1, -4]]);
    expect(nearestPoint(points, CLIP, { ...SCREEN, x: 100, y: 75 })?.index).toBe(0);
  });

  it("reads interleaved and quantised coordinates", () => {
    const array = Uint16Array.from([9, 0, 0, 65535, 9, 0, 0, 0]);
    const clip = [...CLIP];
    // The cloud lies 4 metres ahead: its z of 1 is 3 metres ahead.
    clip.splice(12, 4, 0, 0, 4 - 0.2, 4);
    const points = { array, stride: 4, offset: 1, count: 2, unit: 1 / 65535 };
    const hit = nearestPoint(points, clip, { ...SCREEN, x: 100, y: 100 });
    expect([hit?.index, hit?.depth]).toEqual([0, 3]);
  });

  it("leaves out what is cut off", () => {
    const points = cloud([[0, 0, -4], [0, 0, -5]]);
    const hit = nearestPoint(points, CLIP, { ...SCREEN, x: 100, y: 100 }, ([, , z]) => z < -4.5);
    expect(hit?.index).toBe(1);
  });
});

describe("picking a triangle", () => {
  const corners = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, -2, 1, 0, -2, 0, 1, -2];
  const ray = { origin: [0.2, 0.2, 5] as Vec3, direction: [0, 0, -1] as Vec3 };
  const whole = { from: 0, to: Number.POSITIVE_INFINITY };

  it("finds the first one, from either side, with and without an index", () => {
    expect(nearestTriangle(corners, null, ray, whole)).toBeCloseTo(5);
    expect(nearestTriangle(corners, [5, 4, 3, 2, 1, 0], ray, whole)).toBeCloseTo(5);
    expect(nearestTriangle(corners, [3, 4, 5], ray, whole)).toBeCloseTo(7);
    expect(nearestTriangle(corners, null, { ...ray, origin: [0.8, 0.8, 5] }, whole)).toBeNull();
  });

  it("looks only within the span", () => {
    expect(nearestTriangle(corners, null, ray, { from: 6, to: 10 })).toBeCloseTo(7);
    expect(nearestTriangle(corners, null, ray, { from: 0, to: 4 })).toBeNull();
  });

  it("keeps lengths along a ray that is brought into another frame", () => {
    const doubled = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1];
    const inside = rayInside(doubled, ray);
    expect(inside && nearestTriangle(corners, null, inside, whole)).toBeCloseTo(5);
    expect(rayInside(IDENTITY, ray)?.origin).toEqual(ray.origin);
  });
});

describe("a cut at a height", () => {
  const down = { origin: [0, 10, 0] as Vec3, direction: [0, -1, 0] as Vec3 };

  it("leaves the part of a ray below it", () => {
    expect(spanBelow(down, 4)).toEqual({ from: 6, to: Number.POSITIVE_INFINITY });
    expect(spanBelow(down, 12)).toEqual({ from: 0, to: Number.POSITIVE_INFINITY });
    const up = { origin: [0, 1, 0] as Vec3, direction: [0, 0.5, 0] as Vec3 };
    expect(spanBelow(up, 4)).toEqual({ from: 0, to: 6 });
    expect(spanBelow({ ...up, origin: [0, 5, 0] }, 4)).toBeNull();
    expect(spanBelow({ ...up, direction: [1, 0, 0] }, 0)).toBeNull();
  });
});

describe("a ray past a ball", () => {
  it("meets it when it comes near enough, ever more so far away", () => {
    const ray = { origin: [0, 0, 0] as Vec3, direction: [0, 0, -1] as Vec3 };
    expect(passes(ray, [0.9, 0, -10], 1, 0)).toBe(true);
    expect(passes(ray, [1.1, 0, -10], 1, 0)).toBe(false);
    expect(passes(ray, [1.1, 0, -10], 1, 0.01)).toBe(true);
    expect(passes(ray, [0, 0, 10], 1, 0)).toBe(false);
  });
});
