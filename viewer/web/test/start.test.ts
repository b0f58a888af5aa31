import { describe, expect, it } from "vitest";
import type { ViewPoint } from "../src/core/manifest.gen";
import { positionOf } from "../src/core/orbit";
import { type Screen, startOrbit } from "../src/core/start";
import { distance, type Vec3 } from "../src/core/vector";

/** A fence along x from -5 to 5, 4 high, at z = 0: its corners and what is between them. */
const FENCE = new Float32Array(
  Array.from({ length: 101 }, (_, i) => [0, 2, 4].flatMap((y) => [i / 10 - 5, y, 0])).flat(),
);
const BOX = { min: [-5, 0, -1] as Vec3, max: [5, 4, 1] as Vec3 };

/** At 90 degrees the edges of a square screen are seen in a slope of 1. */
const screen = (aspect: number, free = { width: 1, height: 1 }): Screen => ({ fov: Math.PI / 2, aspect, free });

const start = (position: [number, number, number], target: [number, number, number]): ViewPoint => ({ position, target });

describe("the first view", () => {
  const ahead = start([0, 2, 6], [0, 2, 0]);

  it("is that of the manifest where the screen is wide enough", () => {
    const position = positionOf(startOrbit(ahead, FENCE, BOX, screen(1.6)));
    ahead.position.forEach((x, axis) => expect(position[axis]).toBeCloseTo(x, 9));
  });

  it("stands back on a phone until the ends are seen, in the same direction", () => {
    const orbit = startOrbit(ahead, FENCE, BOX, screen(0.5));
    // 5 m beside the axis at a slope of 0.5, less a twentieth for the edges; nothing may be left out.
    expect(orbit.distance).toBeCloseTo(5 / (0.5 * 0.95), 6);
    expect(orbit.azimuth).toBeCloseTo(0, 9);
  });

  it("looks at the middle of what a wide screen would show, and shows no more", () => {
    // At a slope of 1.6 a wide screen sees from 3 - 4.8 at 3 m: the fence from x = -1.8 to 5.
    const aside = start([3, 2, 3], [3, 2, 0]);
    const orbit = startOrbit(aside, FENCE, BOX, screen(0.5));
    [1.6, 2, 0].forEach((x, axis) => expect(orbit.target[axis]).toBeCloseTo(x, 6));
    expect(orbit.distance).toBeCloseTo(3.4 / (0.5 * 0.95), 6);
  });

  it("goes no further back than the plane of the target needs, whatever lies far behind it", () => {
    const far = new Float32Array([...FENCE, 70, 2, -50, -70, 2, -50]);
    const near = start([0, 2, 2], [0, 2, 0]);
    const orbit = startOrbit(near, far, BOX, screen(0.5));
    // The last post in sight at 2 m and a slope of 1.6 stands at 3.1.
    expect(orbit.distance).toBeCloseTo(3.1 / (0.5 * 0.95), 6);
  });

  it("counts what a panel at the side covers, but not bars above and below", () => {
    expect(startOrbit(ahead, FENCE, BOX, screen(1, { width: 0.5, height: 1 })).distance).toBeGreaterThan(9.7);
    expect(startOrbit(ahead, FENCE, BOX, screen(1.6, { width: 1, height: 0.1 })).distance).toBeCloseTo(6, 9);
  });

  it("cuts the thin end of a wall, so that what is dense is seen from nearer", () => {
    // Five posts in six stand between x = 1 and x = 4.
    const dense = Array.from({ length: 500 }, (_, i) => [1 + (3 * i) / 499, 2, 0]).flat();
    const site = new Float32Array([...FENCE, ...dense, ...dense, ...dense]);
    const orbit = startOrbit(ahead, site, BOX, screen(0.5));
    expect(orbit.target[0]).toBeGreaterThan(2);
    expect(orbit.distance).toBeLessThan(0.6 * (5 / (0.5 * 0.95)));
  });

  it("has what it shows in the middle of a narrow screen's height", () => {
    const low = start([0, 1, 6], [0, 1, 0]);
    expect(startOrbit(low, FENCE, BOX, screen(0.5)).target[1]).toBeCloseTo(2, 6);
    expect(startOrbit(low, FENCE, BOX, screen(1.6)).target[1]).toBe(1);
  });

  it("moves aside through no wall", () => {
    const aside = start([3, 2, 3], [3, 2, 0]);
    const orbit = startOrbit(aside, FENCE, BOX, screen(0.5), [], (_, direction) => (direction[0] < -0.9 ? 1 : 99));
    expect(orbit.target).toEqual([3, 2, 0]);
  });

  it("cuts no place of interest", () => {
    const dense = Array.from({ length: 500 }, (_, i) => [1 + (3 * i) / 499, 2, 0]).flat();
    const site = new Float32Array([...FENCE, ...dense, ...dense, ...dense]);
    const { target, distance } = startOrbit(ahead, site, BOX, screen(0.5), [[-2, 1, 0]]);
    const slope = (target[0] + 2) / distance;
    expect(slope).toBeLessThan(0.5);
    expect(slope).toBeGreaterThan(0.4);
  });

  it("cuts nothing of one building, where that would save little", () => {
    const orbit = startOrbit(ahead, FENCE, BOX, screen(0.5));
    expect(orbit.target[0]).toBeCloseTo(0, 9);
    expect(orbit.distance).toBeCloseTo(5 / (0.5 * 0.95), 6);
  });

  it("stays before a wall behind it", () => {
    const orbit = startOrbit(ahead, FENCE, BOX, screen(0.5), [], () => 1);
    const step = distance(positionOf(orbit), ahead.position);
    expect(step).toBeGreaterThan(0.5);
    expect(step).toBeLessThan(1);
  });

  it("shows nearly the whole model when the manifest says nothing", () => {
    const orbit = startOrbit(null, FENCE, BOX, screen(1));
    expect(distance(orbit.target, [0, 2, 0])).toBeLessThan(1);
    expect(orbit.distance).toBeGreaterThan(5);
    expect(orbit.distance).toBeLessThan(9);
    expect(orbit.elevation).toBeGreaterThan(0);
  });
});
