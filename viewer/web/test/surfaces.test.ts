import { describe, expect, it } from "vitest";
import { TriangleTree } from "../src/core/bvh";
import { Motion } from "../src/core/motion";
import { limitsFor, type Orbit, pointOnTargetPlane, positionOf } from "../src/core/orbit";
import { Surfaces } from "../src/core/surfaces";
import type { Box } from "../src/core/vector";
import { wall } from "./shapes";

const SURFACES = new Surfaces(new TriangleTree(wall()), 0.2);
/** As deep as it is wide, so that the limits alone would let the camera go behind the wall. */
const BOX: Box = { min: [-10, 0, -10], max: [10, 20, 10] };
const LIMITS = limitsFor(BOX);
/** Looks north at a target behind the wall, 15 m away. */
const FACING: Orbit = { target: [0, 10, -5], distance: 15, azimuth: 0, elevation: 0 };

const motionFrom = (start: Orbit): Motion => new Motion(start, LIMITS, true, SURFACES);
const times = (count: number, run: () => void): void => Array.from({ length: count }).forEach(run);

describe("zooming in", () => {
  it("ends before the surface, not at the target behind it", () => {
    const motion = motionFrom(FACING);
    times(60, () => motion.dolly(0.75));
    const [, , z] = positionOf(motion.now);
    expect(z).toBeGreaterThanOrEqual(0.2 - 1e-9);
    expect(z).toBeLessThan(0.7);
  });

  it("in one huge step ends there too", () => {
    const motion = motionFrom(FACING);
    motion.dolly(1e-9);
    expect(positionOf(motion.now)[2]).toBeGreaterThanOrEqual(0.2 - 1e-9);
  });

  it("slows down before the surface: each step is a share of the way to it", () => {
    const motion = motionFrom(FACING);
    motion.dolly(0.5);
    expect(positionOf(motion.now)[2]).toBeCloseTo(5, 9);
    motion.dolly(0.5);
    expect(positionOf(motion.now)[2]).toBeCloseTo(2.5, 9);
  });

  it("to a pointer at the side ends before the surface", () => {
    const motion = motionFrom(FACING);
    times(40, () =>
      motion.dolly(0.6, (orbit) => pointOnTargetPlane(orbit, positionOf(orbit), [0.3, 0.1, -1])),
    );
    expect(positionOf(motion.now)[2]).toBeGreaterThan(0.19);
  });

  it("goes on to the surface behind a target in mid-air", () => {
    const motion = motionFrom({ ...FACING, target: [0, 10, 8], distance: 6 });
    times(60, () => motion.dolly(0.75));
    expect(positionOf(motion.now)[2]).toBeLessThan(0.7);
  });

  it("moves the camera straight, also while it still follows an earlier step", () => {
    const motion = new Motion(FACING, LIMITS, false, SURFACES);
    let z = positionOf(motion.now)[2];
    for (let i = 0; i < 120; i++) {
      if (i % 6 === 0) motion.dolly(0.7);
      motion.step(1 / 60);
      expect(positionOf(motion.now)[2]).toBeLessThanOrEqual(z + 1e-9);
      z = positionOf(motion.now)[2];
      expect(z).toBeGreaterThan(0.19);
    }
  });

  it("can be taken back: zooming out is never barred", () => {
    const motion = motionFrom(FACING);
    times(60, () => motion.dolly(0.75));
    times(60, () => motion.dolly(1 / 0.75));
    expect(motion.now.distance).toBeCloseTo(LIMITS.maxDistance, 6);
  });
});

describe("the limits of zooming", () => {
  it("are known before the buttons are pressed", () => {
    const motion = motionFrom(FACING);
    expect([motion.canDolly(0.75), motion.canDolly(1 / 0.75)]).toEqual([true, true]);
    times(60, () => motion.dolly(0.75));
    expect([motion.canDolly(0.75), motion.canDolly(1 / 0.75)]).toEqual([false, true]);
    times(60, () => motion.dolly(1 / 0.75));
    expect([motion.canDolly(0.75), motion.canDolly(1 / 0.75)]).toEqual([true, false]);
  });
});

describe("turning", () => {
  /** Stands 3 m before the wall, its target 1 m before it: a quarter turn would end in the wall. */
  const beside: Orbit = { target: [0, 10, 1], distance: 4, azimuth: 0, elevation: 0 };

  it("does not take the camera through a surface, at any speed", () => {
    for (const step of [0.05, 0.3, 1.2]) {
      const motion = motionFrom(beside);
      for (let i = 0; i < 60; i++) {
        motion.rotate(step, 0);
        expect(positionOf(motion.now)[2]).toBeGreaterThan(0.06);
      }
    }
  });

  it("keeps away from a surface from behind, too, and from below", () => {
    const motion = motionFrom({ ...beside, target: [0, 10, -1], azimuth: Math.PI });
    times(60, () => motion.rotate(0.1, 0.02));
    expect(positionOf(motion.now)[2]).toBeLessThan(-0.06);
  });

  it("goes on past the wall by coming nearer to the target", () => {
    const motion = motionFrom(beside);
    times(40, () => motion.rotate(0.05, 0));
    expect(motion.now.azimuth).toBeGreaterThan(1.9);
    expect(motion.now.distance).toBeLessThan(4);
  });

  it("is possible close to a surface", () => {
    const motion = motionFrom(FACING);
    times(60, () => motion.dolly(0.75));
    motion.rotate(0.5, 0);
    expect(motion.now.azimuth).toBeCloseTo(0.5, 9);
  });

  it("leaves a place that is too near", () => {
    const motion = motionFrom({ target: [0, 10, 4], distance: 3.99, azimuth: Math.PI, elevation: 0 });
    motion.rotate(0.4, 0);
    expect(motion.now.azimuth).toBeCloseTo(Math.PI + 0.4, 9);
  });
});

describe("moving", () => {
  it("keeps the model in sight, wherever the visitor pushes it", () => {
    for (const distance of [1, 6, 30])
      for (const [x, y] of [[0.09, 0], [-0.09, 0], [0, 0.09], [0, -0.09], [0.09, 0.09]] as const) {
        const motion = motionFrom({ ...FACING, target: [0, 10, 0], distance, elevation: 0.2 });
        times(400, () => motion.pan(x, y));
        expect(SURFACES.inSight(motion.now), `${distance} ${x} ${y}`).toBe(true);
        motion.pan(-x, -y);
        expect(SURFACES.inSight(motion.now)).toBe(true);
      }
  });

  it("does not drift away along the edge", () => {
    const motion = motionFrom({ ...FACING, target: [0, 10, 0], elevation: 0.5 });
    times(400, () => motion.pan(0, 0.09));
    const { target } = motion.now;
    times(400, () => motion.pan(0, 0.09));
    expect(motion.now.target).toEqual(target);
    expect(target[0]).toBeCloseTo(0, 9);
  });

  it("goes on along the other axis at an edge", () => {
    const motion = motionFrom({ ...FACING, target: [0, 10, 0] });
    times(200, () => motion.pan(0, 0.09));
    const before = motion.now.target;
    motion.pan(-0.05, 0.09);
    expect(motion.now.target[0]).toBeCloseTo(before[0] - 0.05 * 15, 9);
  });

  it("stops before a wall at the side", () => {
    const motion = motionFrom({ target: [8, 10, 5], distance: 10, azimuth: Math.PI / 2, elevation: 0 });
    times(100, () => motion.pan(0.05, 0));
    expect(positionOf(motion.now)[2]).toBeGreaterThan(0.06);
  });
});
