import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { manifestTypes, TYPES } from "../scripts/manifest-types.mjs";
import { boundsOf, isInside, PackageFiles, tourOf } from "../src/core/manifest";
import { Problem } from "../src/core/problem";
import { startOrbit } from "../src/core/start";
import { distance, type Vec3 } from "../src/core/vector";
import { positionOf } from "../src/core/orbit";

describe("the types of the manifest", () => {
  it("are those of docs/schema/tour.schema.json: else run `npm run types`", async () => {
    expect(await readFile(TYPES, "utf8")).toBe(await manifestTypes());
  });
});

const WORLD = { scale: "unknown", scale_source: "none", north: "unknown", up: "assumed" };
const TOUR = { asset: { version: "1.0", generator: "test" }, id: "t", world: WORLD };

const kindOf = (value: unknown): string => {
  try {
    tourOf(value);
    return "none";
  } catch (reason) {
    return (reason as Problem).kind;
  }
};

describe("reading a manifest", () => {
  it("takes the least one", () => expect(tourOf(TOUR).id).toBe("t"));

  it("says what is wrong with another", () => {
    expect(kindOf(null)).toBe("manifest-broken");
    expect(kindOf([])).toBe("manifest-broken");
    expect(kindOf({ ...TOUR, models: {} })).toBe("manifest-broken");
    expect(kindOf({ ...TOUR, asset: { version: "2.0", generator: "later" } })).toBe("manifest-newer");
  });

  it("has bounds only when both corners are there", () => {
    expect(boundsOf(tourOf({ ...TOUR, models: [{ id: "m", derivatives: [], bounds_min: [0, 0, 0] }] }))).toBeNull();
  });
});

describe("files of a package", () => {
  const files = new PackageFiles("/t/x/files/", { "model/a b.glb": "0123456789abcdef0123" });

  it("have addresses that change with their content", () => {
    expect(files.url("model/a b.glb")).toBe("/t/x/files/model/a%20b.glb?v=0123456789abcdef");
    expect(files.url("other.glb", "f".repeat(64))).toBe(`/t/x/files/other.glb?v=${"f".repeat(16)}`);
    expect(files.url("other.glb")).toBe("/t/x/files/other.glb");
  });

  it.each(["//evil/x", "https://evil/x", "javascript:1", "../x", "a/../../x", "a\\b", "", "x?y", "x#y"])(
    "are never outside of it: %s",
    (uri) => {
      expect(isInside(uri)).toBe(false);
      expect(() => files.url(uri)).toThrow(Problem);
    },
  );
});

describe("the first view", () => {
  const box = { min: [-5, 0, -5] as Vec3, max: [5, 4, 5] as Vec3 };
  const screen = { fov: Math.PI / 3, aspect: 1.6, free: { width: 1, height: 1 } };
  const start = { position: [0, 3, 20] as [number, number, number], target: [0, 1, 0] as [number, number, number] };

  it("is that of the manifest on a wide screen", () => {
    const position = positionOf(startOrbit(start, box, screen));
    start.position.forEach((x, axis) => expect(position[axis]).toBeCloseTo(x, 6));
  });

  it("stands back on a phone, in the same direction", () => {
    const orbit = startOrbit(start, box, { ...screen, aspect: 0.5 });
    const wide = startOrbit(start, box, screen);
    expect(orbit.distance).toBeGreaterThan(1.5 * wide.distance);
    expect(orbit.azimuth).toBeCloseTo(wide.azimuth, 9);
  });

  it("stays inside when it was placed inside", () => {
    const inside = { position: [1, 1.6, 2] as [number, number, number], target: [0, 1.6, 0] as [number, number, number] };
    const orbit = startOrbit(inside, box, { ...screen, aspect: 0.5 });
    expect(distance(positionOf(orbit), inside.position)).toBeLessThan(1e-9);
  });

  it("shows the whole model when the manifest says nothing", () => {
    const orbit = startOrbit(null, box, screen);
    expect(orbit.target).toEqual([0, 2, 0]);
    expect(orbit.distance).toBeGreaterThan(8);
    expect(orbit.elevation).toBeGreaterThan(0);
  });
});
