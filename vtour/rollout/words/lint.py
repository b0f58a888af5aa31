"""What ``vtour catalog lint`` says of values against each other and of files."""

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
    # values against each other
    "person_twice": {
        "en": "{found!r} is among the people twice",
        "vi": "{found!r} có hai lần trong people",
    },
    "person_firm": {
        "en": "{found!r} acts as contractor, but of which firm is not said",
        "vi": "{found!r} làm cho đơn vị thi công nhưng chưa ghi đơn vị nào (contractor)",
    },
    "person_key": {
        "en": "the key of {found!r} is no public SSH key, expected one line such as "
        "ssh-ed25519 AAAA...",
        "vi": "khóa của {found!r} không phải khóa SSH công khai, cần một dòng như "
        "ssh-ed25519 AAAA...",
    },
    "no_manager": {
        "en": "nobody is a manager: no site can be accepted",
        "vi": "không có ai là manager: không điểm nào nghiệm thu được",
    },
    "no_contractor_person": {
        "en": "contractor {found!r}: nobody among the people acts for it{hint}",
        "vi": "đơn vị thi công {found!r}: trong people không có ai đại diện{hint}",
    },
    "before_phase": {
        "en": "planned {state} {date} is before the beginning of phase {phase}, {start}",
        "vi": "kế hoạch {state} {date} trước khi giai đoạn {phase} bắt đầu, {start}",
    },
    "planned_aside": {
        "en": "{state} cannot be planned, expected a state from planned to maintained",
        "vi": "không thể lập kế hoạch cho {state}, cần một trạng thái từ planned đến maintained",
    },
    "deliverable_unknown": {
        "en": "deliverable {found!r}: no kind is said, and the profile has none of that id{hint}",
        "vi": "sản phẩm {found!r}: thiếu kind, và hồ sơ không có sản phẩm nào tên đó{hint}",
    },
    "share_bound": {
        "en": "threshold of {measure}: it is a share, expected a bound between 0 and 1",
        "vi": "ngưỡng cho {measure}: đây là một tỉ lệ, cần từ 0 đến 1",
    },
    "looks_like_truth": {
        "en": "found {found} without quotes: other programs read true or false there, "
        "expected '{found}'",
        "vi": "thấy {found} không có dấu nháy: phần mềm khác đọc thành đúng hoặc sai, "
        "cần ghi '{found}'",
    },
    # places
    "province_other": {
        "en": "province {found}, but the programme is that of province {expected}",
        "vi": "tỉnh {found}, nhưng chương trình thuộc tỉnh {expected}",
    },
    "no_communes": {
        "en": "the communes of province {province} are not known here: codes and coordinates are "
        "not checked",
        "vi": "chưa có danh sách xã của tỉnh {province}: không kiểm tra mã và tọa độ",
    },
    "not_commune_name": {
        "en": "commune {code} is {expected!r}, found {found!r}{hint}",
        "vi": "xã {code} là {expected!r}, thấy {found!r}{hint}",
    },
    "outside_province": {
        "en": "{lat}, {lon} is outside the province: expected lat {south} to {north}, "
        "lon {west} to {east}",
        "vi": "{lat}, {lon} nằm ngoài tỉnh: cần lat {south} đến {north}, lon {west} đến {east}",
    },
    "not_in_commune": {
        "en": "{lat}, {lon} is {km} km outside {area} of {commune}{hint}",
        "vi": "{lat}, {lon} nằm ngoài {area} của {commune} {km} km{hint}",
    },
    "class_unverified": {"en": "unverified", "vi": "chưa kiểm chứng (unverified)"},
    "class_placeholder": {"en": "a placeholder", "vi": "tạm (placeholder)"},
    "boundaries": {"en": "outlines: {message}", "vi": "ranh giới: {message}"},
    # files and the log
    "file_changed": {
        "en": "{file!r} is not the file whose sha256 is noted: it was changed",
        "vi": "{file!r} không khớp mã sha256 đã ghi: tệp đã bị thay đổi",
    },
    "permit_expired": {
        "en": "permit {number} ended on {until}, and the site is not captured yet",
        "vi": "giấy phép {number} hết hạn ngày {until}, điểm chưa được thu thập",
    },
    "log_unreadable": {"en": "audit log: {message}", "vi": "nhật ký: {message}"},
    "in_log": {"en": "{where}: {problem}", "vi": "{where}: {problem}"},
    "log_torn": {"en": "{where}: {problem}", "vi": "{where}: {problem}"},
    "log_ahead": {
        "en": "the audit log has {found} entries more: the next command takes them over",
        "vi": "nhật ký có thêm {found} mục: lệnh kế tiếp sẽ ghi vào đây",
    },
    # how lint says it
    "level_error": {"en": "error", "vi": "lỗi"},
    "level_warning": {"en": "warning", "vi": "cảnh báo"},
    "level_note": {"en": "note", "vi": "lưu ý"},
    "lint_summary": {
        "en": "sites: {sites}, phases: {phases}; errors: {errors}, warnings: {warnings}, "
        "notes: {notes}",
        "vi": "điểm: {sites}, giai đoạn: {phases}; lỗi: {errors}, cảnh báo: {warnings}, "
        "lưu ý: {notes}",
    },
}
