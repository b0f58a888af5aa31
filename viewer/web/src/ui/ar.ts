/**
 * The way into augmented reality, where the device has one and the tour has a file for it: a chunk
 * of its own.
 *
 * No WebXR of our own: phones that have it have Scene Viewer too, which brings placing, true scale,
 * light and shadows; hit testing, an overlay and its words would be ours to build for less.
 */

import { type ArWay, arWay, fileFor, NO_AR, quickLookAddress, sceneViewerIntent } from "../core/ar";
import { type PackageFiles, titleOf, type Tour } from "../core/manifest";
import { addStrings, sayWith } from "../core/strings";
import { STRINGS_OF_AR } from "../core/strings-ar";
import { el } from "./dom";
import type { Notes } from "./edges";
import type { Texts } from "./texts";

addStrings(STRINGS_OF_AR);

const HINT_MS = 9000;
/** Quick Look wants a picture in its link: so all buttons are one. White on nothing, as the others. */
const PICTURE = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#fff" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round"><path d="M3.5 8V3.5H8M16 3.5h4.5V8M20.5 16v4.5H16M8 20.5H3.5V16M12 6.8l4.6 2.6v5.2L12 17.2l-4.6-2.6V9.4zM7.4 9.4L12 12l4.6-2.6M12 12v5.2"/></svg>',
)}`;

export interface ArParts {
  readonly texts: Texts;
  readonly notes: Notes;
  /** The model in the middle of the picture; null: none. */
  middle(): number | null;
}

/** The link or button; null where there is no way. */
export function arButton(tour: Tour, files: PackageFiles, parts: ArParts): HTMLElement | null {
  const { texts } = parts;
  const models = tour.models ?? [];
  const way = arWay(
    {
      userAgent: navigator.userAgent,
      relAr: el("a").relList.supports?.("ar") ?? false,
      touchPoints: navigator.maxTouchPoints,
      secure: location.protocol === "https:",
    },
    (usage) => fileFor(models, usage) !== null,
  );
  if (!way) return null;
  const found = (): Found => {
    const file = fileFor(models, way === "quick-look" ? "iOSApp3D" : "App3D", parts.middle());
    const { uri = "", sha256 } = file?.derivative ?? {};
    const address = uri && new URL(files.url(uri, sha256), location.href).href;
    const name = texts.plain(tour.name, tour.id);
    return { address, title: texts.plain((file && titleOf(file.model)) ?? undefined, name) };
  };
  const picture = el("img", { class: "vt-ar-picture", src: PICTURE, alt: "", width: 21, height: 21 });
  const button = BUTTONS[way](found, parts);
  button.append(picture);
  return texts.name(button, "ar");
}

/** The file for now: which one it is depends on where one looks. */
interface Found {
  readonly address: string;
  readonly title: string;
}

type Maker = (found: () => Found, parts: ArParts) => HTMLElement;

const attributes = (more: { readonly [name: string]: string }) => ({
  class: "vt-button vt-ar",
  "data-action": "ar",
  ...more,
});

const BUTTONS: { readonly [way in ArWay]: Maker } = {
  "quick-look": (found) => linkTo("ar", () => quickLookAddress(found().address, pageAddress())),
  "scene-viewer": (found, { texts, notes }) => {
    const link = linkTo("nofollow", () => {
      const { address, title } = found();
      return sceneViewerIntent(address, pageAddress(), title);
    });
    tellWhenAbsent(() => notes.show(texts.say("arAbsent"), HINT_MS, true));
    return link;
  },
  elsewhere: (_, { texts, notes }) => {
    const button = el("button", attributes({ type: "button" }));
    const browser = /Android/.test(navigator.userAgent) ? "Chrome" : "Safari";
    button.addEventListener("click", () =>
      notes.show(sayWith("arElsewhere", texts.language, { browser }), HINT_MS, true),
    );
    return button;
  },
};

/** A real link, so that the browser does the rest; when it is followed the visitor may be elsewhere. */
function linkTo(rel: string, address: () => string): HTMLAnchorElement {
  const link = el("a", attributes({ rel, href: address() }));
  link.addEventListener("click", () => {
    link.href = address();
  });
  return link;
}

const pageAddress = (): string => location.href.replace(/#.*/, "");

/** Android that has no Scene Viewer comes back to this page, with a hash of ours as a new entry. */
function tellWhenAbsent(tell: () => void): void {
  const arrived = (event: HashChangeEvent): void => {
    if (location.hash !== `#${NO_AR}`) return;
    // It names no place to go to.
    event.stopImmediatePropagation();
    history.back();
    tell();
  };
  window.addEventListener("hashchange", arrived, true);
  if (location.hash === `#${NO_AR}`) tell();
}
