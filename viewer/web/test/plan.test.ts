import { describe, expect, it } from "vitest";
import type { Hotspot, WorldFrame } from "../src/core/manifest.gen";
import { conePath, fovAcross, nearestPoint, placeLabels, planHeight, planOf, pointTowards } from "../src/core/plan";
import type { PlanPoint, PlanSite } from "../src/core/plan";
import { standpoint } from "./shapes";

const METRIC: WorldFrame = { scale: "metric", scale_source: "control", up: "measured", north: "true" };

/** South-west, south-east, north-east: 40 m across, 20 m deep. */
const NODES = [
  standpoint("sw", [0, 1, 20], { links: ["se"] }),
  standpoint("se", [40, 1, 20], { links: ["sw", "ne", "gone"] }),
  standpoint("ne", [40, 5, 0], { links: ["ne"] }),
];
const site = (more: Partial<PlanSite> = {}): PlanSite => ({
  nodes: NODES,
  hotspots: [],
  bounds: null,
  world: METRIC,
  ...more,
});

describe("a plan", () => {
  it("has north up and east to the right, as large as the frame allows", () => {
    // 100 - 2 * 10 px for 40 m: 2 px a metre; 20 m take 40 px in the middle of 60.
    const plan = planOf(site(), 100, 60, 10);
    expect(plan.nodes).toEqual([[10, 50], [90, 50], [90, 10]]);
    expect(plan.at([20, 0, 10])).toEqual([50, 30]);
    expect(plan.north).toBe(true);
    expect(plan.bar).toEqual({ metres: 10, pixels: 20 });
  });

  it("brings what is far outside to its edge", () => {
    expect(planOf(site(), 100, 60, 10).at([-1000, 0, 10])).toEqual([5, 30]);
  });

  it("has each link once, and none to itself or to nowhere", () => {
    expect(planOf(site(), 100, 60, 10).links).toEqual([[0, 1], [1, 2]]);
  });

  it("shows hotspots and the model's outline", () => {
    const spot: Hotspot = { id: "bia", position: [20, 0, 0], title: { vi: "Bia" } };
    const bounds = { min: [-10, 0, -10], max: [50, 9, 30] } as const;
    // Now 60 m across and 40 m deep in 80 x 40 px: 1 px a metre.
    const plan = planOf(site({ hotspots: [spot], bounds }), 100, 60, 10);
    expect(plan.outline).toEqual([[20, 10], [80, 50]]);
    expect(plan.hotspots).toEqual([[50, 20]]);
  });

  it("cuts off a model that is far larger than the walk", () => {
    const bounds = { min: [-1000, 0, -1000], max: [1000, 9, 1000] } as const;
    const { nodes } = planOf(site({ bounds }), 100, 60, 10);
    expect((nodes[1]?.[0] ?? 0) - (nodes[0]?.[0] ?? 0)).toBeGreaterThan(25);
  });

  it("is a sketch without metres and north where places were only drawn up", () => {
    const nodes = NODES.map((node) => ({ ...node, pose: { ...node.pose, placed_by: "order" as const } }));
    expect(planOf(site({ nodes }), 100, 60, 10)).toMatchObject({ sketch: true, bar: null, north: false });
    const tilted = { ...METRIC, up: "assumed", north: "unknown" } as const;
    expect(planOf(site({ world: tilted }), 100, 60, 10)).toMatchObject({ sketch: true, bar: null, north: false });
    const unscaled = { ...METRIC, scale: "unknown" } as const;
    expect(planOf(site({ world: unscaled }), 100, 60, 10)).toMatchObject({ sketch: false, bar: null, north: true });
  });

  it("has a single node in its middle, and stands nodes above one another", () => {
    const one = planOf(site({ nodes: NODES.slice(0, 1) }), 100, 60, 10);
    expect(one.nodes).toEqual([[50, 30]]);
    expect(one.bar).toBeNull();
    const tower = [standpoint("a", [1, 0, 1]), standpoint("b", [1, 9, 1])];
    expect(planOf(site({ nodes: tower }), 100, 60, 10).nodes).toEqual([[50, 30], [50, 30]]);
    expect(planOf(site({ nodes: [] }), 100, 60, 10).nodes).toEqual([]);
  });

  it("is as high as the site is deep, within bounds", () => {
    expect(planHeight(site(), 100, 10, 30, 200)).toBe(60);
    expect(planHeight(site(), 100, 10, 80, 200)).toBe(80);
    expect(planHeight(site({ nodes: NODES.slice(0, 1) }), 100, 10, 30, 90)).toBe(30);
  });
});

describe("the cone of the view", () => {
  it("looks up the plan, as wide as the field of view", () => {
    expect(conePath(Math.PI / 2, 10)).toBe("M0 0L-7.1 -7.1A10 10 0 0 1 7.1 -7.1Z");
    expect(fovAcross(Math.PI / 2, 1)).toBeCloseTo(Math.PI / 2);
    expect(fovAcross(Math.PI / 2, 0.5)).toBeCloseTo(2 * Math.atan(0.5));
  });
});

describe("dots", () => {
  const dots: PlanPoint[] = [[10, 10], [20, 10], [60, 10], [60, 50]];

  it("are chosen by the nearest tap within reach", () => {
    expect(nearestPoint(dots, [16, 12], 22)).toBe(1);
    expect(nearestPoint(dots, [14, 10], 22)).toBe(0);
    expect(nearestPoint(dots, [40, 40], 10)).toBeNull();
    expect(nearestPoint([[5, 5], [5, 5]], [5, 5], 22, 0)).toBe(1);
  });

  it("are walked by arrow keys", () => {
    expect(pointTowards(dots, 0, [1, 0])).toBe(1);
    expect(pointTowards(dots, 1, [1, 0])).toBe(2);
    expect(pointTowards(dots, 2, [0, 1])).toBe(3);
    expect(pointTowards(dots, 3, [-1, 0])).toBe(1);
    expect(pointTowards(dots, 0, [0, -1])).toBeNull();
  });

  it("get labels that cover neither dots nor labels nor leave the plan", () => {
    const size = { width: 30, height: 10 };
    const places = placeLabels(dots, dots.map(() => size), [0, 1, 2, 3], { width: 100, height: 60 }, 4);
    // The first has a dot at its right and the edge everywhere else; the second a dot within 31 px.
    expect(places[0]).toBeNull();
    expect(places[1]).toMatchObject({ x: 5, y: 17 });
    expect(places[2]).toMatchObject({ x: 67, y: 5 });
    expect(places[3]).toMatchObject({ x: 67, y: 45 });
    const crowded = placeLabels([[50, 30], [50, 30]], [size, size], [1, 0], { width: 100, height: 60 }, 4);
    expect(crowded[1]).toMatchObject({ x: 57, y: 25 });
    expect(crowded[0]).toMatchObject({ x: 13, y: 25 });
  });
});
