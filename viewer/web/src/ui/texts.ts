/** The language on show, and the elements whose words follow it. */

import { type Language, type LocalText, textIn } from "../core/language";
import { say, type StringKey } from "../core/strings";

export class Texts {
  readonly #bound: (() => void)[] = [];
  readonly #listeners: ((language: Language) => void)[] = [];

  constructor(public language: Language) {}

  say(key: StringKey): string {
    return say(key, this.language);
  }

  set(language: Language): void {
    this.language = language;
    for (const apply of this.#bound) apply();
    for (const listener of this.#listeners) listener(language);
  }

  onChange(listener: (language: Language) => void): void {
    this.#listeners.push(listener);
  }

  /** Keeps the text of an element, or one of its attributes, in the language on show. */
  bind<E extends Element>(element: E, key: StringKey, attribute?: string): E {
    this.#follow(() => {
      if (attribute) element.setAttribute(attribute, this.say(key));
      else element.textContent = this.say(key);
    });
    return element;
  }

  /** Keeps an accessible name and its tooltip in the language on show. */
  name<E extends Element>(element: E, key: StringKey): E {
    this.bind(element, key, "aria-label");
    return this.bind(element, key, "title");
  }

  /** The same for a text of the manifest; says the language that the text is really in. */
  bindLocal<E extends HTMLElement>(element: E, texts: LocalText | undefined, otherwise = ""): E {
    this.#follow(() => this.setLocal(element, texts, otherwise));
    return element;
  }

  /** Sets a text of the manifest once. */
  setLocal(element: HTMLElement, texts: LocalText | undefined, otherwise = ""): void {
    const chosen = textIn(texts, this.language);
    element.textContent = chosen?.text ?? otherwise;
    // "und" says that nobody knows: then nothing is said.
    if (chosen && chosen.lang !== "und") element.lang = chosen.lang;
    else element.removeAttribute("lang");
  }

  plain(texts: LocalText | undefined, otherwise = ""): string {
    return textIn(texts, this.language)?.text ?? otherwise;
  }

  #follow(apply: () => void): void {
    this.#bound.push(apply);
    apply();
  }
}
