import { describe, expect, it } from "vitest";
import { hashOf, placeOf, searchOf } from "../src/core/link";

describe("links", () => {
  it("come back as they went, to a thousandth of the distance", () => {
    const view = { position: [12.3456789, 1.5, -3.25] as const, target: [0.1, 0, 1e-7] as const };
    const hash = hashOf({ node: null, view, hotspot: "cong-thanh" });
    const back = placeOf(hash);
    expect(back.hotspot).toBe("cong-thanh");
    back.view?.position.forEach((x, axis) => expect(x).toBeCloseTo(view.position[axis] as number, 2));
    expect(hashOf(back)).toBe(hash);
  });

  it("say a camera in the words of the manifest", () => {
    const view = { position: [1, 2, 3] as const, target: [0, 0.5, 0] as const };
    expect(hashOf({ node: null, view, hotspot: null })).toBe("#view=1,2,3,0,0.5,0");
    expect(hashOf({ node: null, view: null, hotspot: "a b&c" })).toBe("#hotspot=a%20b%26c");
    expect(hashOf({ node: null, view: null, hotspot: null })).toBe("");
  });

  it("keep the digits of small and large worlds", () => {
    const small = { position: [0.00123456, 0, 0] as const, target: [0, 0, 0] as const };
    expect(placeOf(hashOf({ node: null, view: small, hotspot: null })).view?.position[0]).toBeCloseTo(0.00123456, 7);
    const large = { position: [51234.4, 0, 0] as const, target: [0, 0, 0] as const };
    expect(hashOf({ node: null, view: large, hotspot: null })).toBe("#view=51234,0,0,0,0,0");
  });

  it.each(["", "#", "#view=1,2,3", "#view=1,2,3,4,5,x", "#view=1,2,3,1,2,3", "#view=,,,,,", "#view=1e400,0,0,0,0,0"])(
    "ignore a broken hash: %s",
    (hash) => expect(placeOf(hash)).toEqual({ node: null, view: null, hotspot: null }),
  );
});

describe("links to a node", () => {
  const node = { node: "san-truoc", yaw: -12.345678, pitch: 3, fov: 64.01 };

  it("stand in the query, beside what else is there", () => {
    const search = searchOf({ node, view: null, hotspot: null }, "?lang=vi&yaw=99");
    expect(search).toBe("?lang=vi&node=san-truoc&yaw=-12.35&pitch=3&fov=64.01");
    expect(placeOf("#hotspot=x", search)).toEqual({ node: { ...node, yaw: -12.35 }, view: null, hotspot: "x" });
  });

  it("go when the model is on show", () => {
    const place = { node: null, view: null, hotspot: null };
    expect(searchOf(place, "?node=a&yaw=1&pitch=2&fov=3")).toBe("");
    expect(searchOf(place, "?lang=en&node=a&yaw=1")).toBe("?lang=en");
  });

  it.each(["?yaw=1", "?node=", ""])("are none without a node: %s", (search) =>
    expect(placeOf("", search).node).toBeNull());

  it("leave out angles that are none", () => {
    const found = placeOf("", "?node=a&yaw=x&pitch=1e9&fov=").node;
    expect(found).toEqual({ node: "a", yaw: null, pitch: null, fov: null });
  });
});
