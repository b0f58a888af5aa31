/** The address of the page: `?lang=` and the hash that names a place. */

import type { Language } from "../core/language";
import { hashOf, type Place, placeOf } from "../core/link";

/** Waits this long after the last change: browsers limit how often the address may change. */
const SETTLE_MS = 250;

export class Address {
  #timer = 0;

  constructor(onPlace: (place: Place) => void) {
    window.addEventListener("hashchange", () => onPlace(this.place));
  }

  get place(): Place {
    return placeOf(location.hash);
  }

  get language(): string | null {
    return new URLSearchParams(location.search).get("lang");
  }

  /** Puts a place into the address soon; `at` is asked when it happens. */
  later(at: () => Place): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.now(at()), SETTLE_MS);
  }

  now(place: Place): void {
    clearTimeout(this.#timer);
    const url = new URL(location.href);
    url.hash = hashOf(place);
    replace(url);
  }

  setLanguage(language: Language): void {
    const url = new URL(location.href);
    url.searchParams.set("lang", language);
    replace(url);
  }
}

function replace(url: URL): void {
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}
