/** Finds names as people type them: without marks, in any case, words in any order. */

/** "Đình Làng" as "dinh lang". */
export const folded = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll("đ", "d")
    .normalize("NFD")
    .replace(/\p{M}+/gu, "");

/** Whether each word of a query begins or lies in a text. */
export function matches(text: string, query: string): boolean {
  const words = folded(query).split(/\s+/).filter(Boolean);
  const within = folded(text);
  return words.every((word) => within.includes(word));
}
