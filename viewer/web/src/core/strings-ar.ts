/** The words of augmented reality. */

import { type Words, words } from "./words";

export const STRINGS_OF_AR = {
  ar: words("Xem mô hình tại chỗ của bạn (AR)", "View in your space (AR)", "在您的空间中查看（AR）"),
  arElsewhere: words(
    "Trình duyệt này không mở được AR. Hãy mở trang này bằng {browser}.",
    "This browser cannot open AR. Open this page in {browser}.",
    "此浏览器无法打开 AR。请用 {browser} 打开本页。",
  ),
  arAbsent: words(
    "Thiết bị này không mở được AR.",
    "This device cannot open AR.",
    "此设备无法打开 AR。",
  ),
} as const satisfies { readonly [key: string]: Words };
