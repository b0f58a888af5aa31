import { describe, expect, it } from "vitest";
import {
  directionOfLook,
  directionWord,
  lookAlong,
  nodeName,
  readableId,
  tabOrder,
  wayName,
  waysOf,
} from "../src/core/links";
import type { WorldFrame } from "../src/core/manifest.gen";
import type { Vec3 } from "../src/core/vector";
import { standpoint } from "./shapes";

const DEGREE = Math.PI / 180;
const METRIC: WorldFrame = { scale: "metric", scale_source: "control", up: "measured", north: "true" };
const UNKNOWN: WorldFrame = { scale: "unknown", scale_source: "none", up: "assumed", north: "unknown" };

/** A yard: the gate to the north, the well to the east, the tree south-west, the tower right above. */
const YARD = standpoint("san", [0, 1.6, 0], { links: ["cong", "gieng", "cay", "thap"] });
const NODES = [
  YARD,
  standpoint("cay", [-3, 1.6, 3]),
  standpoint("cong", [0, 1.6, -12], { name: { vi: "Cổng", en: "Gate" } }),
  standpoint("gieng", [4, 1.6, 0]),
  standpoint("thap", [0, 21.6, 0]),
];
const ids = (world = METRIC): string[] => waysOf(YARD, NODES, world).map(({ to }) => to.id);
const way = (id: string, world = METRIC) => {
  const found = waysOf(YARD, NODES, world).find(({ to }) => to.id === id);
  if (!found) throw new Error(id);
  return found;
};

describe("directions", () => {
  it.each<[Vec3, number, number]>([
    [[0, 0, -1], 0, 0],
    [[2, 0, 0], 90, 0],
    [[0, 0, 3], 180, 0],
    [[-1, 0, 0], -90, 0],
    [[0, 1, -1], 0, 45],
    [[1, -Math.SQRT2, -1], 45, -45],
  ])("%j has heading %d and pitch %d degrees", (direction, heading, pitch) => {
    const look = lookAlong(direction);
    expect(look.heading / DEGREE).toBeCloseTo(heading);
    expect(look.pitch / DEGREE).toBeCloseTo(pitch);
    const size = Math.hypot(...direction);
    directionOfLook(look).forEach((x, axis) => expect(x).toBeCloseTo((direction[axis] as number) / size));
  });

  it.each([
    [0, "ahead"], [22, "ahead"], [23, "aheadRight"], [45, "aheadRight"], [90, "toRight"], [135, "behindRight"],
    [180, "behindYou"], [-180, "behindYou"], [200, "behindYou"], [-135, "behindLeft"], [270, "toLeft"],
    [-45, "aheadLeft"], [-22, "ahead"], [338, "ahead"],
  ])("%d degrees from the view are %s", (degrees, word) => {
    expect(directionWord({ heading: degrees * DEGREE, pitch: 0 }, 0)).toBe(word);
    expect(directionWord({ heading: (degrees + 170) * DEGREE, pitch: 0.2 }, 170 * DEGREE)).toBe(word);
  });
});

