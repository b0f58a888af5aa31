import { describe, expect, it } from "vitest";
import { attitudeOf, GyroscopeLook, lookOf } from "../src/core/gyroscope";

const DEGREE = Math.PI / 180;

/** Heading and pitch in degrees; headings from 0 to 360. */
function degrees(look: { heading: number; pitch: number }): { heading: number; pitch: number } {
  return { heading: (look.heading / DEGREE + 360) % 360, pitch: look.pitch / DEGREE };
}

describe("the look of a phone", () => {
  // Alpha grows counter-clockwise: 270 is to the east.
  it.each<[string, number, number, number, number, number, number]>([
    ["upright, to the north", 0, 90, 0, 0, 0, 0],
    ["upright, to the east", 270, 90, 0, 0, 90, 0],
    ["upright, to the south", 180, 90, 0, 0, 180, 0],
    ["upright, to the west", 90, 90, 0, 0, 270, 0],
    ["leaning back, looking 30 degrees down", 0, 60, 0, 0, 0, -30],
    ["leaning over, looking 30 degrees up", 0, 120, 0, 0, 0, 30],
    ["flat on a table, its top to the north", 0, 0, 0, 0, 0, -90],
    ["flat on a table, its top to the east", 270, 0, 0, 0, 90, -90],
    ["held overhead, its top to the south", 0, 180, 0, 0, 0, 90],
    // Top to the left: the phone's X is up, its Y to the west.
    ["on its left side, to the north", 90, 0, -90, 90, 0, 0],
    ["on its left side, to the east", 0, 0, -90, 90, 90, 0],
    ["on its right side, to the north", 270, 0, 90, 270, 0, 0],
    ["on its right side, to the east", 180, 0, 90, 270, 90, 0],
    ["on its left side, looking 20 degrees down", 90, 0, -70, 90, 0, -20],
    ["flat, the picture turned: its right edge to the north", 90, 0, 0, 90, 0, -90],
  ])("%s", (_, alpha, beta, gamma, screen, heading, pitch) => {
    const look = degrees(lookOf(attitudeOf(alpha, beta, gamma), screen));
    expect(Math.cos((look.heading - heading) * DEGREE)).toBeCloseTo(1, 6);
    expect(look.pitch).toBeCloseTo(pitch, 4);
  });

  it("has no jump on the way from the horizon to the feet and over the head", () => {
    let before = lookOf(attitudeOf(40, 2, 3), 0);
    for (let beta = 3; beta <= 178; beta++) {
      const look = lookOf(attitudeOf(40, beta, 3), 0);
      expect(Math.abs(look.heading - before.heading) / DEGREE).toBeLessThan(3);
      before = look;
    }
  });

  it("does not care how the angles tell an attitude", () => {
    // Past upright the same attitude has gamma 180 degrees away.
    const a = lookOf(attitudeOf(10, 95, 5), 0);
    const b = lookOf(attitudeOf(190, 85, 185), 0);
    expect(a.heading).toBeCloseTo(b.heading, 6);
    expect(a.pitch).toBeCloseTo(b.pitch, 6);
  });
});

describe("a view that follows a phone", () => {
  const START = { heading: 2, pitch: 0.3 };

  function started(): GyroscopeLook {
    const gyroscope = new GyroscopeLook();
    gyroscope.start(START);
    return gyroscope;
  }

  it("goes on from where it was, then takes the horizon of the phone", () => {
    const gyroscope = started();
    const first = gyroscope.feel(123, 90, 0, 0, 10);
    expect(first.heading).toBeCloseTo(2);
    expect(first.pitch).toBeCloseTo(0.3);
    let last = first;
    for (let t = 10.02; t < 13; t += 0.02) last = gyroscope.feel(123, 90, 0, 0, t);
    expect(last.heading).toBeCloseTo(2);
    expect(Math.abs(last.pitch)).toBeLessThan(0.01);
  });

  it("turns as far as the phone turns", () => {
    const gyroscope = started();
    let last = gyroscope.feel(350, 90, 0, 0, 0);
    // 40 degrees to the left, over north, in one second.
    for (let i = 1; i <= 50; i++) last = gyroscope.feel((350 + 0.8 * i) % 360, 90, 0, 0, i / 50);
    for (let i = 51; i <= 150; i++) last = gyroscope.feel(30, 90, 0, 0, i / 50);
    expect((2 - last.heading) / DEGREE).toBeCloseTo(40, 1);
  });

  it("evens out a shaking hand, yet follows a turn at once", () => {
    const gyroscope = started();
    gyroscope.feel(0, 90, 0, 0, 0);
    const headings: number[] = [];
    for (let i = 1; i <= 120; i++) {
      headings.push(gyroscope.feel(i % 2 ? 0.3 : 359.7, 90, 0, 0, i / 60).heading / DEGREE);
    }
    const late = headings.slice(60);
    expect(Math.max(...late) - Math.min(...late)).toBeLessThan(0.3);
    const still = gyroscope.feel(0, 90, 0, 0, 121 / 60).heading;
    let turned = still;
    for (let i = 1; i <= 6; i++) turned = gyroscope.feel(360 - 3 * i, 90, 0, 0, (121 + i) / 60).heading;
    // 18 degrees in a tenth of a second: no more than 5 are missing.
    expect((turned - still) / DEGREE).toBeGreaterThan(13);
  });

  it("is shifted by a drag, and no further than straight up", () => {
    const gyroscope = started();
    gyroscope.feel(0, 90, 0, 0, 0);
    gyroscope.shift(0.5, 0.1);
    const dragged = gyroscope.feel(0, 90, 0, 0, 20);
    expect(dragged.heading).toBeCloseTo(2.5);
    expect(dragged.pitch).toBeCloseTo(0.1);
    gyroscope.shift(0, 9);
    expect(gyroscope.feel(0, 90, 0, 0, 21).pitch).toBeLessThanOrEqual(Math.PI / 2);
  });

  it("keeps its view when it is switched off and on elsewhere", () => {
    const gyroscope = started();
    gyroscope.feel(0, 90, 0, 0, 0);
    gyroscope.start({ heading: -1, pitch: 0 });
    expect(gyroscope.feel(200, 45, 10, 0, 60).heading).toBeCloseTo(-1);
  });
});
