/** Languages of the viewer, and how a text is chosen from a map by BCP 47 tag. */

export const LANGUAGES = ["vi", "en", "zh-Hans"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Texts by language, as in the manifest. */
export type LocalText = { readonly [language: string]: string };

/** A text and the language that it is really in. */
export interface ChosenText {
  readonly text: string;
  readonly lang: string;
}

const primary = (tag: string): string => tag.toLowerCase().split("-")[0] ?? "";

/** The first of the wanted tags that the viewer speaks: "zh-CN" is served by "zh-Hans". */
export function languageFrom(wanted: Iterable<string | null | undefined>): Language {
  for (const tag of wanted) {
    if (!tag) continue;
    const exact = LANGUAGES.find((known) => known.toLowerCase() === tag.toLowerCase());
    const close = exact ?? LANGUAGES.find((known) => primary(known) === primary(tag));
    if (close) return close;
  }
  return "vi";
}

/** The text in this language, else one of the same primary language, else vi, en, or any. */
export function textIn(texts: LocalText | null | undefined, language: string): ChosenText | null {
  const tags = Object.keys(texts ?? {}).sort();
  const choice =
    tags.find((tag) => tag === language) ??
    tags.find((tag) => primary(tag) === primary(language)) ??
    tags.find((tag) => primary(tag) === "vi") ??
    tags.find((tag) => primary(tag) === "en") ??
    tags[0];
  return choice === undefined ? null : { text: texts?.[choice] ?? "", lang: choice };
}
