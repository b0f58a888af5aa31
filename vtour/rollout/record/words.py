"""What an acceptance record says, in Vietnamese and English."""

RECORD_WORDS: dict[str, dict[str, str]] = {
    "rec_title": {"vi": "BIÊN BẢN NGHIỆM THU", "en": "ACCEPTANCE RECORD"},
    "rec_about": {
        "vi": "Sản phẩm số hóa điểm {name}",
        "en": "Digitisation of {name}",
    },
    "rec_notice": {"vi": "Lưu ý: {notice}", "en": "Notice: {notice}"},
    "rec_bases": {"vi": "CĂN CỨ", "en": "LEGAL BASES"},
    "rec_today": {
        "vi": "Hôm nay, {day}, các bên gồm:",
        "en": "Today, {iso}, the parties are:",
    },
    "rec_parties": {"vi": "I. CÁC BÊN", "en": "PARTIES"},
    "rec_giver": {"vi": "1. Bên giao: {name}", "en": "Delivering party"},
    "rec_taker": {"vi": "2. Bên nhận: {name}", "en": "Accepting party"},
    "rec_person": {
        "vi": "Đại diện: {name}. Chức vụ: ……………………………",
        "en": "Represented by {name}. Position: ……",
    },
    "rec_site": {"vi": "II. ĐỐI TƯỢNG NGHIỆM THU", "en": "WHAT IS ACCEPTED"},
    "rec_site_name": {"vi": "Tên điểm", "en": "Site"},
    "rec_site_id": {"vi": "Mã điểm", "en": "Site id"},
    "rec_programme": {"vi": "Chương trình", "en": "Programme"},
    "rec_phase": {"vi": "Giai đoạn", "en": "Phase"},
    "rec_admin": {"vi": "Đơn vị hành chính", "en": "Administration"},
    "rec_admin_now": {
        "vi": "{commune} (mã {code}), từ ngày 01/7/2025",
        "en": "{commune} (code {code}), since 1 July 2025",
    },
    "rec_admin_before": {
        "vi": "trước đó: {district}",
        "en": "before that: {district}",
    },
    "rec_location": {"vi": "Vị trí (WGS 84)", "en": "Location (WGS 84)"},
    "rec_location_value": {
        "vi": "{lat}, {lon} ({certainty}{source})",
        "en": "{lat}, {lon} ({certainty}{source})",
    },
    "rec_ranking": {"vi": "Xếp hạng di tích", "en": "Ranking"},
    "rec_package": {"vi": "Gói dữ liệu", "en": "Scene package"},
    "rec_package_value": {
        "vi": "{tour}: {models} mô hình 3D, {panoramas} ảnh toàn cảnh, {points} đám mây điểm, "
        "{hotspots} điểm thông tin; {size}",
        "en": "{tour}: {models} 3D model(s), {panoramas} panorama(s), {points} point cloud(s), "
        "{hotspots} hotspot(s); {size}",
    },
    "rec_results": {
        "vi": "III. KẾT QUẢ ĐO SO VỚI YÊU CẦU",
        "en": "MEASURED AGAINST REQUIRED",
    },
    "rec_number": {"vi": "STT", "en": "No."},
    "rec_item": {"vi": "Sản phẩm, chỉ tiêu", "en": "Deliverable, measure"},
    "rec_required": {"vi": "Yêu cầu", "en": "Required"},
    "rec_measured": {"vi": "Đo được", "en": "Measured"},
    "rec_result": {"vi": "Kết quả", "en": "Result"},
    "rec_count": {"vi": "Số lượng", "en": "Count"},
    "rec_not_measured": {"vi": "chưa đo", "en": "not measured"},
    "rec_left_out": {
        "vi": "Không phải giao: {name} ({reason}).",
        "en": "Not due: {name} ({reason}).",
    },
    "rec_measures_note": {
        "vi": "Số đo do phần mềm ghi trong báo cáo của từng bước xử lý; mã băm tại mục VI.",
        "en": "Measures are those that the software wrote to the report of each stage; digests "
        "in section VI.",
    },
    "rec_gates": {"vi": "IV. KIỂM TRA ĐIỀU KIỆN NGHIỆM THU", "en": "EVIDENCE GATES"},
    "rec_gate": {"vi": "Điều kiện", "en": "Gate"},
    "rec_findings": {"vi": "Nội dung kiểm tra", "en": "What was found"},
    "rec_see_results": {"vi": "Số đo: xem mục III", "en": "Measures: see section III"},
    "rec_passed": {"vi": "Đạt", "en": "Passed"},
    "rec_failed": {"vi": "Không đạt", "en": "Failed"},
    "rec_waived": {"vi": "Miễn trừ", "en": "Waived"},
    "rec_waivers": {"vi": "V. MIỄN TRỪ", "en": "WAIVERS"},
    "rec_no_waivers": {"vi": "Không có miễn trừ.", "en": "There are no waivers."},
    "rec_by": {"vi": "Người quyết định", "en": "Decided by"},
    "rec_day": {"vi": "Ngày", "en": "Day"},
    "rec_reason": {"vi": "Lý do", "en": "Reason"},
    "rec_entry": {"vi": "Mục nhật ký", "en": "Log entry"},
    "rec_digests": {
        "vi": "VI. MÃ BĂM CỦA HỒ SƠ NGHIỆM THU (SHA-256)",
        "en": "DIGESTS OF WHAT IS ACCEPTED (SHA-256)",
    },
    "rec_of_package": {
        "vi": "Gói dữ liệu (tour.json, chứa mã băm của mọi tệp)",
        "en": "Scene package (tour.json, which holds the digest of every file)",
    },
    "rec_of_captures": {
        "vi": "Dữ liệu gốc (manifest-sha256.txt)",
        "en": "Captures (manifest-sha256.txt)",
    },
    "rec_of_reports": {"vi": "Báo cáo đo", "en": "Reports of measures"},
    "rec_of_permits": {"vi": "Tệp giấy phép", "en": "Files of permits"},
    "rec_log": {"vi": "VII. NHẬT KÝ KIỂM TOÁN", "en": "AUDIT LOG"},
    "rec_log_text": {
        "vi": "Trước khi lập biên bản, nhật ký có {entries} mục; mã băm SHA-256 của mục cuối là:",
        "en": "Before this record the log has {entries} entries; SHA-256 of the last one:",
    },
    "rec_log_check": {
        "vi": "Kiểm tra: vtour catalog audit verify --head {entries}:{short}… (ghi đủ 64 ký tự).",
        "en": "To check: vtour catalog audit verify --head {entries}:{short}… (all 64 digits).",
    },
    "rec_claimed": {
        "vi": "Người nghiệm thu ghi trong nhật ký là {name}, theo tên tự khai; "
        "mục nhật ký không ký bằng khóa.",
        "en": "The acceptor in the log is {name}, a name as claimed; the entry is not signed "
        "with a key.",
    },
    "rec_signed": {
        "vi": "Người nghiệm thu ghi trong nhật ký là {name}; mục nhật ký được ký bằng khóa SSH.",
        "en": "The acceptor in the log is {name}; the entry is signed with an SSH key.",
    },
    "rec_conclusion": {"vi": "VIII. KẾT LUẬN", "en": "CONCLUSION"},
    "rec_accepted": {
        "vi": "Bên nhận nghiệm thu sản phẩm số hóa điểm {name}, đạt mọi điều kiện tại mục IV.",
        "en": "The accepting party accepts the digitisation of {name}; every gate of section IV "
        "is passed.",
    },
    "rec_accepted_waived": {
        "vi": "Bên nhận nghiệm thu sản phẩm số hóa điểm {name}, với {count} miễn trừ tại mục V.",
        "en": "The accepting party accepts the digitisation of {name}, with the {count} waiver(s) "
        "of section V.",
    },
    "rec_freezes": {
        "vi": "Biên bản này chỉ có giá trị với gói dữ liệu và dữ liệu gốc có mã băm tại mục VI. "
        "Gói dữ liệu khác phải được nghiệm thu lại.",
        "en": "This record holds for the package and the captures with the digests of section VI "
        "only. Another package needs a new acceptance.",
    },
    "rec_copies": {
        "vi": "Biên bản được lập thành 02 bản có giá trị như nhau, mỗi bên giữ 01 bản.",
        "en": "Two copies of the same force were made, one for each party.",
    },
    "rec_giver_signs": {"vi": "ĐẠI DIỆN BÊN GIAO", "en": "FOR THE DELIVERING PARTY"},
    "rec_taker_signs": {"vi": "ĐẠI DIỆN BÊN NHẬN", "en": "FOR THE ACCEPTING PARTY"},
    "rec_sign": {"vi": "(Ký, ghi rõ họ tên)", "en": "(Signature, full name)"},
}

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
PLACES = {"20": "Lạng Sơn"}
"""Where records are made, by the code of the province."""
UNKNOWN = "……………………………"

