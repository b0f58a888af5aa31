import { describe, expect, it } from "vitest";
import { hashOf, placeOf } from "../src/core/link";

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
