/** Passes the address on: by the phone's own sheet, else by the clipboard. */

import type { Notes } from "./edges";
import type { Texts } from "./texts";

export async function shareAddress(texts: Texts, notes: Notes): Promise<void> {
  const { href } = location;
  try {
    if (matchMedia("(pointer: coarse)").matches && "share" in navigator) {
      return await navigator.share({ title: document.title, url: href });
    }
    await navigator.clipboard.writeText(href);
    notes.show(texts.say("copied"), 2500);
  } catch (reason) {
    const cancelled = reason instanceof DOMException && reason.name === "AbortError";
    if (!cancelled) notes.show(texts.say("copyByHand"), 4000);
  }
}
