import { describe, expect, it } from "vitest";
import { between, eyeOfGaze, eyeOfOrbit, Flight } from "../src/core/eye";

const ORBIT = { target: [0, 0, 0], distance: 5, azimuth: Math.PI / 2, elevation: 0.3 } as const;

describe("the eye", () => {
  it("of an orbit that stands in the east looks west and down", () => {
    const eye = eyeOfOrbit(ORBIT, 1);
    expect(eye.position[0]).toBeCloseTo(5 * Math.cos(0.3));
    expect([eye.heading, eye.pitch]).toEqual([-Math.PI / 2, -0.3]);
  });

  it("goes from one pose to another the shorter way round", () => {
    const from = eyeOfGaze([0, 0, 0], { heading: 3, pitch: 0, fov: 1 });
    const to = eyeOfGaze([2, 0, 0], { heading: -3, pitch: 0.4, fov: 1.4 });
    const half = between(from, to, 0.5);
    expect(half.heading).toBeCloseTo(Math.PI);
    expect([half.position[0], half.pitch, half.fov]).toEqual([1, 0.2, 1.2]);
  });

  it("arrives in time, and tells how far it is", () => {
    const shares: number[] = [];
    const to = eyeOfGaze([1, 0, 0], { heading: 0, pitch: 0, fov: 1 });
    const flight = new Flight(eyeOfOrbit(ORBIT, 1), to, 1, (share) => shares.push(share));
    expect(flight.step(0.5)).toBe(true);
    expect(flight.step(0.6)).toBe(false);
    expect(shares).toEqual([0.5, 1]);
    expect(flight.eye.position).toEqual([1, 0, 0]);
  });
});
