/** The viewer's own words. Each key has all three languages: the type says so. */

import type { Language } from "./language";
import type { ProblemKind } from "./problem";

type Words = { readonly [language in Language]: string };

const words = (vi: string, en: string, zh: string): Words => ({ vi, en, "zh-Hans": zh });

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
  credit: words("Nguồn", "Credit", "来源"),
  license: words("Giấy phép", "Licence", "许可"),
  detail: words("Độ chi tiết", "Detail", "精细度"),
  faces: words("tam giác", "triangles", "三角面"),
  size: words("Kích thước", "Size", "尺寸"),
  scale: words("Tỷ lệ", "Scale", "比例"),
  scaleUnknown: words(
    "chưa xác định, nên không đo được bằng mét",
    "unknown: the model cannot be measured in metres",
    "未知：模型不能以米量测",
  ),
  scaleControl: words("mét, theo điểm khống chế", "metres, from control points", "米，来自控制点"),
  scaleScan: words("mét, theo dữ liệu quét laser", "metres, from laser scans", "米，来自激光扫描"),
  scaleBars: words("mét, theo khoảng cách đo được", "metres, from measured distances", "米，来自实测距离"),
  scaleGps: words("mét, theo GPS", "metres, from GPS", "米，来自 GPS"),
  scaleManual: words("mét, theo số đo thực tế", "metres, entered by hand", "米，人工输入"),
  upright: words("Phương thẳng đứng", "Upright", "竖直方向"),
  measured: words("đo được", "measured", "已测量"),
  assumed: words("ước lượng", "assumed", "推定"),
  northLabel: words("Hướng bắc", "North", "北方"),
  known: words("đã xác định", "known", "已知"),
  unknown: words("chưa xác định", "unknown", "未知"),
  accuracy: words("Độ chính xác", "Accuracy", "精度"),
  figures: words("Số liệu kỹ thuật", "Technical figures", "技术数据"),
  help: words("Cách di chuyển và quan sát", "How to look around", "操作方法"),
  helpMouse: words(
    "Chuột: kéo để xoay, giữ nút phải và kéo để di chuyển, cuộn để phóng to, nhấp đúp để đến gần.",
    "Mouse: drag to turn, right-drag to move, scroll to zoom, double-click to come near.",
    "鼠标：拖动旋转，右键拖动平移，滚轮缩放，双击靠近。",
  ),
  helpTouch: words(
    "Cảm ứng: một ngón để xoay, hai ngón để di chuyển và phóng to, chạm hai lần để đến gần.",
    "Touch: one finger turns, two fingers move and zoom, a double tap comes near.",
    "触屏：单指旋转，双指平移和缩放，双击靠近。",
  ),
  helpKeys: words(
    "Bàn phím: mũi tên để xoay, Shift + mũi tên để di chuyển, + và − để phóng to, thu nhỏ, Home để về góc nhìn ban đầu.",
    "Keyboard: arrows turn, Shift + arrows move, + and − zoom, Home returns.",
    "键盘：方向键旋转，Shift + 方向键平移，+ 和 − 缩放，Home 返回。",
  ),
  panorama: words("Ảnh toàn cảnh 360°", "360° panorama", "360° 全景"),
  model: words("Mô hình 3D", "3D model", "三维模型"),
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
  helpMousePanorama: words(
    "Chuột: kéo để nhìn quanh, cuộn để phóng to, nhấp vào mũi tên để đi tiếp.",
    "Mouse: drag to look around, scroll to zoom, click an arrow to walk on.",
    "鼠标：拖动环顾四周，滚轮缩放，点击箭头前进。",
  ),
  helpTouchPanorama: words(
    "Cảm ứng: kéo một ngón để nhìn quanh, chụm hai ngón để phóng to, chạm vào mũi tên để đi tiếp.",
    "Touch: one finger looks around, two fingers zoom, a tap on an arrow walks on.",
    "触屏：单指环顾四周，双指缩放，点按箭头前进。",
  ),
  helpKeysPanorama: words(
    "Bàn phím: mũi tên để nhìn quanh, + và − để phóng to, thu nhỏ, Tab và Enter để đi tiếp, Home để về góc nhìn ban đầu.",
    "Keyboard: arrows look around, + and − zoom, Tab and Enter walk on, Home returns.",
    "键盘：方向键环顾四周，+ 和 − 缩放，Tab 和 Enter 前进，Home 返回。",
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
  youAreHere: words("Bạn đang ở đây", "You are here", "您在这里"),
  findNode: words("Tìm vị trí xem", "Find a viewpoint", "查找全景点"),
  nodesFound: words("Tìm thấy {count} vị trí", "{count} found", "找到 {count} 个"),
  noNodeFound: words("Không có vị trí nào khớp.", "No viewpoint matches.", "没有匹配的全景点。"),
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
  plan: words("Sơ đồ", "Plan", "平面图"),
  openPlan: words("Mở sơ đồ lớn", "Open the large plan", "打开大平面图"),
  showPlan: words("Hiện sơ đồ", "Show the plan", "显示平面图"),
  hidePlan: words("Thu gọn sơ đồ", "Fold the plan away", "收起平面图"),
  planHelp: words(
    "Chạm vào một điểm để đến đó. Bàn phím: mũi tên để chọn điểm, Enter để đến.",
    "Tap a dot to go there. Keyboard: arrows choose a dot, Enter goes there.",
    "点按圆点即可前往。键盘：方向键选择圆点，Enter 键前往。",
  ),
  notToScale: words("Sơ đồ, không theo tỉ lệ", "Sketch, not to scale", "示意图，未按比例"),
  northMark: words("B", "N", "北"),
  gyroscope: words("Nhìn quanh bằng cách xoay điện thoại", "Look around by turning the phone", "转动手机环顾四周"),
  gyroscopeOn: words(
    "Hãy xoay điện thoại để nhìn quanh.",
    "Turn the phone to look around.",
    "转动手机即可环顾四周。",
  ),
  gyroscopeAbsent: words(
    "Không nhận được tín hiệu từ cảm biến chuyển động của thiết bị này.",
    "No motion sensor answers on this device.",
    "未收到此设备的运动传感器信号。",
  ),
  gyroscopeDenied: words(
    "Trình duyệt không cho dùng cảm biến chuyển động. Hãy cho phép trong phần cài đặt rồi tải lại trang.",
    "The browser does not allow motion sensors. Allow them in its settings, then reload the page.",
    "浏览器不允许使用运动传感器。请在设置中允许，然后重新加载页面。",
  ),
  lookLeft: words("Nhìn sang trái", "Look left", "向左看"),
  lookRight: words("Nhìn sang phải", "Look right", "向右看"),
  lookUp: words("Nhìn lên", "Look up", "向上看"),
  lookDown: words("Nhìn xuống", "Look down", "向下看"),
  look: words("Nhìn quanh bằng nút", "Look around by buttons", "用按钮环顾四周"),
} as const satisfies { readonly [key: string]: Words };

