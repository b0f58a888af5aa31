"""Kinds of sites in Vietnamese and English: those of the shipped catalogue, any other as it is."""

KINDS: dict[str, dict[str, str]] = {
    "border_gate": {"vi": "cửa khẩu", "en": "border gate"},
    "cave": {"vi": "hang động", "en": "cave"},
    "citadel": {"vi": "thành", "en": "citadel"},
    "fort": {"vi": "pháo đài", "en": "fort"},
    "geological_site": {"vi": "di sản địa chất", "en": "geological site"},
    "market": {"vi": "chợ", "en": "market"},
    "monument": {"vi": "công trình kỷ niệm", "en": "monument"},
    "mountain": {"vi": "núi", "en": "mountain"},
    "museum": {"vi": "bảo tàng, nhà lưu niệm", "en": "museum"},
    "pagoda": {"vi": "chùa", "en": "pagoda"},
    "relic_area": {"vi": "khu di tích", "en": "relic area"},
    "sacred_site": {"vi": "linh địa", "en": "sacred site"},
    "temple": {"vi": "đình, đền, miếu", "en": "temple"},
    "valley": {"vi": "thung lũng", "en": "valley"},
    "village": {"vi": "làng", "en": "village"},
    "waterfall": {"vi": "thác", "en": "waterfall"},
}


def kind_name(kind: str | None, language: str) -> str:
    """What a kind is called; empty when none is said."""
    return KINDS.get(kind or "", {}).get(language, kind or "")
