import { PerspectiveCamera } from "three";
import { describe, expect, it } from "vitest";
import { frontRanks, labelSide, screenFromWorld } from "../src/core/project";

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
