import { describe, expect, it } from "vitest";
import { TriangleTree } from "../src/core/bvh";
import type { Vec3 } from "../src/core/vector";
import { ground } from "./shapes";


/** The same answer by trying every triangle: solves corner + u edge + v edge = origin + t ray. */
function bruteForce(corners: Float32Array, o: Vec3, d: Vec3): number {
  let best = Infinity;
  for (let i = 0; i < corners.length; i += 9) {
    const [a, b, c] = [0, 3, 6].map((k) => Array.from(corners.subarray(i + k, i + k + 3)));
    const rows = [0, 1, 2].map((k) => [b![k]! - a![k]!, c![k]! - a![k]!, -d[k]!]);
    const right = [0, 1, 2].map((k) => o[k]! - a![k]!);
    const det = (m: number[][]): number =>
      m[0]![0]! * (m[1]![1]! * m[2]![2]! - m[1]![2]! * m[2]![1]!) -
      m[0]![1]! * (m[1]![0]! * m[2]![2]! - m[1]![2]! * m[2]![0]!) +
      m[0]![2]! * (m[1]![0]! * m[2]![1]! - m[1]![1]! * m[2]![0]!);
    const whole = det(rows);
    if (Math.abs(whole) < 1e-12) continue;
    const [u, v, t] = [0, 1, 2].map(
      (col) => det(rows.map((row, k) => row.map((x, j) => (j === col ? right[k]! : x)))) / whole,
    ) as [number, number, number];
    if (u >= 0 && v >= 0 && u + v <= 1 && t > 0) best = Math.min(best, t);
  }
  return best;
}

describe("a triangle tree", () => {
  const corners = ground(30);
  const tree = new TriangleTree(corners);

  it("finds what trying every triangle finds", () => {
    let hits = 0;
    for (let k = 0; k < 60; k++) {
      const origin: Vec3 = [Math.sin(k) * 20, 3 + (k % 5), Math.cos(k * 1.7) * 20];
      const direction: Vec3 = [-Math.sin(k) + 0.13, -0.2 - (k % 3) * 0.1, -Math.cos(k * 1.7) + 0.07];
      const expected = bruteForce(corners, origin, direction);
      const hit = tree.raycast(origin, direction);
      if (Number.isFinite(expected)) hits += 1;
      expect(hit?.distance ?? Infinity).toBeCloseTo(expected, 4);
    }
    expect(hits).toBeGreaterThan(20);
  });

  it("says where it hit, from either side, and sees nothing beyond its reach", () => {
    const wall = new TriangleTree(new Float32Array([-1, -1, 0, 1, -1, 0, 0, 1, 0]));
    expect(wall.raycast([0, 0, 5], [0, 0, -1])).toEqual({ distance: 5, point: [0, 0, 0], front: true });
    expect(wall.raycast([0, 0, -5], [0, 0, 1])).toMatchObject({ distance: 5, front: false });
    expect(wall.raycast([0, 0, 5], [0, 0, -1], 4.9)).toBeNull();
    expect(wall.raycast([0, 0, 5], [0, 0, 1])).toBeNull();
    expect(wall.raycast([3, 0, 5], [0, 0, -1])).toBeNull();
  });

  it("knows how far the nearest surface is, within a face, at an edge and at a corner", () => {
    const wall = new TriangleTree(new Float32Array([0, 0, 0, 4, 0, 0, 0, 4, 0]));
    expect(wall.distanceTo([1, 1, 3], 10)).toBeCloseTo(3, 9);
    expect(wall.distanceTo([2, -3, 4], 10)).toBeCloseTo(5, 9);
    expect(wall.distanceTo([-3, -4, 12], 20)).toBeCloseTo(13, 9);
    expect(wall.distanceTo([1, 1, 3], 2)).toBe(2);
  });

  it("measures what trying every triangle measures, and no further than asked", () => {
    const single = Array.from({ length: corners.length / 9 }, (_, i) => new TriangleTree(corners.subarray(9 * i, 9 * i + 9)));
    for (let k = 0; k < 20; k++) {
      const point: Vec3 = [Math.sin(k) * 18, (k % 7) - 2, Math.cos(k * 1.7) * 18];
      const expected = Math.min(...single.map((each) => each.distanceTo(point, 30)));
      expect(tree.distanceTo(point, 30)).toBeCloseTo(expected, 9);
    }
  });

  it("is empty without triangles", () => {
    expect(new TriangleTree(new Float32Array()).raycast([0, 0, 0], [0, 0, 1])).toBeNull();
  });
});
