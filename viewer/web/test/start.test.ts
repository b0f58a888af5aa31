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
    // 5 m beside the axis at a slope of 0.5 takes 10 m; a hundredth at either end may be left out.
    expect(orbit.distance).toBeGreaterThan(9.7);
    expect(orbit.distance).toBeLessThanOrEqual(10);
    expect(orbit.azimuth).toBeCloseTo(0, 9);
  });

  it("goes to the middle of what it has to show", () => {
    const aside = start([3, 2, 6], [3, 2, 0]);
    const orbit = startOrbit(aside, FENCE, BOX, screen(0.5));
    expect(orbit.target[0]).toBeCloseTo(0, 1);
    expect(positionOf(orbit)[0]).toBeCloseTo(0, 1);
    expect(orbit.distance).toBeLessThanOrEqual(10);
  });

  it("counts what a panel at the side covers, but not bars above and below", () => {
    expect(startOrbit(ahead, FENCE, BOX, screen(1, { width: 0.5, height: 1 })).distance).toBeGreaterThan(9.7);
    expect(startOrbit(ahead, FENCE, BOX, screen(1.6, { width: 1, height: 0.1 })).distance).toBeCloseTo(6, 9);
  });

  it("stays inside when it was placed inside", () => {
    const inside = start([1, 1.6, 0.5], [0, 1.6, 0]);
    const orbit = startOrbit(inside, FENCE, BOX, screen(0.4));
    expect(distance(positionOf(orbit), inside.position)).toBeLessThan(1e-9);
  });

  it("shows the whole model when the manifest says nothing", () => {
    const orbit = startOrbit(null, FENCE, BOX, screen(1));
    expect(orbit.target).toEqual([0, 2, 0]);
    expect(orbit.distance).toBeGreaterThan(5);
    expect(orbit.distance).toBeLessThan(9);
    expect(orbit.elevation).toBeGreaterThan(0);
  });
});