describe("ways on from a node", () => {
  it("are all its links to nodes that exist, clockwise from north", () => {
    expect(ids()).toEqual(["cong", "thap", "gieng", "cay"]);
    const odd = standpoint("a", [0, 0, 0], { links: ["a", "nowhere", "b", "b"] });
    expect(waysOf(odd, [odd, standpoint("b", [1, 0, 0])], METRIC).map(({ to }) => to.id)).toEqual(["b"]);
  });

  it("stand on the ground below the linked node", () => {
    const { look, point } = way("gieng");
    expect(look.heading / DEGREE).toBeCloseTo(90);
    // 1.6 m down at 4 m: atan(0.4).
    expect(look.pitch / DEGREE).toBeCloseTo(-21.801);
    expect(point[0]).toBeGreaterThan(3.5);
    // Without metres nobody knows where the ground is.
    expect(way("gieng", UNKNOWN).look.pitch / DEGREE).toBeCloseTo(-12);
    expect(way("cong", UNKNOWN).look.pitch / DEGREE).toBeCloseTo(-12);
  });

  it("never stand under the feet nor in the sky", () => {
    const near = standpoint("near", [0.5, 1.6, 0]);
    const here = standpoint("here", [0, 1.6, 0]);
    const from = standpoint("from", [0, 1.6, 0], { links: ["near", "here"] });
    for (const each of waysOf(from, [near, here], METRIC)) {
      expect(each.look.pitch / DEGREE).toBeGreaterThanOrEqual(-40.001);
      expect(each.point.every(Number.isFinite)).toBe(true);
    }
    // The tower is right above; a node a little higher is still reached over the ground.
    for (const world of [METRIC, UNKNOWN]) expect(way("thap", world).look.pitch / DEGREE).toBeCloseTo(10);
    const up = standpoint("up", [0, 4.6, -10]);
    const below = standpoint("below", [0, 1.6, 0], { links: ["up"] });
    expect((waysOf(below, [up], METRIC)[0]?.look.pitch ?? 0) / DEGREE).toBeCloseTo(-6);
  });

  it("are named with place, direction and length, in each language", () => {
    expect(wayName(way("cong"), -45 * DEGREE, "vi")).toBe("Cổng, phía trước bên phải, 12 m");
    expect(wayName(way("cong"), Math.PI, "en")).toBe("Gate, behind, 12 m");
    expect(wayName(way("cong"), 90 * DEGREE, "zh-Hans")).toBe("Cổng，左侧，12 m");
    expect(wayName(way("cay"), 0, "vi")).toBe("Cay, phía sau bên trái, 4,2 m");
    expect(wayName(way("thap"), 1, "en")).toBe("Thap, above, 20 m");
  });

  it("tell no metres where nobody knows them", () => {
    expect(wayName(way("cong", UNKNOWN), 0, "en")).toBe("Gate, ahead");
    const a = standpoint("a", [0, 0, 0], { links: ["b"], placedBy: "order" });
    const b = standpoint("b", [1, 0, 0], { placedBy: "order" });
    expect(waysOf(a, [a, b], METRIC)[0]?.metres).toBeNull();
  });
});

describe("the order of the tab key", () => {
  const ways = waysOf(
    standpoint("m", [0, 0, 0], { links: ["n", "e", "s", "w"] }),
    [
      standpoint("n", [0, 0, -1]),
      standpoint("e", [1, 0, 0]),
      standpoint("s", [0, 0, 1]),
      standpoint("w", [-1, 0, 0]),
    ],
    METRIC,
  );
  const names = (order: number[]): string => order.map((index) => ways[index]?.to.id).join("");

  it("begins in the middle of the view and goes on clockwise", () => {
    expect(names(tabOrder(ways, 0))).toBe("nesw");
    expect(names(tabOrder(ways, 100 * DEGREE))).toBe("eswn");
    expect(names(tabOrder(ways, -80 * DEGREE))).toBe("wnes");
    expect(tabOrder([], 0)).toEqual([]);
  });

  it("stays as it is until another way is clearly nearer", () => {
    const order = tabOrder(ways, 0);
    expect(names(tabOrder(ways, 50 * DEGREE, order))).toBe("nesw");
    expect(names(tabOrder(ways, 60 * DEGREE, order))).toBe("eswn");
  });
});

describe("the name of a node", () => {
  it("is in the visitor's language, else in another, else its id made readable", () => {
    expect(nodeName({ id: "x", name: { vi: "Sân trước", en: "Front yard" } }, "en").text).toBe("Front yard");
    expect(nodeName({ id: "x", name: { vi: "Sân trước" } }, "en")).toEqual({ text: "Sân trước", lang: "vi" });
    expect(nodeName({ id: "san-truoc" }, "vi")).toEqual({ text: "San truoc", lang: "und" });
    expect(nodeName({ id: "san-truoc", name: { vi: "  " } }, "vi").text).toBe("San truoc");
    expect([readableId("R0010_0123"), readableId("đình"), readableId("--")]).toEqual(["R0010 0123", "Đình", "--"]);
  });
});
