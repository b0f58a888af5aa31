/**
 * Which way into augmented reality a device has, and the address that opens it.
 *
 * Android: Scene Viewer by an intent (developers.google.com/ar/develop/scene-viewer), which needs
 * absolute https addresses. iPhone and iPad: Quick Look by a link with rel="ar"
 * (webkit.org/blog/8421). Browsers inside other apps mostly know neither, and a button that does
 * nothing is worse than a word on where to go: "elsewhere".
 */

import type { Derivative, TourModel, Usage } from "./manifest.gen";

export type ArWay = "scene-viewer" | "quick-look" | "elsewhere";

/** What the browser tells of itself. */
export interface ArPlatform {
  readonly userAgent: string;
  /** A link may have rel="ar": Safari on an iPhone or iPad says so. */
  readonly relAr: boolean;
  readonly touchPoints: number;
  /** The page came over https. */
  readonly secure: boolean;
}

/** Facebook and Messenger, Instagram, Zalo, Line, WeChat, TikTok, Twitter, and Android's WebView. */
const IN_APP = /FB(AN|AV|_IAB)|Instagram|Zalo|\bLine\/|MicroMessenger|TikTok|musical_ly|BytedanceWebview|Twitter|; wv\)/i;

/** Browsers on iPhones that have Quick Look, though their links do not say so. */
const WITH_QUICK_LOOK = /CriOS\/|EdgiOS\/|FxiOS\/|GSA\/|DuckDuckGo\//;

/** The way in, of those that this tour has files for; null: none. */
export function arWay(platform: ArPlatform, has: (usage: Usage) => boolean): ArWay | null {
  const { userAgent, relAr, touchPoints, secure } = platform;
  if (/Android/.test(userAgent)) {
    if (!secure || !has("App3D")) return null;
    // Firefox has no way back from an intent that no app takes.
    return IN_APP.test(userAgent) || /Firefox/.test(userAgent) ? "elsewhere" : "scene-viewer";
  }
  const apple = /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1);
  if (!apple || !has("iOSApp3D")) return null;
  // What lives inside an app mostly does not call itself Safari.
  if (IN_APP.test(userAgent) || !/Safari\//.test(userAgent)) return "elsewhere";
  return relAr || WITH_QUICK_LOOK.test(userAgent) ? "quick-look" : "elsewhere";
}

/** A file for a use, and which model it shows. */
export interface ArFile {
  readonly derivative: Derivative;
  readonly model: TourModel;
}

/**
 * The file for a use: of the model in the middle of the picture, else of the first that has one; the
 * one made for AR, else the smallest; null where there is none.
 */
export function fileFor(models: readonly TourModel[], usage: Usage, middle: number | null = null): ArFile | null {
  const inMiddle = models.filter((_, place) => place === middle);
  for (const model of [...inMiddle, ...models]) {
    const own = model.derivatives.filter((each) => each.usage === usage);
    own.sort((a, b) => Number(b.quality === "AR") - Number(a.quality === "AR") || a.bytes - b.bytes);
    if (own[0]) return { derivative: own[0], model };
  }
  return null;
}

/** The hash of the address that Android comes back to when it has no Scene Viewer. */
export const NO_AR = "no-ar";

/** file: absolute, https; page: where a visitor comes back to, without a hash. */
export function sceneViewerIntent(file: string, page: string, title: string): string {
  const fields = new URLSearchParams({ file, mode: "ar_preferred", title, link: page });
  // Scene Viewer takes a plus for a plus.
  const query = fields.toString().replaceAll("+", "%20");
  const back = encodeURIComponent(`${page}#${NO_AR}`);
  return (
    `intent://arvr.google.com/scene-viewer/1.0?${query}#Intent;scheme=https;` +
    "package=com.google.android.googlequicksearchbox;action=android.intent.action.VIEW;" +
    `S.browser_fallback_url=${back};end;`
  );
}

/** The address of a USDZ file for Quick Look; whoever shares it from there shares the page. */
export const quickLookAddress = (file: string, page: string): string =>
  `${file}#canonicalWebPageURL=${encodeURIComponent(page)}`;
