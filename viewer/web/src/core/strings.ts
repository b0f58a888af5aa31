/**
 * The viewer's own words. Each key has all three languages: the type says so.
 *
 * Words of parts that are loaded later are in strings-about.ts, strings-ar.ts,
 * strings-surveying.ts and strings-walking.ts.
 */

import type { Language } from "./language";
import type { ProblemKind } from "./problem";
import type { STRINGS_OF_ABOUT } from "./strings-about";
import type { STRINGS_OF_AR } from "./strings-ar";
import type { STRINGS_OF_SURVEYING } from "./strings-surveying";
import type { STRINGS_OF_WALKING } from "./strings-walking";
import { type Words, words } from "./words";

export const STRINGS = {
  placeGone: words(
    "Địa điểm này không còn nữa.",
    "This place no longer exists.",
    "此地点已不存在。",
  ),
  lowerQuality: words(
    "Mạng yếu: đang hiển thị bản kém nét hơn, sẽ tự tải lại.",
    "Poor connection: showing lower quality, will try again.",
    "网络不佳：正在显示较低画质，稍后将自动重试。",
  ),
  detailFailed: words(
    "Không tải được bản nét hơn: đang hiển thị bản kém nét hơn.",
    "More detail could not be loaded: showing lower quality.",
    "无法加载更清晰的模型：正在显示较低画质。",
  ),
  otherVersion: words(
    "Một phiên bản của mô hình không mở được: đang hiển thị phiên bản khác.",
    "One version of the model could not be opened: showing another.",
    "模型的一个版本无法打开：正在显示另一版本。",
  ),
  loading: words("Đang tải mô hình…", "Loading the model…", "正在加载模型…"),
  opening: words("Đang mở…", "Opening…", "正在打开…"),
  sharpening: words("Đang tải bản nét hơn", "Loading more detail", "正在加载更清晰的模型"),
  ready: words("Mô hình đã sẵn sàng", "The model is ready", "模型已就绪"),
  recovering: words("Đang khôi phục hình ảnh…", "Recovering the picture…", "正在恢复画面…"),
  retry: words("Thử lại", "Try again", "重试"),
  readText: words("Đọc bản văn bản", "Read the text version", "阅读文字版"),
  backToTour: words("Về tham quan", "Back to the tour", "返回导览"),
  showModel: words("Xem mô hình 3D", "View the 3D model", "查看三维模型"),
  scene: words("Mô hình 3D", "3D model", "三维模型"),
  sceneHelp: words(
    "Phím mũi tên để xoay, Shift và mũi tên để di chuyển, cộng và trừ để phóng to, thu nhỏ, Home để về góc nhìn ban đầu.",
    "Arrow keys turn, Shift with arrows moves, plus and minus zoom, Home returns to the first view.",
    "方向键旋转，Shift 加方向键平移，加减键缩放，Home 键返回初始视角。",
  ),
  hint: words(
    "Kéo để xoay · Chụm để phóng to",
    "Drag to turn · Pinch to zoom",
    "拖动旋转 · 双指缩放",
  ),
  hintMouse: words(
    "Kéo để xoay · Cuộn để phóng to",
    "Drag to turn · Scroll to zoom",
    "拖动旋转 · 滚轮缩放",
  ),
  allTours: words("Tất cả các điểm tham quan", "All tours", "全部导览"),
  language: words("Ngôn ngữ", "Language", "语言"),
  controls: words("Điều khiển", "Controls", "控制"),
  places: words("Điểm thuyết minh", "Places of interest", "讲解点"),
  noPlaces: words(
    "Mô hình này chưa có điểm thuyết minh.",
    "This model has no places of interest yet.",
    "该模型暂无讲解点。",
  ),
  zoomIn: words("Phóng to", "Zoom in", "放大"),
  zoomOut: words("Thu nhỏ", "Zoom out", "缩小"),
  reset: words("Về góc nhìn ban đầu", "Back to the first view", "返回初始视角"),
  pad: words("Xoay và di chuyển bằng nút", "Turn and move by buttons", "用按钮旋转和移动"),
  turn: words("Xoay", "Turn", "旋转"),
  move: words("Di chuyển", "Move", "移动"),
  left: words("Sang trái", "Left", "向左"),
  right: words("Sang phải", "Right", "向右"),
  up: words("Lên", "Up", "向上"),
  down: words("Xuống", "Down", "向下"),
  fullscreen: words("Toàn màn hình", "Full screen", "全屏"),
  share: words("Chia sẻ góc nhìn này", "Share this view", "分享此视角"),
  copied: words("Đã chép liên kết", "Link copied", "链接已复制"),
  copyByHand: words("Chép liên kết trên thanh địa chỉ", "Copy the link from the address bar", "请复制地址栏中的链接"),
  info: words("Thông tin", "About", "关于"),
  close: words("Đóng", "Close", "关闭"),
  previous: words("Điểm trước", "Previous place", "上一个讲解点"),
  next: words("Điểm sau", "Next place", "下一个讲解点"),
  behind: words("ở phía sau mô hình", "behind the model", "在模型背面"),
  warning: words("Lưu ý", "Note", "注意"),
  north: words("Bắc ở trên", "North up", "上方为北"),
  mediaBroken: words("Không tải được tệp này.", "This file could not be loaded.", "无法加载此文件。"),
  measured: words("đo được", "measured", "已测量"),
  assumed: words("ước lượng", "assumed", "推定"),
  unknown: words("chưa xác định", "unknown", "未知"),
  panorama: words("Ảnh toàn cảnh 360°", "360° panorama", "360° 全景"),
  model: words("Mô hình 3D", "3D model", "三维模型"),
  layers: words("Chọn lớp hiển thị", "Choose what is shown", "选择显示内容"),
  measure: words("Đo trên mô hình", "Measure on the model", "在模型上测量"),
  showPanorama: words("Xem ảnh toàn cảnh 360°", "View the 360° panorama", "查看 360° 全景"),
  panoramaHelp: words(
    "Phím mũi tên để nhìn quanh, cộng và trừ để phóng to, thu nhỏ, Home để về góc nhìn ban đầu, Tab để chọn lối đi.",
    "Arrow keys look around, plus and minus zoom, Home returns to the first view, Tab chooses a way on.",
    "方向键环顾四周，加减键缩放，Home 键返回初始视角，Tab 键选择前进方向。",
  ),
  hintPanorama: words(
    "Kéo để nhìn quanh · Chạm mũi tên để đi tiếp",
    "Drag to look around · Tap an arrow to walk on",
    "拖动环顾四周 · 点按箭头前进",
  ),
  hintPanoramaMouse: words(
    "Kéo để nhìn quanh · Nhấp mũi tên để đi tiếp",
    "Drag to look around · Click an arrow to walk on",
    "拖动环顾四周 · 点击箭头前进",
  ),
  loadingPanorama: words("Đang tải ảnh toàn cảnh…", "Loading the panorama…", "正在加载全景…"),
  panoramaCoarse: words(
    "Mạng yếu: ảnh toàn cảnh chưa rõ nét.",
    "Poor connection: the panorama is not sharp yet.",
    "网络不佳：全景暂不清晰。",
  ),
  nodes: words("Vị trí xem", "Viewpoints", "全景点"),
  ways: words("Lối đi", "Ways on", "前进方向"),
  goTo: words("Đến {place}", "Go to {place}", "前往{place}"),
  nowAt: words("Bạn đang ở {place}", "You are at {place}", "您在{place}"),
  ahead: words("phía trước", "ahead", "前方"),
  aheadRight: words("phía trước bên phải", "ahead to the right", "右前方"),
  toRight: words("bên phải", "to the right", "右侧"),
  behindRight: words("phía sau bên phải", "behind to the right", "右后方"),
  behindYou: words("phía sau", "behind", "后方"),
  behindLeft: words("phía sau bên trái", "behind to the left", "左后方"),
  toLeft: words("bên trái", "to the left", "左侧"),
  aheadLeft: words("phía trước bên trái", "ahead to the left", "左前方"),
  above: words("phía trên", "above", "上方"),
  below: words("phía dưới", "below", "下方"),
  lookLeft: words("Nhìn sang trái", "Look left", "向左看"),
  lookRight: words("Nhìn sang phải", "Look right", "向右看"),
  lookUp: words("Nhìn lên", "Look up", "向上看"),
  lookDown: words("Nhìn xuống", "Look down", "向下看"),
  look: words("Nhìn quanh bằng nút", "Look around by buttons", "用按钮环顾四周"),
} as const satisfies { readonly [key: string]: Words };

