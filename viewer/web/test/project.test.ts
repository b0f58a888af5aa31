import { PerspectiveCamera } from "three";
import { describe, expect, it } from "vitest";
import { frontRanks, labelSide, namedPoints, type ScreenPoint, screenFromWorld } from "../src/core/project";

/** Looks north from 10 m south; at 90 degrees the screen's edge is as far out as the point is away. */
function clipFromWorld(): number[] {
  const camera = new PerspectiveCamera(90, 2, 0.1, 100);
  camera.position.set(0, 0, 10);
  camera.updateMatrixWorld();
  return camera.projectionMatrix.clone().multiply(camera.matrixWorldInverse).toArray();
}

describe("the place of a hotspot on the screen", () => {
  const matrix = clipFromWorld();
  const at = (x: number, y: number, z: number) => screenFromWorld(matrix, [x, y, z], 800, 400);

  it("is the middle for what the camera looks at", () => {
    expect(at(0, 0, 0)).toMatchObject({ x: 400, y: 200, inside: true });
    expect(at(0, 0, 0).depth).toBeCloseTo(10, 9);
  });

  it("has east at the right and up at the top", () => {
    expect(at(5, 0, 0).x).toBeCloseTo(500, 6);
    expect(at(0, 5, 0).y).toBeCloseTo(100, 6);
  });

  it("is outside beyond an edge and behind the camera", () => {
    expect(at(0, 10.1, 0).inside).toBe(false);
    expect(at(0, 9.9, 0).inside).toBe(true);
    expect(at(0, 0, 20).inside).toBe(false);
  });

  it("is in front of what lies farther away", () => {
    expect(frontRanks([at(0, 0, 5), at(0, 0, -5), at(0, 0, 0)])).toEqual([2, 0, 1]);
    expect(frontRanks([at(1, 0, 0), at(2, 0, 0)])).toEqual([0, 1]);
  });

  it("has its label on the side with room", () => {
    expect(labelSide(100, 360)).toBe("right");
    expect(labelSide(300, 360)).toBe("left");
  });
});

describe("the names below arrows", () => {
  const named = (...places: [x: number, y: number][]): boolean[] => {
    const points = places.map(([x, y]): ScreenPoint => ({ x, y, depth: 1, inside: true }));
    return namedPoints(points, places.map(() => 100), { width: 360, height: 640 }, { top: 60, bottom: 76 });
  };

  it("are three, those nearest to the middle", () => {
    expect(named([180, 150], [180, 320], [180, 400], [180, 240])).toEqual([false, true, true, true]);
  });

  it("lie on the screen and between the bars", () => {
    expect(named([49, 320], [51, 400], [180, 515], [180, 34])).toEqual([false, true, false, false]);
    expect(named([180, 514], [180, 35])).toEqual([true, true]);
  });

  it("lie over no other name and no arrow", () => {
    // 99 px beside each other the names of 100 px would touch; the farther one goes.
    expect(named([180, 330], [279, 330])).toEqual([true, false]);
    expect(named([180, 330], [280, 330])).toEqual([true, true]);
    // The arrow below reaches up to 23 px above its middle.
    expect(named([180, 320], [180, 392])).toEqual([false, true]);
    expect(named([180, 320], [180, 393])).toEqual([true, true]);
  });
});
