import { describe, expect, it } from "vitest";
import { languageFrom, textIn } from "../src/core/language";
import type { Media } from "../src/core/manifest.gen";
import { mediaFor } from "../src/core/media";
import { PROBLEMS, STRINGS } from "../src/core/strings";
import { MEASURES, STRINGS_OF_ABOUT } from "../src/core/strings-about";
import { STRINGS_OF_SURVEYING } from "../src/core/strings-surveying";
import { STRINGS_OF_WALKING } from "../src/core/strings-walking";

describe("the language of the page", () => {
  it.each([
    [["en"], "en"],
    [["zh-CN", "en"], "zh-Hans"],
    [["EN-gb"], "en"],
    [["fr", null, undefined, "en-US"], "en"],
    [["fr"], "vi"],
    [[], "vi"],
  ])("%j is served by %s", (wanted, served) => expect(languageFrom(wanted)).toBe(served));
});

describe("a text", () => {
  it("is taken in the language asked for", () => {
    expect(textIn({ vi: "Cổng", en: "Gate" }, "en")).toEqual({ text: "Gate", lang: "en" });
  });

  it("falls back to a close language, then vi, then en, then any, and says which", () => {
    expect(textIn({ zh: "门", en: "Gate" }, "zh-Hans")).toEqual({ text: "门", lang: "zh" });
    expect(textIn({ vi: "Cổng", en: "Gate" }, "zh-Hans")).toEqual({ text: "Cổng", lang: "vi" });
    expect(textIn({ fr: "Porte", en: "Gate" }, "vi")).toEqual({ text: "Gate", lang: "en" });
    expect(textIn({ tay: "Tu" }, "vi")).toEqual({ text: "Tu", lang: "tay" });
    expect(textIn({}, "vi")).toBeNull();
    expect(textIn(undefined, "vi")).toBeNull();
  });
});

describe("the viewer's words", () => {
  it("are there in all languages and differ between them", () => {
    const all = [STRINGS, STRINGS_OF_ABOUT, STRINGS_OF_SURVEYING, STRINGS_OF_WALKING, MEASURES].flatMap((each) => Object.values(each)).concat(
      Object.values(PROBLEMS).flatMap(({ what, todo }) => [what, todo]) as never[],
    );
    for (const words of all) {
      for (const text of Object.values(words)) expect(text.trim()).not.toBe("");
      expect(words.vi).not.toBe(words["zh-Hans"]);
    }
  });
});

describe("media", () => {
  const media = (uri: string, type: string, lang?: string): Media => (lang ? { uri, type, lang } : { uri, type });
  const all = [
    media("a.webp", "image/webp"),
    media("vi.mp3", "audio/mpeg", "vi"),
    media("en.mp3", "audio/mpeg", "en"),
    media("en.mp4", "video/mp4", "en"),
    media("x.pdf", "application/pdf"),
  ];
  const shown = (language: "vi" | "en" | "zh-Hans"): string[] => mediaFor(all, language).map((each) => each.uri);

  it("are told in the visitor's language where there is a choice", () => {
    expect(shown("en")).toEqual(["a.webp", "en.mp3", "en.mp4"]);
    expect(shown("vi")).toEqual(["a.webp", "vi.mp3", "en.mp4"]);
    expect(shown("zh-Hans")).toEqual(["a.webp", "vi.mp3", "en.mp4"]);
  });
});
