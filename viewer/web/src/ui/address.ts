/** The address of the page: `?lang=`, the query and hash that name a place, and what "back" leaves. */

import type { Language } from "../core/language";
import { hashOf, type Place, placeOf, searchOf } from "../core/link";

/** Waits this long after the last change: browsers limit how often the address may change. */
const SETTLE_MS = 250;

/** What an entry of the history is: the scene, or something that lies open over it. */
type Entry = "scene" | "layer";

export interface AddressEvents {
  /** A link or the visitor's typing names another place. */
  onPlace(place: Place): void;
  /** "Back" was pressed while something lay open over the scene: it shall close. */
  onBack(): void;
}

export class Address {
  #timer = 0;
  /** The address as last written here; a hash that differs comes from the visitor. */
  #href = location.href;
  #open = false;
  /** True from a step back made here until the browser has made it. */
  #leaving = false;

  constructor(private readonly events: AddressEvents) {
    if (entryNow() === null) mark("scene");
    window.addEventListener("popstate", () => this.#popped());
    window.addEventListener("hashchange", () => this.#arrived());
  }

  get place(): Place {
    return placeOf(location.hash, location.search);
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
    url.search = searchOf(place, url.search);
    this.#replace(url.href);
  }

  setLanguage(language: Language): void {
    const url = new URL(location.href);
    url.searchParams.set("lang", language);
    this.#replace(url.href);
  }

  /** One entry of the history while anything lies open over the scene, however much it changes. */
  setOpen(open: boolean): void {
    this.#open = open;
    if (this.#leaving) return;
    if (open && entryNow() !== "layer") history.pushState({ entry: "layer" }, "", location.href);
    if (!open && entryNow() === "layer") {
      this.#leaving = true;
      history.back();
    }
  }

  #popped(): void {
    const entry = entryNow();
    // Without a mark: a new entry, made by a link or the visitor's typing.
    if (entry === null) return mark("scene");
    if (entry === "layer") return;
    // The entry below still has the address from before; language and camera may have changed.
    if (this.#leaving || this.#open) this.#replace(this.#href);
    const left = this.#leaving;
    this.#leaving = false;
    if (!this.#open) return left ? undefined : this.#arrived();
    if (left) return this.setOpen(true);
    this.#open = false;
    this.events.onBack();
  }

  /** Another entry of the history may name another place. */
  #arrived(): void {
    if (location.href === this.#href) return;
    const sameNode = new URL(this.#href).search === location.search;
    this.#href = location.href;
    // Where only the hash is another, as of a link to a hotspot, the query tells nothing new.
    this.events.onPlace(sameNode ? { ...this.place, node: null } : this.place);
  }

  #replace(href: string): void {
    this.#href = href;
    if (href !== location.href) history.replaceState(history.state, "", href);
  }
}

function entryNow(): Entry | null {
  const state: unknown = history.state;
  const entry = (state as { entry?: unknown } | null)?.entry;
  return entry === "scene" || entry === "layer" ? entry : null;
}

const mark = (entry: Entry): void => history.replaceState({ entry }, "", location.href);
