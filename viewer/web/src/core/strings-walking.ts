/** The words of the list of nodes, the plan and the gyroscope. */

import { type Words, words } from "./words";

export const STRINGS_OF_WALKING = {
  youAreHere: words("Bạn đang ở đây", "You are here", "您在这里"),
  findNode: words("Tìm vị trí xem", "Find a viewpoint", "查找全景点"),
  nodesFound: words("Tìm thấy {count} vị trí", "{count} found", "找到 {count} 个"),
  noNodeFound: words("Không có vị trí nào khớp.", "No viewpoint matches.", "没有匹配的全景点。"),
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
} as const satisfies { readonly [key: string]: Words };
