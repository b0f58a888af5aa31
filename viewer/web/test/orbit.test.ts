import { describe, expect, it } from "vitest";
import {
  between,
  dollied,
  limited,
  limitsFor,
  type Orbit,
  orbitOf,
  orbitTowards,
  panned,
  pointOnTargetPlane,
  positionOf,
  viewOf,
} from "../src/core/orbit";
import { type Box, distance, type Vec3 } from "../src/core/vector";

const DEGREE = Math.PI / 180;
const CUBE: Box = { min: [-1, 0, -1], max: [1, 2, 1] };

const expectPoint = (actual: Vec3, expected: Vec3): void =>
  expected.forEach((value, axis) => expect(actual[axis]).toBeCloseTo(value, 9));

describe("an orbit", () => {
  it("stands south at azimuth 0, east at 90 degrees, above at elevation 90", () => {
    const at = (azimuth: number, elevation: number): Vec3 =>
      positionOf({ target: [10, 0, 0], distance: 2, azimuth: azimuth * DEGREE, elevation: elevation * DEGREE });
    expectPoint(at(0, 0), [10, 0, 2]);
    expectPoint(at(90, 0), [12, 0, 0]);
    expectPoint(at(0, 90), [10, 2, 0]);
  });

  it("comes back from its view", () => {
    const orbit = orbitOf({ position: [4, 5, 3], target: [1, 1, 3] });
    expect(orbit.distance).toBeCloseTo(5, 12);
    expect(orbit.azimuth).toBeCloseTo(90 * DEGREE, 12);
    expect(orbit.elevation).toBeCloseTo(Math.asin(4 / 5), 12);
    expectPoint(viewOf(orbit).position, [4, 5, 3]);
  });

  it("pans to the right of the screen: east when it looks north", () => {
    const looksNorth: Orbit = { target: [0, 0, 0], distance: 10, azimuth: 0, elevation: 0 };
    expectPoint(panned(looksNorth, 0.1, 0).target, [1, 0, 0]);
    expectPoint(panned(looksNorth, 0, 0.1).target, [0, 1, 0]);
    const looksWest: Orbit = { ...looksNorth, azimuth: 90 * DEGREE };
    expectPoint(panned(looksWest, 0.1, 0).target, [0, 0, -1]);
  });

  it("keeps the point under the pointer when it zooms", () => {
    const limits = limitsFor({ min: [-50, 0, -50], max: [50, 100, 50] });
    const orbit: Orbit = { target: [0, 0, 0], distance: 40, azimuth: 0, elevation: 0 };
    const anchor: Vec3 = [6, 2, 0];
    const near = dollied(orbit, 0.5, limits, anchor);
    // At half the distance the offset from the centre of the screen must halve too.
    expectPoint(near.target, [3, 1, 0]);
    expect(near.distance).toBe(20);
  });

  it("finds the point of the target plane under a ray", () => {
    const orbit: Orbit = { target: [0, 0, 0], distance: 10, azimuth: 0, elevation: 0 };
    expectPoint(pointOnTargetPlane(orbit, [0, 0, 10], [3, 0, -10]), [3, 0, 0]);
  });

  it("turns the shorter way", () => {
    const from: Orbit = { target: [0, 0, 0], distance: 1, azimuth: 170 * DEGREE, elevation: 0 };
    const to: Orbit = { ...from, distance: 4, azimuth: -170 * DEGREE };
    const half = between(from, to, 0.5);
    expect(half.azimuth).toBeCloseTo(180 * DEGREE, 9);
    expect(half.distance).toBeCloseTo(2, 9);
  });
});

describe("limits", () => {
  const limits = limitsFor(CUBE);

  it("keep the camera above the ground", () => {
    const diving: Orbit = { target: [0, 0.5, 0], distance: 4, azimuth: 0, elevation: -60 * DEGREE };
    const kept = limited(diving, limits);
    expect(positionOf(kept)[1]).toBeGreaterThanOrEqual(limits.floor - 1e-9);
    expect(kept.azimuth).toBe(0);
  });

  it("keep the model in reach", () => {
    const lost = limited({ target: [1e3, 1, 0], distance: 1e4, azimuth: 0, elevation: 0.3 }, limits);
    expect(lost.target[0]).toBeLessThan(1.5);
    expect(lost.distance).toBeLessThan(8);
  });

  it("never end below the floor, at any angle and distance", () => {
    for (const elevation of [-89, -40, 0, 50, 89])
      for (const reach of [0.01, 1, 5, 1e3]) {
        const orbit = { target: [0, -5, 0] as Vec3, distance: reach, azimuth: 1, elevation: elevation * DEGREE };
        expect(positionOf(limited(orbit, limits))[1]).toBeGreaterThanOrEqual(limits.floor - 1e-6);
      }
  });

  it("allow a start that lies outside of them", () => {
    const start = orbitOf({ position: [0, -3, 40], target: [9, -4, 0] });
    expect(limited(start, limitsFor(CUBE, start))).toEqual(start);
  });
});

describe("looking at a point", () => {
  const limits = limitsFor({ min: [-10, 0, -10], max: [10, 10, 10] });
  const from: Orbit = { target: [0, 2, 0], distance: 20, azimuth: 0, elevation: 20 * DEGREE };

  it("keeps the direction when the point can be seen", () => {
    const orbit = orbitTowards([1, 1, 1], from, 5, limits, () => true);
    expect(orbit).toMatchObject({ target: [1, 1, 1], distance: 5, azimuth: 0 });
  });

  it("goes round what hides it", () => {
    // Only from the north, where z is negative, the point is free.
    const orbit = orbitTowards([0, 2, -1], from, 5, limits, (position) => position[2] < -1);
    expect(positionOf(orbit)[2]).toBeLessThan(-1);
    expect(distance(positionOf(orbit), [0, 2, -1])).toBeCloseTo(5, 9);
  });

  it("stays in front when it can be seen from nowhere", () => {
    expect(orbitTowards([0, 2, 0], from, 5, limits, () => false).azimuth).toBe(0);
  });
});
