"""The words of the server's own pages. A test sees that every key has all three languages."""

TEXTS: dict[str, dict[str, str]] = {
    "site_title": {"vi": "Tham quan ảo", "en": "Virtual tours", "zh-Hans": "虚拟导览"},
    "site_description": {
        "vi": "Các chuyến tham quan ảo 3D di tích và danh thắng.",
        "en": "Virtual 3D tours of heritage sites and scenic spots.",
        "zh-Hans": "遗产与风景名胜的三维虚拟导览。",
    },
    "no_tours": {
        "vi": "Chưa có chuyến tham quan nào.",
        "en": "There are no tours yet.",
        "zh-Hans": "暂无导览。",
    },
    "rollout": {
        "vi": "Tiến độ số hóa các điểm",
        "en": "How far the sites are",
        "zh-Hans": "各景点数字化进度",
    },
    "no_site_text": {
        "vi": "Danh mục không có điểm này. Có thể mã điểm đã được đổi.",
        "en": "The catalogue has no such site. Its id may have been changed.",
        "zh-Hans": "目录中没有此景点。其编号可能已更改。",
    },
    "broken_tours": {
        "vi": "Không thể hiển thị",
        "en": "Cannot be shown",
        "zh-Hans": "无法显示",
    },
    "loading": {"vi": "Đang tải…", "en": "Loading…", "zh-Hans": "正在加载…"},
    "needs_script": {
        "vi": "Tham quan ảo cần JavaScript. Dưới đây là nội dung dạng văn bản.",
        "en": "The virtual tour needs JavaScript. Here is what it tells, as text.",
        "zh-Hans": "虚拟导览需要 JavaScript。以下为文字内容。",
    },
    "not_built": {
        "vi": "Trình xem chưa được xây dựng. Chạy “npm ci && npm run build” trong viewer/web, "
        "rồi tải lại trang.",
        "en": "The viewer's front end is not built. Run “npm ci && npm run build” in viewer/web, "
        "then reload this page.",
        "zh-Hans": "查看器前端尚未构建。请在 viewer/web 中运行“npm ci && npm run build”，"
        "然后刷新页面。",
    },
    "nodes": {"vi": "Vị trí xem", "en": "Viewpoints", "zh-Hans": "全景点"},
    "hotspots": {"vi": "Điểm thuyết minh", "en": "Places of interest", "zh-Hans": "讲解点"},
    "license": {"vi": "Giấy phép", "en": "Licence", "zh-Hans": "许可"},
    "credit": {"vi": "Nguồn", "en": "Credit", "zh-Hans": "来源"},
    "languages": {"vi": "Ngôn ngữ", "en": "Language", "zh-Hans": "语言"},
    "all_tours": {
        "vi": "Tất cả các điểm tham quan",
        "en": "All tours",
        "zh-Hans": "全部导览",
    },
    "first_load": {
        "vi": "Tải lần đầu {size}",
        "en": "First load {size}",
        "zh-Hans": "首次加载 {size}",
    },
    "not_found_title": {
        "vi": "Không tìm thấy trang",
        "en": "Page not found",
        "zh-Hans": "未找到页面",
    },
    "not_found_text": {
        "vi": "Địa chỉ này không có trang nào. Có thể chuyến tham quan đã được đổi tên.",
        "en": "There is no page at this address. The tour may have been renamed.",
        "zh-Hans": "此地址没有页面。导览可能已更名。",
    },
    "error_title": {"vi": "Có lỗi xảy ra", "en": "Something went wrong", "zh-Hans": "出错了"},
    "error_text": {
        "vi": "Máy chủ không thể trả lời yêu cầu này. Hãy thử lại sau.",
        "en": "The server could not answer this request. Please try again later.",
        "zh-Hans": "服务器无法处理此请求。请稍后再试。",
    },
}


def words_in(language: str) -> dict[str, str]:
    """All words in one page language."""
    return {key: texts[language] for key, texts in TEXTS.items()}


def size_words(size: int, language: str) -> str:
    """A file size for people: '1,4 MB' in Vietnamese, '1.4 MB' elsewhere."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    text = f"{size / 1_000_000:.1f} MB"
    return text.replace(".", ",") if language == "vi" else text