BASES: tuple[tuple[str, str], ...] = (
    (
        "Luật Di sản văn hóa số 45/2024/QH15 và Nghị định số 308/2025/NĐ-CP",
        "Law on Cultural Heritage 45/2024/QH15 and Decree 308/2025/NĐ-CP",
    ),
    (
        "Luật Bảo vệ dữ liệu cá nhân số 91/2025/QH15 và Nghị định số 356/2025/NĐ-CP",
        "Law on Personal Data Protection 91/2025/QH15 and Decree 356/2025/NĐ-CP",
    ),
    (
        "Thông tư số 24/2018/TT-BTNMT về kiểm tra, thẩm định, nghiệm thu công trình, sản phẩm "
        "trong lĩnh vực đo đạc và bản đồ",
        "Circular 24/2018/TT-BTNMT on inspection, appraisal and acceptance of survey and mapping "
        "products",
    ),
    (
        "Tiêu chuẩn quốc gia TCVN 12201:2018 về số hóa ba chiều",
        "National standard TCVN 12201:2018 on 3D digitisation",
    ),
)
"""Law in force in November 2026, as far as it was found; the parties complete it."""
BASE_FLIGHT = (
    "Nghị định số 288/2025/NĐ-CP về tàu bay không người lái",
    "Decree 288/2025/NĐ-CP on unmanned aircraft",
)
