import { describe, expect, it } from "vitest";
import { Motion } from "../src/core/motion";
import { limitsFor, type Orbit } from "../src/core/orbit";

const LIMITS = limitsFor({ min: [-1, 0, -1], max: [1, 2, 1] });
const START: Orbit = { target: [0, 1, 0], distance: 4, azimuth: 0, elevation: 0.3 };

/** Steps until the camera rests; the number of steps. */
function settle(motion: Motion, most = 600): number {
  let steps = 0;
  while (motion.moving && steps < most) {
    motion.step(1 / 60);
    steps += 1;
  }
  return steps;
}

describe("motion", () => {
  it("rests until it is asked to move", () => {
    const motion = new Motion(START, LIMITS, false);
    expect(motion.moving).toBe(false);
    expect(motion.step(1)).toBe(false);
  });

  it("follows its goal and then rests exactly there", () => {
    const motion = new Motion(START, LIMITS, false);
    motion.rotate(0.5, 0.1);
    motion.step(1 / 60);
    expect(motion.now.azimuth).toBeGreaterThan(0);
    expect(motion.now.azimuth).toBeLessThan(0.5);
    expect(settle(motion)).toBeLessThan(60);
    expect(motion.now).toBe(motion.goal);
    expect(motion.now.azimuth).toBeCloseTo(0.5, 9);
  });

  it("goes the whole way of more than half a turn", () => {
    const motion = new Motion(START, LIMITS, false);
    for (let i = 0; i < 8; i++) motion.rotate(1, 0);
    motion.step(1 / 60);
    expect(motion.now.azimuth).toBeGreaterThan(0);
    settle(motion);
    expect(motion.now.azimuth).toBeCloseTo(8, 9);
  });

  it("glides on after a drag, slower and slower, and ends", () => {
    const motion = new Motion(START, LIMITS, false);
    motion.glide(2, 0);
    expect(settle(motion)).toBeLessThan(200);
    // The speed 2 dies off with a time of 0.28 s: 2 * 0.28 in all.
    expect(motion.now.azimuth).toBeGreaterThan(0.5);
    expect(motion.now.azimuth).toBeLessThan(0.62);
  });

  it("flies, and a drag takes over", () => {
    const motion = new Motion(START, LIMITS, false);
    motion.fly({ ...START, azimuth: 2 });
    for (let i = 0; i < 20; i++) motion.step(1 / 60);
    expect(motion.now.azimuth).toBeGreaterThan(0.05);
    motion.stop();
    expect(motion.moving).toBe(false);
  });

  it("cuts when less motion is wanted", () => {
    const motion = new Motion(START, LIMITS, true);
    motion.fly({ ...START, azimuth: 2 });
    expect(motion.now.azimuth).toBe(2);
    motion.rotate(0.5, 0);
    motion.glide(3, 0);
    expect(motion.now.azimuth).toBe(2.5);
    expect(motion.moving).toBe(false);
  });

  it("keeps its limits in every step", () => {
    const motion = new Motion(START, LIMITS, false);
    motion.dolly(1e6);
    motion.rotate(0, -10);
    settle(motion);
    expect(motion.now.distance).toBe(LIMITS.maxDistance);
    expect(motion.now.elevation).toBeGreaterThanOrEqual(LIMITS.minElevation);
  });
});
