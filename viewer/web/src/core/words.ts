/** A text in each language that the viewer speaks. */

import type { Language } from "./language";

export type Words = { readonly [language in Language]: string };

export const words = (vi: string, en: string, zh: string): Words => ({ vi, en, "zh-Hans": zh });