/** Keys of all words, of those too that come with a chunk of their own. */
export type StringKey =
  | keyof typeof STRINGS
  | keyof typeof STRINGS_OF_ABOUT
  | keyof typeof STRINGS_OF_AR
  | keyof typeof STRINGS_OF_SURVEYING
  | keyof typeof STRINGS_OF_WALKING;

const known: { [key: string]: Words } = { ...STRINGS };

/** Makes the words of a chunk known; the chunk does so itself, before it uses them. */
export const addStrings = (more: { readonly [key: string]: Words }): void => void Object.assign(known, more);

export const say = (key: StringKey, language: Language): string => known[key]?.[language] ?? "";

/** Words with something put in where they say so: "Đến {place}". */
export const sayWith = (
  key: StringKey,
  language: Language,
  values: { readonly [name: string]: string | number },
): string => say(key, language).replace(/\{(\w+)\}/g, (gap, name: string) => String(values[name] ?? gap));

interface ProblemWords {
  readonly what: Words;
  readonly todo: Words;
}

/** What happened, and what the visitor can do. */
export const PROBLEMS: { readonly [kind in ProblemKind]: ProblemWords } = {
  "manifest-missing": {
    what: words("Không tìm thấy điểm tham quan này", "This tour was not found", "找不到此导览"),
    todo: words(
      "Có thể nó đã được chuyển đi. Hãy thử lại, hoặc chọn một điểm khác trong danh sách.",
      "It may have been moved. Try again, or choose another one from the list.",
      "它可能已被移动。请重试，或从列表中选择其他导览。",
    ),
  },
  "picture-lost": {
    what: words("Trình duyệt không khôi phục được hình ảnh", "The browser lost the picture", "浏览器无法恢复画面"),
    todo: words(
      "Hãy thử lại: trang sẽ được tải lại tại chỗ bạn đang đứng.",
      "Try again: the page is loaded anew where you are.",
      "请重试：页面将在您所在的位置重新加载。",
    ),
  },
  "manifest-broken": {
    what: words("Dữ liệu của điểm tham quan bị hỏng", "The data of this tour is damaged", "导览数据已损坏"),
    todo: words(
      "Hãy thử lại; nếu vẫn lỗi, xin báo cho đơn vị quản lý.",
      "Try again; if it stays like this, please tell the site's managers.",
      "请重试；若仍有问题，请告知管理单位。",
    ),
  },
  "manifest-newer": {
    what: words(
      "Điểm tham quan này cần trình xem mới hơn",
      "This tour needs a newer viewer",
      "此导览需要更新版本的查看器",
    ),
    todo: words(
      "Xin báo cho đơn vị quản lý để cập nhật trình xem.",
      "Please tell the site's managers to update the viewer.",
      "请告知管理单位更新查看器。",
    ),
  },
  "no-model": {
    what: words("Chưa có mô hình 3D", "There is no 3D model yet", "尚无三维模型"),
    todo: words(
      "Bạn vẫn có thể đọc phần giới thiệu bằng văn bản.",
      "You can still read the text version.",
      "您仍可阅读文字介绍。",
    ),
  },
  "model-missing": {
    what: words("Không tìm thấy mô hình 3D", "The 3D model was not found", "找不到三维模型"),
    todo: words(
      "Tệp mô hình không có trên máy chủ. Hãy thử lại sau, hoặc đọc bản văn bản.",
      "Its file is not on the server. Try again later, or read the text version.",
      "服务器上没有模型文件。请稍后重试，或阅读文字版。",
    ),
  },
  "model-broken": {
    what: words("Không mở được mô hình 3D", "The 3D model could not be opened", "无法打开三维模型"),
    todo: words(
      "Tệp có thể bị hỏng khi truyền. Hãy thử lại, hoặc đọc bản văn bản.",
      "Its file may have been damaged on the way. Try again, or read the text version.",
      "文件可能在传输中损坏。请重试，或阅读文字版。",
    ),
  },
  "model-unsupported": {
    what: words(
      "Trình xem này không đọc được mô hình 3D",
      "This viewer cannot read the 3D model",
      "此查看器无法读取三维模型",
    ),
    todo: words(
      "Xin báo cho đơn vị quản lý, hoặc đọc bản văn bản.",
      "Please tell the site's managers, or read the text version.",
      "请告知管理单位，或阅读文字版。",
    ),
  },
  "panorama-missing": {
    what: words("Không tìm thấy ảnh toàn cảnh", "The panorama was not found", "找不到全景图"),
    todo: words(
      "Ảnh không có trên máy chủ. Hãy thử lại sau, hoặc đọc bản văn bản.",
      "Its picture is not on the server. Try again later, or read the text version.",
      "服务器上没有该图片。请稍后重试，或阅读文字版。",
    ),
  },
  "panorama-broken": {
    what: words("Không mở được ảnh toàn cảnh", "The panorama could not be opened", "无法打开全景图"),
    todo: words(
      "Ảnh có thể bị hỏng khi truyền. Hãy thử lại, hoặc đọc bản văn bản.",
      "Its picture may have been damaged on the way. Try again, or read the text version.",
      "图片可能在传输中损坏。请重试，或阅读文字版。",
    ),
  },
  "points-missing": {
    what: words("Không tìm thấy đám mây điểm", "The point cloud was not found", "找不到点云"),
    todo: words(
      "Hãy thử lại sau, hoặc đọc bản văn bản.",
      "Try again later, or read the text version.",
      "请稍后重试，或阅读文字版。",
    ),
  },
  "points-broken": {
    what: words("Không mở được đám mây điểm", "The point cloud could not be opened", "无法打开点云"),
    todo: words(
      "Hãy thử lại, hoặc đọc bản văn bản.",
      "Try again, or read the text version.",
      "请重试，或阅读文字版。",
    ),
  },
  network: {
    what: words("Không kết nối được máy chủ", "The server could not be reached", "无法连接服务器"),
    todo: words(
      "Hãy kiểm tra mạng rồi thử lại.",
      "Check the connection, then try again.",
      "请检查网络后重试。",
    ),
  },
  "no-webgl": {
    what: words(
      "Trình duyệt này không hiển thị được 3D",
      "This browser cannot show 3D",
      "此浏览器无法显示三维内容",
    ),
    todo: words(
      "WebGL 2 bị tắt hoặc thiết bị không hỗ trợ. Bạn vẫn có thể đọc bản văn bản, hoặc mở bằng trình duyệt khác.",
      "WebGL 2 is switched off or not supported. You can still read the text version, or open the page in another browser.",
      "WebGL 2 已关闭或不受支持。您仍可阅读文字版，或使用其他浏览器打开。",
    ),
  },
  "viewer-broken": {
    what: words("Trình xem gặp sự cố", "The viewer ran into a fault", "查看器出现故障"),
    todo: words(
      "Hãy tải lại trang; nếu vẫn lỗi, xin báo cho đơn vị quản lý.",
      "Reload the page; if it stays like this, please tell the site's managers.",
      "请重新加载页面；若仍有问题，请告知管理单位。",
    ),
  },
};
