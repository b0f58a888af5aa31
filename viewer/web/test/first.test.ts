import { describe, expect, it } from "vitest";
import { firstNode } from "../src/core/first";
import type { Tour } from "../src/core/manifest";
import { standpoint } from "./shapes";

const NOWHERE = { node: null, view: null, hotspot: null };
const VIEW = { position: [0, 0, 5], target: [0, 0, 0] } as const;

const tour = (changes: Partial<Tour>): Tour =>
  ({
    id: "t",
    asset: { generator: "test" },
    world: { scale: "metric", scale_source: "gps", north: "true", up: "measured" },
    nodes: [standpoint("a", [0, 0, 0], {}), standpoint("b", [0, 0, -4], {})],
    ...changes,
  }) as Tour;
const MODEL = { id: "m", derivatives: [] } as unknown as NonNullable<Tour["models"]>[number];

describe("a tour begins", () => {
  it("in its first node, looking at the middle of its picture", () => {
    expect(firstNode(tour({}), NOWHERE)).toEqual({ node: "a", yaw: 0, pitch: 0, fov: null });
  });

  it("in the node of its start, looking towards the target", () => {
    const start = { position: [0, 0, 0], target: [4, 0, -4], node: "b" } as Tour["start"];
    const first = firstNode(tour({ start }), NOWHERE);
    expect(first?.node).toBe("b");
    expect(first?.yaw).toBeCloseTo(90);
  });

  it("where the link says", () => {
    const node = { node: "b", yaw: 5, pitch: null, fov: null };
    expect(firstNode(tour({}), { ...NOWHERE, node })).toBe(node);
    expect(firstNode(tour({}), { ...NOWHERE, node: { ...node, node: "gone" } })?.node).toBe("a");
  });

  it("at the model where there are no nodes or the link says so", () => {
    expect(firstNode(tour({ nodes: [] }), NOWHERE)).toBeNull();
    expect(firstNode(tour({ models: [MODEL] }), { ...NOWHERE, view: VIEW })).toBeNull();
    expect(firstNode(tour({}), { ...NOWHERE, view: VIEW })?.node).toBe("a");
  });
});
