import { describe, expect, it } from "vitest";
import { boundsOfTriangles, mainBounds } from "../src/core/bounds";
import { ground } from "./shapes";

/** A small triangle at a place. */
const crumb = (x: number, y: number, z: number): number[] => [x, y, z, x + 1, y, z, x, y + 1, z];

describe("bounds", () => {
  const model = ground(30);

  it("leave a crumb out of the main part", () => {
    const corners = new Float32Array([...model, ...crumb(500, 500, 500)]);
    expect(boundsOfTriangles(corners).max).toEqual([501, 501, 500]);
    expect(mainBounds(corners)).toEqual(boundsOfTriangles(model));
  });

  it("leave out many crumbs at many distances, on all sides", () => {
    const crumbs = [20, 35, 80, 300].flatMap((d) => [...crumb(d, 3, 0), ...crumb(-d, 3, 0), ...crumb(0, d, d)]);
    const main = mainBounds(new Float32Array([...model, ...crumbs]));
    expect([main.min[0], main.max[0], main.max[2]]).toEqual([-15, 15, 15]);
    expect(main.max[1]).toBeLessThanOrEqual(4);
  });

  it("keep thin parts that belong to the model", () => {
    const mast = [0, 0, 0, 0.1, 0, 0, 0, 25, 0];
    expect(mainBounds(new Float32Array([...model, ...mast])).max[1]).toBe(25);
  });

  it("keep a part that stands alone but is no crumb", () => {
    const gate = ground(6).map((value, index) => (index % 3 === 0 ? value + 40 : value));
    expect(mainBounds(new Float32Array([...model, ...gate])).max[0]).toBe(43);
  });

  it("of nothing are a point", () => {
    expect(mainBounds(new Float32Array())).toEqual({ min: [0, 0, 0], max: [0, 0, 0] });
  });
});
