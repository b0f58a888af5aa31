import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { manifestTypes, TYPES } from "../scripts/manifest-types.mjs";
import { boundsOf, isInside, pointBoundsOf, PackageFiles, tourOf } from "../src/core/manifest";
import { Problem } from "../src/core/problem";

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

  it("has bounds around all clouds, whose model may be smaller", () => {
    const cloud = (least: number, most: number) => ({ uri: "a", bounds_min: [0, least, 0], bounds_max: [1, most, 1] });
    const points = [cloud(0, 3), { uri: "untold" }, cloud(5, 8)];
    const all = { min: [0, 0, 0], max: [1, 8, 1] };
    expect(boundsOf(tourOf({ ...TOUR, points }))).toEqual(all);
    const tour = tourOf({ ...TOUR, points, models: [{ id: "m", bounds_min: [0, 0, 0], bounds_max: [1, 2, 1] }] });
    expect(boundsOf(tour)?.max).toEqual([1, 2, 1]);
    expect(pointBoundsOf(tour)).toEqual(all);
    expect(pointBoundsOf(tourOf({ ...TOUR, points: [{ uri: "untold" }] }))).toBeNull();
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
