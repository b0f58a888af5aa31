"""What tables and their columns are called, and what they mean, in Vietnamese and English."""

WORDS_COLUMNS: dict[str, dict[str, str]] = {
    "sheet_phases": {"en": "Phases", "vi": "Giai đoạn"},
    "sheet_sites": {"en": "Sites", "vi": "Điểm"},
    "sheet_dates": {"en": "Dates", "vi": "Mốc thời gian"},
    "sheet_durations": {"en": "Days in states", "vi": "Số ngày theo trạng thái"},
    "sheet_packages": {"en": "Packages", "vi": "Gói dữ liệu"},
    "sheet_deliverables": {"en": "Deliverables", "vi": "Sản phẩm"},
    "sheet_gates": {"en": "Gates", "vi": "Điều kiện"},
    "sheet_changes": {"en": "Changes", "vi": "Thay đổi"},
    "sheet_waivers": {"en": "Waivers", "vi": "Miễn trừ"},
    "sheet_dictionary": {"en": "Columns", "vi": "Giải thích cột"},
    "sheet_notes": {"en": "Notes", "vi": "Ghi chú"},
    # titles that only tables have
    "col_in_state": {"en": "{state}", "vi": "{state}"},
    "col_likely": {"en": "Forecast 50 %", "vi": "Dự báo 50 %"},
    "col_cautious": {"en": "Forecast 85 %", "vi": "Dự báo 85 %"},
    "col_deliverable_state": {"en": "Stands as", "vi": "Tình trạng"},
    # meanings
    "mean_phase": {"en": "Id of the phase", "vi": "Mã giai đoạn"},
    "mean_name": {"en": "Name of the phase", "vi": "Tên giai đoạn"},
    "mean_kind": {
        "en": "What it is: of a phase, new sites or upkeep; of a deliverable, what is handed over",
        "vi": "Loại: với giai đoạn là điểm mới hoặc duy trì; với sản phẩm là loại sản phẩm",
    },
    "mean_start": {"en": "First day of the phase", "vi": "Ngày bắt đầu giai đoạn"},
    "mean_end": {"en": "Last day of the phase", "vi": "Ngày kết thúc giai đoạn"},
    "mean_expected": {
        "en": "New sites that the plan asks for; empty for upkeep",
        "vi": "Số điểm mới theo kế hoạch; để trống với giai đoạn duy trì",
    },
    "mean_listed": {
        "en": "Sites in the catalogue, those withdrawn included",
        "vi": "Số điểm trong danh mục, kể cả điểm đã rút",
    },
    "mean_in_state": {
        "en": "Sites that are in the state '{state}' now",
        "vi": "Số điểm đang ở trạng thái '{state}'",
    },
    "mean_accepted": {
        "en": "Sites accepted and not returned or withdrawn since",
        "vi": "Số điểm đã nghiệm thu và sau đó không bị trả lại hay rút",
    },
    "mean_published": {
        "en": "Of these, the ones that were published",
        "vi": "Trong đó, số điểm đã công bố",
    },
    "mean_late": {
        "en": "Sites that have not reached a state whose planned day has passed",
        "vi": "Số điểm chưa đạt một trạng thái đã quá ngày dự kiến",
    },
    "mean_waivers": {
        "en": "Gates that a manager let pass, in force and with nothing worse found since",
        "vi": "Số điều kiện được người quản lý miễn trừ, còn hiệu lực và từ đó không phát hiện lỗi "
        "nặng hơn",
    },
    "mean_revisits": {
        "en": "Published sites whose day to be looked at again has passed",
        "vi": "Số điểm đã công bố và đã quá ngày cần xem lại",
    },
    "mean_likely": {
        "en": "Day by which all sites of the phase are accepted in half of the trials, from "
        "measured throughput; empty when done or when there is too little data",
        "vi": "Ngày mà một nửa số lần thử đã nghiệm thu xong giai đoạn, theo tốc độ đo được; để "
        "trống khi đã xong hoặc thiếu dữ liệu",
    },
    "mean_cautious": {
        "en": "The same for 85 of 100 trials",
        "vi": "Như trên, với 85 trên 100 lần thử",
    },
    "mean_id": {"en": "Id of the site, the same everywhere", "vi": "Mã điểm, dùng ở mọi nơi"},
    "mean_site": {"en": "Id of the site", "vi": "Mã điểm"},
    "mean_site_name": {"en": "Name of the site", "vi": "Tên điểm"},
    "mean_name_vi": {"en": "Name in Vietnamese", "vi": "Tên tiếng Việt"},
    "mean_name_en": {"en": "Name in English", "vi": "Tên tiếng Anh"},
    "mean_name_zh": {"en": "Name in simplified Chinese", "vi": "Tên tiếng Trung giản thể"},
    "mean_site_kind": {"en": "What kind of place it is", "vi": "Loại hình điểm"},
    "mean_ranking": {"en": "Rank of the relic", "vi": "Cấp xếp hạng di tích"},
    "mean_district": {
        "en": "District or city until 30 June 2025",
        "vi": "Huyện hoặc thành phố đến hết 30/6/2025",
    },
    "mean_commune_code": {
        "en": "Official code of the commune or ward since 1 July 2025",
        "vi": "Mã xã, phường chính thức từ 1/7/2025",
    },
    "mean_commune": {
        "en": "Name of the commune or ward since 1 July 2025",
        "vi": "Tên xã, phường từ 1/7/2025",
    },
    "mean_lat": {
        "en": "Degrees north, WGS 84; empty for a placeholder",
        "vi": "Độ vĩ bắc, WGS 84; để trống với vị trí tạm",
    },
    "mean_lon": {
        "en": "Degrees east, WGS 84; empty for a placeholder",
        "vi": "Độ kinh đông, WGS 84; để trống với vị trí tạm",
    },
    "mean_certainty": {
        "en": "How sure the location is: surveyed, from a source, unverified, placeholder",
        "vi": "Độ tin cậy vị trí: đo tại chỗ, theo nguồn, chưa kiểm chứng, vị trí tạm",
    },
    "mean_radius": {
        "en": "How far off the location can be, metres",
        "vi": "Vị trí có thể sai lệch đến bao nhiêu mét",
    },
    "mean_source": {"en": "Where the location comes from", "vi": "Nguồn của vị trí"},
    "mean_contractor": {"en": "Who makes it", "vi": "Đơn vị thi công"},
    "mean_state": {"en": "How far the site is", "vi": "Điểm đã đến bước nào"},
    "mean_stays": {
        "en": "Stays in this state that have ended; a site that came back has one more",
        "vi": "Số lượt ở trạng thái này đã kết thúc; điểm quay lại có thêm một lượt",
    },
    "mean_mean": {
        "en": "Mean days of these stays",
        "vi": "Số ngày trung bình của các lượt đó",
    },
    "mean_median": {
        "en": "Days that half of these stays did not exceed",
        "vi": "Số ngày mà một nửa các lượt không vượt quá",
    },
    "mean_now": {"en": "Sites in this state now", "vi": "Số điểm hiện ở trạng thái này"},
    "mean_now_mean": {
        "en": "Mean days that these have been there",
        "vi": "Số ngày trung bình các điểm này đã ở đó",
    },
    "mean_since": {
        "en": "Day in Vietnam on which it came into this state",
        "vi": "Ngày (giờ Việt Nam) vào trạng thái này",
    },
    "mean_missed": {
        "en": "First state whose planned day has passed without the site reaching it",
        "vi": "Trạng thái đầu tiên đã quá ngày dự kiến mà điểm chưa đạt",
    },
    "mean_days_late": {
        "en": "Days since that planned day",
        "vi": "Số ngày kể từ ngày dự kiến đó",
    },
    "mean_planned_for": {
        "en": "By when '{state}' is to be reached; acceptance by the end of the phase, if nothing "
        "else is planned",
        "vi": "Hạn đạt '{state}'; nghiệm thu trước khi hết giai đoạn nếu không có ngày khác",
    },
    "mean_reached_on": {
        "en": "First day on which '{state}' was reached; of accepted, published and maintained, "
        "since when it stands",
        "vi": "Ngày đầu tiên đạt '{state}'; với nghiệm thu, công bố, bảo trì: từ ngày nào"
        " còn hiệu lực",
    },
    "mean_models": {"en": "3D models in the package", "vi": "Số mô hình 3D trong gói dữ liệu"},
    "mean_panoramas": {
        "en": "Panoramas in the package",
        "vi": "Số ảnh toàn cảnh trong gói dữ liệu",
    },
    "mean_point_clouds": {
        "en": "Point clouds in the package",
        "vi": "Số đám mây điểm trong gói dữ liệu",
    },
    "mean_bytes": {"en": "Size of the package in bytes", "vi": "Dung lượng gói dữ liệu, byte"},
    "mean_package": {
        "en": "SHA-256 of the package's tour.json, which holds the digests of all its files",
        "vi": "SHA-256 của tour.json trong gói dữ liệu; tệp này giữ mã băm của mọi tệp khác",
    },
    "mean_revisit": {
        "en": "By when a published site is to be looked at again",
        "vi": "Hạn xem lại điểm đã công bố",
    },
    "mean_deliverable": {"en": "What is handed over", "vi": "Sản phẩm bàn giao"},
    "mean_count": {"en": "How many are asked for at least", "vi": "Số lượng tối thiểu"},
    "mean_due": {"en": "Day on which it is due", "vi": "Hạn bàn giao"},
    "mean_deliverable_state": {
        "en": "Accepted with its site; else whether its thresholds were met when last looked at",
        "vi": "Đã nghiệm thu cùng điểm; nếu chưa thì có đạt ngưỡng ở lần kiểm tra gần nhất không",
    },
    "mean_measure": {
        "en": "Name of the measure in the reports of the software",
        "vi": "Tên số đo trong báo cáo của phần mềm",
    },
    "mean_least": {"en": "The least that it may be", "vi": "Giá trị tối thiểu"},
    "mean_most": {"en": "The most that it may be", "vi": "Giá trị tối đa"},
    "mean_found": {"en": "What was measured", "vi": "Giá trị đo được"},
    "mean_unit": {
        "en": "Unit of the three; 1 for counts and shares",
        "vi": "Đơn vị của ba giá trị; 1 là số đếm hoặc tỷ lệ",
    },
    "mean_passed": {
        "en": "Passed, failed, waived, or not looked at",
        "vi": "Đạt, không đạt, miễn trừ, hoặc chưa kiểm tra",
    },
    "mean_looked_at": {
        "en": "When the gates were looked at, Vietnam time",
        "vi": "Thời điểm kiểm tra, giờ Việt Nam",
    },
    "mean_gate": {
        "en": "What is checked before a site goes on",
        "vi": "Điều kiện được kiểm tra trước khi sang bước sau",
    },
    "mean_finding": {"en": "What was found", "vi": "Nội dung kiểm tra"},
    "mean_entry": {"en": "Line of the audit log", "vi": "Dòng trong nhật ký"},
    "mean_at": {"en": "When, Vietnam time", "vi": "Thời điểm, giờ Việt Nam"},
    "mean_action": {"en": "The command", "vi": "Lệnh đã dùng"},
    "mean_from": {"en": "State before", "vi": "Trạng thái trước"},
    "mean_to": {"en": "State after", "vi": "Trạng thái sau"},
    "mean_by": {
        "en": "Who acted, as the name was claimed; a signature alone proves it",
        "vi": "Người thực hiện theo tên tự khai; chỉ chữ ký mới chứng minh",
    },
    "mean_role": {"en": "As what", "vi": "Với vai trò gì"},
    "mean_reason": {"en": "Why", "vi": "Lý do"},
    "mean_signed": {
        "en": "Whether the entry carries a signature ('vtour catalog audit verify' checks it)",
        "vi": "Mục có chữ ký hay không ('vtour catalog audit verify' kiểm tra chữ ký)",
    },
    "mean_digest": {
        "en": "SHA-256 of what the change rests on: captures, package, reports, record",
        "vi": "SHA-256 của bằng chứng: dữ liệu gốc, gói dữ liệu, báo cáo, biên bản",
    },
    "mean_in_force": {
        "en": "No, when the site was returned or went into a new version since",
        "vi": "Không, nếu sau đó điểm bị trả lại hoặc làm phiên bản mới",
    },
    # notes
    "note_title": {"en": "Rollout report", "vi": "Báo cáo triển khai"},
    "note_notice": {"en": "Notice", "vi": "Lưu ý"},
    "note_owner": {"en": "Owner", "vi": "Chủ đầu tư"},
    "note_plan": {"en": "Decision", "vi": "Căn cứ"},
    "note_as_of": {"en": "As of", "vi": "Tính đến"},
    "note_catalog": {"en": "Catalogue", "vi": "Danh mục"},
    "note_audit": {"en": "Audit log", "vi": "Nhật ký"},
    "note_audit_line": {
        "en": "{entries} entries, SHA-256 of the last one {head}",
        "vi": "{entries} mục, SHA-256 của mục cuối {head}",
    },
    "note_forecast": {"en": "Forecast", "vi": "Dự báo"},
    "note_on_time": {"en": "Planned days kept", "vi": "Mốc đúng hạn"},
    "note_first_pass": {
        "en": "Accepted without being returned",
        "vi": "Nghiệm thu không phải trả lại",
    },
    "note_deliverables": {"en": "Deliverables", "vi": "Sản phẩm"},
    "note_upkeep": {"en": "Upkeep", "vi": "Duy trì"},
    "note_holdings": {"en": "Packages", "vi": "Gói dữ liệu"},
    "note_actors": {
        "en": "Names of actors are shown as they were claimed; only a signature proves them.",
        "vi": "Tên người thực hiện là tên tự khai; chỉ chữ ký mới chứng minh.",
    },
    "page_of": {"en": "page {page} of {pages}", "vi": "trang {page}/{pages}"},
    # calendar
    "ics_reached": {"en": "reached on {day}", "vi": "đạt ngày {day}"},
    "ics_permit_ends": {"en": "permit {number} ends", "vi": "giấy phép {number} hết hạn"},
    "ics_revisit": {"en": "to be looked at again", "vi": "cần xem lại"},
    # page
    "chart_title": {
        "en": "Accepted sites of phase {phase} over time",
        "vi": "Điểm đã nghiệm thu của giai đoạn {phase} theo thời gian",
    },
    "chart_caption": {
        "en": "{phase}: {accepted} of {expected} accepted.",
        "vi": "{phase}: đã nghiệm thu {accepted}/{expected}.",
    },
    "chart_all": {"en": "All are accepted.", "vi": "Đã nghiệm thu xong."},
    "chart_end": {"en": "Planned by {day}.", "vi": "Kế hoạch: trước {day}."},
    "chart_outlook": {
        "en": "Likely by {likely} (50 %), {cautious} (85 %).",
        "vi": "Dự báo xong trước {likely} (50 %), {cautious} (85 %).",
    },
    "chart_key_done": {"en": "accepted", "vi": "đã nghiệm thu"},
    "chart_key_plan": {"en": "plan", "vi": "kế hoạch"},
    "chart_key_range": {"en": "forecast, 50 % to 85 %", "vi": "dự báo, 50 % đến 85 %"},
    "page_planned_acceptance": {"en": "Planned acceptance", "vi": "Dự kiến nghiệm thu"},
    "page_changes": {
        "en": "Last changes (at most {count})",
        "vi": "Thay đổi gần đây (tối đa {count})",
    },
}
