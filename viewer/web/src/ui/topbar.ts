/** The top edge: back to the list, the tour's name, the language switch. */

import { LANGUAGES, type Language, type LocalText } from "../core/language";
import { el, icon } from "./dom";
import type { Texts } from "./texts";

const SHORT: { readonly [language in Language]: string } = { vi: "VI", en: "EN", "zh-Hans": "中文" };
const FULL: { readonly [language in Language]: string } = {
  vi: "Tiếng Việt",
  en: "English",
  "zh-Hans": "简体中文",
};

export class TopBar {
  readonly element: HTMLElement;
  readonly #title: HTMLHeadingElement;
  readonly #texts: Texts;

  constructor(texts: Texts, indexUrl: string, onLanguage: (language: Language) => void) {
    this.#texts = texts;
    this.#title = el("h1", { class: "vt-title" });
    const back = texts.name(el("a", { class: "vt-button", href: indexUrl }, icon("back")), "allTours");
    const follow = (language: Language): void => {
      back.href = `${indexUrl}?lang=${language}`;
    };
    follow(texts.language);
    texts.onChange(follow);
    this.element = el(
      "header",
      { class: "vt-top" },
      el("div", { class: "vt-name" }, back, this.#title),
      languages(texts, onLanguage),
    );
  }

  setName(name: LocalText | undefined, otherwise: string): void {
    this.#texts.bindLocal(this.#title, name, otherwise);
    const follow = (): void => {
      document.title = this.#texts.plain(name, otherwise);
    };
    follow();
    this.#texts.onChange(follow);
  }
}

function languages(texts: Texts, onLanguage: (language: Language) => void): HTMLElement {
  const group = texts.bind(el("div", { class: "vt-languages", role: "group" }), "language", "aria-label");
  for (const language of LANGUAGES) {
    const button = el(
      "button",
      { type: "button", lang: language, "data-language": language, title: FULL[language] },
      SHORT[language],
    );
    button.setAttribute("aria-label", FULL[language]);
    button.addEventListener("click", () => onLanguage(language));
    const mark = (current: Language): void =>
      button.setAttribute("aria-pressed", String(current === language));
    mark(texts.language);
    texts.onChange(mark);
    group.append(button);
  }
  return group;
}
