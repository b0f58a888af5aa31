"""What ``vtour catalog lint`` says beside the words of words.py, in Vietnamese and English."""

WORDS_LINT: dict[str, dict[str, str]] = {
    "comma_in_braces": {
        "en": ": a comma ends a value here, numbers take a decimal point",
        "vi": ": dấu phẩy kết thúc giá trị, số cần dùng dấu chấm thập phân",
    },
    # what texts look like
    "form_id": {
        "en": "lower-case ASCII letters, digits and inner hyphens",
        "vi": "chữ thường không dấu, chữ số và gạch nối ở giữa",
    },
    "form_language": {
        "en": "a language tag such as vi, en or zh-Hans",
        "vi": "mã ngôn ngữ, ví dụ vi, en hoặc zh-Hans",
    },
    "form_digest": {
        "en": "a digest of 64 hex digits",
        "vi": "mã băm gồm 64 chữ số thập lục phân",
    },
    "form_commune": {"en": "5 digits such as '05986'", "vi": "5 chữ số, ví dụ '05986'"},
    "form_province": {"en": "2 digits such as '20'", "vi": "2 chữ số, ví dụ '20'"},
    "form_phase": {
        "en": "a year such as '2021', or two such as '2024-2025'",
        "vi": "một năm, ví dụ '2021', hoặc hai năm, ví dụ '2024-2025'",
    },
    "form_url": {"en": "https://... or /...", "vi": "https://... hoặc /..."},
    "form_ranking": {
        "en": "special_national, national, provincial, none or unknown",
        "vi": "special_national, national, provincial, none hoặc unknown",
    },
}
