import { describe, expect, it } from "vitest";
import { tilesBudget } from "../src/core/budget";
import { TriangleTree } from "../src/core/bvh";
import { Grounds } from "../src/core/ground";
import { Navigation } from "../src/core/navigation";
import { boxInView } from "../src/core/sight";
import type { Box } from "../src/core/vector";
import type { Screen } from "../src/core/start";

/** A wall of two triangles across the view, 2 wide and 2 high, at a place. */
const wall = (x: number, z: number): Float32Array =>
  Float32Array.from([x - 1, 0, z, x + 1, 0, z, x + 1, 2, z, x - 1, 0, z, x + 1, 2, z, x - 1, 2, z]);
const boxOf = (x: number, z: number): Box => ({ min: [x - 1, 0, z], max: [x + 1, 2, z] });
const SCREEN: Screen = { fov: 0.87, aspect: 1.6, free: { width: 1, height: 1 } };
const SOUTH = [0, 0, -1] as const;

const navigation = (declared: readonly (Box | null)[]) => new Navigation(0, wall(0, 0), declared, null, [], true, SCREEN);

describe("going around several models", () => {
  it("meets the nearest, and says which it is", () => {
    const both = navigation([boxOf(0, 0), boxOf(0, 3)]);
    expect(both.look([0, 1, 9], SOUTH)).toEqual({ model: 0, distance: 9 });
    both.put(1, wall(0, 3));
    expect(both.look([0, 1, 9], SOUTH)).toEqual({ model: 1, distance: 6 });
    both.show(1, false);
    expect(both.look([0, 1, 9], SOUTH)).toEqual({ model: 0, distance: 9 });
  });

  it("meets what stands for a model in place of its coarsest derivative", () => {
    const one = navigation([null]);
    one.stand(0, new TriangleTree(wall(0, 0.125)));
    expect(one.look([0, 1, 9], SOUTH)?.distance).toBe(8.875);
    one.focus([0, 1, 9], SOUTH);
    expect(one.motion.goal.target[2]).toBe(0.125);
    one.stand(0, null);
    expect(one.look([0, 1, 9], SOUTH)?.distance).toBe(9);
  });

  it("shows at first what is told of all, before they are here", () => {
    const both = navigation([boxOf(0, 0), boxOf(20, 0)]);
    const { target, distance } = both.start(SCREEN);
    expect(target[0]).toBeGreaterThan(5);
    expect(target[0]).toBeLessThan(15);
    expect(distance).toBeGreaterThan(2 * navigation([boxOf(0, 0)]).start(SCREEN).distance);
    both.show(1, false);
    expect(Math.abs(both.start(SCREEN).target[0])).toBeLessThan(1);
  });

  it("cuts none of them on a narrow screen, however dense the others", () => {
    const phone = { ...SCREEN, aspect: 0.5 };
    const places = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 20];
    const row = navigation(places.map((x) => boxOf(x, 0)));
    const { target, distance, azimuth } = row.start(phone);
    expect(Math.abs(azimuth)).toBeLessThan(Math.PI / 4);
    const slope = Math.tan(phone.fov / 2) * phone.aspect;
    for (const end of [-1, 21]) {
      const [aside, ahead] = [(end - target[0]) * Math.cos(azimuth), distance - (end - target[0]) * Math.sin(azimuth)];
      expect(Math.abs(aside) / ahead).toBeLessThan(slope);
    }
  });

  it("frames one of them", () => {
    const both = navigation([boxOf(0, 0), boxOf(20, 0)]);
    both.frame(1, SCREEN);
    expect(both.motion.goal.target[0]).toBeCloseTo(20, 0);
    expect(both.motion.goal.distance).toBeLessThan(10);
  });

  it("tells when one comes that nobody had told of", () => {
    const both = navigation([boxOf(0, 0), null]);
    expect(both.put(1, wall(20, 0))).toBe(true);
    expect(both.bounds.max[0]).toBe(21);
    expect(navigation([null, boxOf(20, 0)]).put(1, wall(20, 0))).toBe(false);
  });

  it("has something to go around when all are hidden", () => {
    const one = navigation([boxOf(0, 0)]);
    one.show(0, false);
    expect(one.look([0, 1, 9], SOUTH)?.distance).toBe(9);
  });
});

describe("surfaces as one", () => {
  const both = new Grounds([new TriangleTree(wall(0, 0)), new TriangleTree(wall(0, 3))]);

  it("have the nearest hit and the least distance, no further than asked", () => {
    expect(both.raycast([0, 1, 9], SOUTH)?.distance).toBe(6);
    expect(both.raycast([0, 1, -9], [0, 0, 1])?.distance).toBe(9);
    expect(both.raycast([0, 1, 9], SOUTH, 5)).toBeNull();
    expect(both.distanceTo([0, 1, 4], 10)).toBe(1);
    expect(both.distanceTo([0, 1, 4], 0.5)).toBe(0.5);
    expect(new Grounds([]).raycast([0, 1, 9], SOUTH)).toBeNull();
  });
});

describe("a box in the picture", () => {
  // Looks along -Z from the origin, a right angle from edge to edge.
  const clip = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, -1, 0, 0, -0.2, 0];
  const at = (x: number, y: number, z: number, half = 1): Box => ({
    min: [x - half, y - half, z - half],
    max: [x + half, y + half, z + half],
  });

  it("is seen in front, at the edge, and from within", () => {
    expect(boxInView(clip, at(0, 0, -10))).toBe(true);
    expect(boxInView(clip, at(10, 0, -10))).toBe(true);
    expect(boxInView(clip, at(0, 0, 0))).toBe(true);
    expect(boxInView(clip, at(0, 0, -10, 100))).toBe(true);
  });

  it("is not seen beside, above and behind", () => {
    expect(boxInView(clip, at(13, 0, -10))).toBe(false);
    expect(boxInView(clip, at(0, -13, -10))).toBe(false);
    expect(boxInView(clip, at(0, 0, 10))).toBe(false);
  });
});

describe("the memory of tiles beside derivatives", () => {
  it("is all that tiles may take for one model, and a share of all for several", () => {
    expect(tilesBudget(768, 640, 1, 1)).toBe(640);
    expect(tilesBudget(768, 640, 1, 2)).toBe(512);
    expect(tilesBudget(768, 640, 0, 3)).toBe(0);
    expect(tilesBudget(768, 640, 3, 3)).toBe(640);
  });
});