export type StringKey = keyof typeof STRINGS;

export const say = (key: StringKey, language: Language): string => STRINGS[key][language];

/** Words with something put in where they say so: "Đến {place}". */
export const sayWith = (
  key: StringKey,
  language: Language,
  values: { readonly [name: string]: string | number },
): string => say(key, language).replace(/\{(\w+)\}/g, (gap, name: string) => String(values[name] ?? gap));

/** Measures of the accuracy report; one without words here shows its own name. */
export const MEASURES: { readonly [name: string]: Words } = {
  check_residual: words("Sai lệch tại điểm kiểm tra", "Check point residual", "检查点残差"),
  control_residual: words("Sai lệch tại điểm khống chế", "Control point residual", "控制点残差"),
  gps_residual: words("Sai lệch so với GPS", "Distance to GPS", "与 GPS 偏差"),
  scale_sigma: words("Sai số tỷ lệ", "Scale deviation", "比例误差"),
  ground_sampling_distance: words("Kích thước điểm ảnh trên bề mặt", "Pixel size on the surface", "地面采样距离"),
  reprojection_error: words("Sai số tái chiếu", "Reprojection error", "重投影误差"),
  photos_registered: words("Ảnh đã định vị", "Photos registered", "已定位照片"),
  faces_textured: words("Bề mặt được ảnh che phủ", "Surface seen by photos", "有照片覆盖的表面"),
  texture_density: words("Mật độ ảnh trên bề mặt", "Texture density", "纹理密度"),
  depth_completeness: words("Điểm ảnh có độ sâu", "Pixels with a depth", "有深度的像素"),
  track_length: words("Số ảnh nhìn thấy mỗi điểm", "Photos that see a point", "每点可见照片数"),
};

/** Measures that are shares: shown in per cent. */
export const SHARES: ReadonlySet<string> = new Set(["depth_completeness", "faces_textured", "scale_sigma"]);

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
