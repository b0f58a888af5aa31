import { describe, expect, it } from "vitest";
import { anglesOf, inverse, normal, panoFromWorld, rayOf, turned, worldFromPano } from "../src/core/sphere";

const DEGREE = Math.PI / 180;
/** A quarter turn about +Y, counter-clockwise seen from above: -Z goes to -X, north to west. */
const TO_WEST = [0, Math.SQRT1_2, 0, Math.SQRT1_2] as const;

const near = (found: readonly number[], expected: readonly number[]): void =>
  found.forEach((x, axis) => expect(x).toBeCloseTo(expected[axis] as number, 12));

describe("directions", () => {
  it("are those of a glTF camera: ahead -Z, right +X, up +Y", () => {
    near(rayOf({ yaw: 0, pitch: 0 }), [0, 0, -1]);
    near(rayOf({ yaw: 90 * DEGREE, pitch: 0 }), [1, 0, 0]);
    near(rayOf({ yaw: 0, pitch: 90 * DEGREE }), [0, 1, 0]);
    expect(anglesOf([3, 0, 0]).yaw).toBeCloseTo(90 * DEGREE);
    expect(anglesOf([0, -2, -2]).pitch).toBeCloseTo(-45 * DEGREE);
  });

  it("turn with a quaternion xyzw and back", () => {
    near(turned(TO_WEST, [0, 0, -1]), [-1, 0, 0]);
    near(turned(inverse(TO_WEST), [-1, 0, 0]), [0, 0, -1]);
  });

  it("are headings in the world: a panorama whose middle looks west", () => {
    expect(worldFromPano(TO_WEST, { yaw: 0, pitch: 0 }).yaw).toBeCloseTo(-90 * DEGREE);
    const back = panoFromWorld(TO_WEST, { yaw: 0, pitch: 0.2 });
    expect(back.yaw).toBeCloseTo(90 * DEGREE);
    expect(back.pitch).toBeCloseTo(0.2);
  });

  it("follow a panorama that is tilted: its middle looks up by its pitch", () => {
    const tilt = [Math.sin(10 * DEGREE), 0, 0, Math.cos(10 * DEGREE)] as const;
    expect(worldFromPano(tilt, { yaw: 0, pitch: 0 }).pitch).toBeCloseTo(20 * DEGREE);
  });

  it("do not follow a quaternion that is none", () => {
    expect(normal([0, 0, 0, 0])).toEqual([0, 0, 0, 1]);
    near(normal([0, 2, 0, 2]), TO_WEST);
  });
});
