/** The words of layers and of measuring. */

import { type Words, words } from "./words";

export const STRINGS_OF_SURVEYING = {
  layersTitle: words("Hiển thị", "What is shown", "显示内容"),
  modelLayer: words("Mô hình 3D", "3D model", "三维模型"),
  pointLayer: words("Đám mây điểm", "Point cloud", "点云"),
  pointsOf: words("{count} điểm quét laser", "{count} laser points", "{count} 个激光点"),
  pointsShown: words("Đang hiển thị {count} điểm", "Showing {count} points", "正在显示 {count} 个点"),
  pointsFailed: words("Không hiển thị được đám mây điểm.", "The point cloud cannot be shown.", "无法显示点云。"),
  pointsGrey: words(
    "Sắc xám cho biết bề mặt phản xạ tia laser mạnh hay yếu.",
    "Grey tells how strongly the surface reflects the laser.",
    "灰度表示表面对激光的反射强弱。",
  ),
  loadingPoints: words("Đang tải đám mây điểm…", "Loading the point cloud…", "正在加载点云…"),
  pointsMissing: words(
    "Một phần đám mây điểm không tải được.",
    "A part of the point cloud could not be loaded.",
    "部分点云无法加载。",
  ),
  shading: words("Tô bóng theo độ sâu", "Shade by depth", "按深度着色"),
  shadingNote: words(
    "Giúp thấy rõ hình khối; tắt đi nếu thiết bị chậm.",
    "Makes shapes easier to see; switch it off on a slow device.",
    "使形状更清晰；设备较慢时请关闭。",
  ),
  cut: words("Cắt ngang", "Cut at a height", "水平剖切"),
  cutNote: words(
    "Ẩn mọi thứ phía trên, để nhìn từ trên xuống như mặt bằng.",
    "Hides all above, so that one looks down on a floor plan.",
    "隐藏上方的一切，如同俯视平面图。",
  ),
  cutHeight: words("Độ cao mặt cắt", "Height of the cut", "剖切高度"),
  nothingShown: words(
    "Không có gì để hiển thị: hãy bật ít nhất một lớp.",
    "Nothing is shown: switch at least one layer on.",
    "没有可显示的内容：请至少打开一个图层。",
  ),
  measureTitle: words("Đo", "Measure", "测量"),
  measureKind: words("Đo gì", "What to measure", "测量内容"),
  distance: words("Khoảng cách", "Distance", "距离"),
  height: words("Chiều cao", "Height", "高度"),
  area: words("Diện tích", "Area", "面积"),
  undo: words("Bỏ điểm cuối", "Undo the last point", "撤销上一点"),
  clear: words("Xóa hết", "Clear", "清除"),
  copyValue: words("Chép kết quả", "Copy the result", "复制结果"),
  valueCopied: words("Đã chép kết quả", "Result copied", "结果已复制"),
  notCopied: words("Trình duyệt không cho chép.", "The browser does not allow copying.", "浏览器不允许复制。"),
  endMeasuring: words("Thôi đo", "Stop measuring", "结束测量"),
  mark: words("Đánh dấu tại tâm", "Mark at the cross", "在十字处标记"),
  markHint: words(
    "Chạm vào bề mặt cần đo, hoặc đưa dấu cộng đến đó rồi đánh dấu.",
    "Tap the surface to measure, or bring the cross to it and mark.",
    "点按要测量的表面，或将十字移到该处后标记。",
  ),
  nothingHit: words("Ở đó không có bề mặt nào.", "There is no surface there.", "此处没有表面。"),
  pointsPlaced: words("Đã đánh dấu {count} điểm", "Points marked: {count}", "已标记 {count} 个点"),
  dragPoint: words(
    "Điểm {count}: kéo hoặc dùng phím mũi tên để sửa",
    "Point {count}: drag, or use the arrow keys, to correct",
    "第 {count} 点：拖动或用方向键修正",
  ),
  onGround: words("theo phương ngang {value}", "{value} apart on the ground", "水平距离 {value}"),
  onPlan: words("nhìn từ trên {value}", "{value} seen from above", "俯视投影 {value}"),
  offPlane: words(
    "trên mặt phẳng khớp nhất, lệch tối đa {value}",
    "on the plane that fits best, at most {value} off",
    "在最佳拟合平面上，最大偏离 {value}",
  ),
  lastLeg: words("đoạn cuối {value}", "last leg {value}", "末段 {value}"),
  sureKnown: words(
    "± đúng trong khoảng 95% trường hợp",
    "± holds in about 95 of 100 cases",
    "± 约在 95% 的情况下成立",
  ),
  sureUnknown: words("Chưa rõ độ chính xác", "Accuracy not known", "精度未知"),
} as const satisfies { readonly [key: string]: Words };
