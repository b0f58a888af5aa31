import { describe, expect, it } from "vitest";
import { fovLimits, GazeMotion, grabbed, rayThrough, usualFov } from "../src/core/gaze";
import { anglesOf, rayOf } from "../src/core/sphere";

const DEGREE = Math.PI / 180;
const LENS = { width: 1000, height: 800, dx: 0, dy: 0 };
const AHEAD = { heading: 0, pitch: 0, fov: 90 * DEGREE };
const motion = (reduced = false, start = AHEAD): GazeMotion => new GazeMotion(start, fovLimits(1.25), reduced);

function settle(gaze: GazeMotion, seconds = 5): number {
  let steps = 0;
  while (steps < seconds * 60 && gaze.step(1 / 60)) steps += 1;
  return steps;
}

describe("rays through the screen", () => {
  it("are 45 degrees up at the upper edge of a view of 90 degrees", () => {
    const { yaw, pitch } = anglesOf(rayThrough(AHEAD, LENS, 500, 0));
    expect(yaw).toBeCloseTo(0);
    expect(pitch).toBeCloseTo(45 * DEGREE);
    expect(anglesOf(rayThrough(AHEAD, LENS, 900, 400)).yaw).toBeCloseTo(45 * DEGREE);
  });

  it("follow the middle of the picture when a panel moves it", () => {
    const moved = { ...LENS, dx: 200, dy: 50 };
    expect(anglesOf(rayThrough(AHEAD, moved, 300, 350))).toEqual({ yaw: 0, pitch: 0 });
  });
});

describe("a grabbed direction", () => {
  it.each([
    [0.3, 0.1, 120, 700],
    [-2.5, -0.6, 860, 90],
    [3.1, 0.9, 500, 400],
  ])("is at the point of the screen: heading %f, pitch %f", (heading, pitch, x, y) => {
    const ray = rayOf({ yaw: heading, pitch });
    const gaze = grabbed({ ...AHEAD, fov: 1.1 }, LENS, x, y, ray);
    const found = rayThrough(gaze, LENS, x, y);
    found.forEach((part, axis) => expect(part).toBeCloseTo(ray[axis] as number, 9));
  });

  it("takes the short way past south", () => {
    const from = { ...AHEAD, heading: 179 * DEGREE };
    const to = grabbed(from, LENS, 500, 400, rayOf({ yaw: -179 * DEGREE, pitch: 0 }));
    expect(to.heading).toBeCloseTo(181 * DEGREE);
  });

  it("stays level where it cannot be reached", () => {
    const gaze = grabbed(AHEAD, LENS, 500, 0, rayOf({ yaw: 0, pitch: -89 * DEGREE }));
    expect(gaze.pitch).toBe(-90 * DEGREE);
  });
});

describe("the gaze over time", () => {
  it("goes to its goal and rests there", () => {
    const gaze = motion();
    gaze.turn(0.5, 0.2);
    expect(settle(gaze)).toBeGreaterThan(5);
    expect(gaze.now.heading).toBeCloseTo(0.5);
    expect(gaze.step(1 / 60)).toBe(false);
  });

  it("glides on after a drag, slower and slower", () => {
    const gaze = motion();
    gaze.glide(2, 0);
    settle(gaze);
    // The speed shrinks to 1/e in 0.32 s: it goes 2 * 0.32 in all.
    expect(gaze.now.heading).toBeCloseTo(0.64, 1);
  });

  it("cuts when less motion is wished", () => {
    const gaze = motion(true);
    gaze.turn(0.5, 0);
    expect(gaze.now.heading).toBe(0.5);
    gaze.glide(2, 0);
    gaze.fly({ heading: 1 });
    expect(gaze.now.heading).toBe(1);
    expect(gaze.moving).toBe(false);
  });

  it("flies the shorter way round", () => {
    const gaze = motion(false, { ...AHEAD, heading: 170 * DEGREE });
    gaze.fly({ heading: -170 * DEGREE });
    settle(gaze);
    expect(gaze.now.heading).toBeCloseTo(190 * DEGREE);
  });

  it("ends at zenith, nadir and the limits of the zoom", () => {
    const gaze = motion(true);
    gaze.turn(0, 9);
    expect(gaze.now.pitch).toBe(90 * DEGREE);
    gaze.zoom(0.01);
    expect(gaze.now.fov).toBeCloseTo(30 * DEGREE);
    expect(gaze.canZoom(0.75)).toBe(false);
    expect(gaze.canZoom(1.3)).toBe(true);
  });

  it("zooms towards a point that keeps its direction", () => {
    const gaze = motion(true);
    const before = rayThrough(gaze.now, LENS, 800, 200);
    gaze.zoom(0.6, LENS, 800, 200);
    const after = rayThrough(gaze.now, LENS, 800, 200);
    after.forEach((part, axis) => expect(part).toBeCloseTo(before[axis] as number, 9));
  });
});

describe("fields of view", () => {
  it("are 90 degrees across a square and some screens, less on narrow ones", () => {
    expect(usualFov(1.5)).toBeCloseTo(2 * Math.atan(1 / 1.5));
    expect(usualFov(390 / 844)).toBeCloseTo(80 * DEGREE);
    expect(fovLimits(844 / 390).most).toBeCloseTo(2 * Math.atan(Math.tan(60 * DEGREE) / (844 / 390)));
    expect(fovLimits(0.5).most).toBeCloseTo(100 * DEGREE);
  });
});
