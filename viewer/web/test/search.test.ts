import { describe, expect, it } from "vitest";
import { folded, matches } from "../src/core/search";

describe("a search", () => {
  it.each([
    ["Đình Làng Mông Phụ", "dinh lang", true],
    ["Đình Làng Mông Phụ", "PHỤ đình", true],
    ["Sân trước", "sân", true],
    ["Sân trước", "san sau", false],
    ["前院", "院", true],
    ["Sân trước", "  ", true],
    ["P 12", "12", true],
  ])("of %s by %s", (text, query, found) => expect(matches(text, query)).toBe(found));

  it("folds precomposed and combined marks alike", () => {
    expect(folded("Trước")).toBe("truoc");
    expect(folded("Trước".normalize("NFD"))).toBe("truoc");
  });
});
