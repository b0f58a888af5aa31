/** The words of the facts about a tour. */

import { type Words, words } from "./words";

export const STRINGS_OF_ABOUT = {
  laserPoints: words("Điểm quét laser", "Laser points", "激光点"),
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
  northLabel: words("Hướng bắc", "North", "北方"),
  known: words("đã xác định", "known", "已知"),
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
} as const satisfies { readonly [key: string]: Words };

/** Measures of the accuracy report; one without words here shows its own name. */
export const MEASURES: { readonly [name: string]: Words } = {
  check_residual: words("Sai lệch tại điểm kiểm tra", "Check point residual", "检查点残差"),
  control_residual: words("Sai lệch tại điểm khống chế", "Control point residual", "控制点残差"),
  gps_residual: words("Sai lệch so với GPS", "Distance to GPS", "与 GPS 偏差"),
  scan_check_residual: words("Sai lệch quét tại điểm kiểm tra", "Scan check point residual", "扫描检查点残差"),
  scan_control_residual: words("Sai lệch quét tại điểm khống chế", "Scan control point residual", "扫描控制点残差"),
  registration_rmse: words("Sai lệch ghép các trạm quét", "Scan registration error", "扫描配准误差"),
  cloud_spacing: words("Khoảng cách giữa các điểm quét", "Spacing of laser points", "激光点间距"),
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
