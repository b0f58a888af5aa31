"""What the pages of exported tours say by themselves, in the tour's language."""

PANNELLUM = {
    "vi": {
        "loadButtonLabel": "Bấm để xem\ntoàn cảnh",
        "loadingLabel": "Đang tải...",
        "bylineLabel": "%s",
        "noPanoramaError": "Không có ảnh toàn cảnh nào.",
        "fileAccessError": "Không mở được tệp %s.",
        "malformedURLError": "Địa chỉ của ảnh toàn cảnh bị sai.",
        "genericWebGLError": "Trình duyệt này không có WebGL để hiển thị ảnh toàn cảnh.",
        "unknownError": "Có lỗi không rõ.",
    },
    "zh": {
        "loadButtonLabel": "点击加载\n全景图",
        "loadingLabel": "加载中...",
        "bylineLabel": "%s",
        "noPanoramaError": "没有全景图。",
        "fileAccessError": "无法打开文件 %s。",
        "malformedURLError": "全景图的地址有误。",
        "genericWebGLError": "此浏览器没有显示全景图所需的 WebGL。",
        "unknownError": "未知错误。",
    },
}
PAGE = {
    "vi": {"places": "Các điểm", "close": "Đóng", "goto": "Đến"},
    "en": {"places": "Places", "close": "Close", "goto": "Go to"},
    "zh": {"places": "地点", "close": "关闭", "goto": "前往"},
}


def pannellum_words(language: str) -> dict[str, str]:
    """Pannellum's own texts; {} where its English ones are right or there are no others."""
    return PANNELLUM.get(_base(language), {})


def page_words(language: str) -> dict[str, str]:
    """The words of our own pages, English when there are no others."""
    return PAGE.get(_base(language), PAGE["en"])


def _base(language: str) -> str:
    return language.split("-")[0].lower()
