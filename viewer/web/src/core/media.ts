/** Which of a hotspot's media to show to whom. */

import { type Language, textIn } from "./language";
import type { Media } from "./manifest.gen";

export type MediaKind = "image" | "audio" | "video";

export function mediaKind(media: Media): MediaKind | null {
  const kind = media.type.split("/")[0];
  return kind === "image" || kind === "audio" || kind === "video" ? kind : null;
}

/**
 * The media without a language, and of each kind those in the language that serves best.
 *
 * The order of the manifest is kept.
 */
export function mediaFor(media: readonly Media[], language: Language): Media[] {
  return media.filter((each) => {
    const kind = mediaKind(each);
    if (kind === null || !each.lang) return kind !== null;
    const alternatives = media.filter((other) => other.lang && mediaKind(other) === kind);
    const tags = Object.fromEntries(alternatives.map((other) => [other.lang as string, "x"]));
    return textIn(tags, language)?.lang === each.lang;
  });
}
