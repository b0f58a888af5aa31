"""What gates find, in Vietnamese and English."""

WORDS_GATES: dict[str, dict[str, str]] = {
    # commands
    "gate_pass": {"en": "pass  ", "vi": "đạt      "},
    "gate_fail": {"en": "FAIL  ", "vi": "KHÔNG ĐẠT"},
    "gate_waived": {"en": "waived", "vi": "miễn trừ "},
    "gates_summary": {
        "en": "{passed} passed, {waived} waived, {failed} failed",
        "vi": "{passed} đạt, {waived} miễn trừ, {failed} không đạt",
    },
    "gates_no_site": {
        "en": "no gate stands before the next state of any site",
        "vi": "không điểm nào có điều kiện trước trạng thái kế tiếp",
    },
    "waived_by": {
        "en": "waived by {by} on {day} (entry {entry}): {reason}",
        "vi": "{by} miễn trừ ngày {day} (mục {entry}): {reason}",
    },
    "waiver_exceeded": {
        "en": "the waiver does not cover this: {finding}",
        "vi": "miễn trừ không bao gồm điều này: {finding}",
    },
    "waive_done": {
        "en": "{site}: gate {gate} is waived (entry {entry} of the audit log)",
        "vi": "{site}: đã miễn trừ điều kiện {gate} (mục {entry} của nhật ký)",
    },
    "not_accepted": {
        "en": "{site}: not accepted, since gates fail",
        "vi": "{site}: chưa nghiệm thu được vì có điều kiện không đạt",
    },
    "accepted": {
        "en": "{site}: in_review -> accepted (entry {entry} of the audit log, by {by})",
        "vi": "{site}: in_review -> accepted (mục {entry} của nhật ký, {by})",
    },
    "accepted_record": {
        "en": "record {record}, SHA-256 {digest}",
        "vi": "biên bản {record}, SHA-256 {digest}",
    },
    "gate_more": {"en": "and {more} more", "vi": "và {more} lỗi khác"},
    # evidence
    "work_not_named": {
        "en": "no work folder is named, expected evidence.work in the catalogue",
        "vi": "chưa ghi thư mục kết quả, cần evidence.work trong danh mục",
    },
    "work_gone": {
        "en": "work folder {folder!r} is not there",
        "vi": "không có thư mục kết quả {folder!r}",
    },
    "package_unusable": {
        "en": "no package that can be used: {why}",
        "vi": "không có gói dữ liệu dùng được: {why}",
    },
    "evidence_shared": {
        "en": "evidence.{what} is that of site {other}, too: no two sites have the same",
        "vi": "evidence.{what} trùng với điểm {other}: hai điểm không thể dùng chung",
    },
    "package_other_site": {
        "en": "the package is of {found!r}, expected {expected!r}: it belongs to another site",
        "vi": "gói dữ liệu là của {found!r}, cần {expected!r}: thuộc về điểm khác",
    },
    "reports_other_site": {
        "en": "the reports are of {found!r}, expected {expected!r}: they belong to another site",
        "vi": "báo cáo là của {found!r}, cần {expected!r}: thuộc về điểm khác",
    },
    "inventory_damaged": {
        "en": "the inventory of the captures is damaged: {why}",
        "vi": "bảng kê dữ liệu gốc bị hỏng: {why}",
    },
    # permit
    "permit_none_needed": {"en": "no permit is needed", "vi": "không cần giấy phép"},
    "permit_missing_relic": {
        "en": "no permit of the relic authority is recorded",
        "vi": "chưa ghi giấy phép của cơ quan quản lý di tích",
    },
    "permit_missing_flight": {
        "en": "no flight permit is recorded, as a drone needs one",
        "vi": "chưa ghi phép bay, trong khi có dùng máy bay không người lái",
    },
    "permit_missing_access": {
        "en": "no leave of the owner is recorded",
        "vi": "chưa ghi văn bản đồng ý của chủ sở hữu",
    },
    "permit_valid_relic": {
        "en": "permit {number} of the relic authority, by {issuer}, "
        "was valid on {day} (until {until})",
        "vi": "giấy phép di tích {number}, do {issuer} cấp, có hiệu lực ngày {day} (đến {until})",
    },
    "permit_valid_flight": {
        "en": "flight permit {number}, by {issuer}, was valid on {day} (until {until})",
        "vi": "phép bay {number}, do {issuer} cấp, có hiệu lực ngày {day} (đến {until})",
    },
    "permit_valid_access": {
        "en": "leave {number} of the owner, by {issuer}, was valid on {day} (until {until})",
        "vi": "văn bản đồng ý {number}, do {issuer} cấp, có hiệu lực ngày {day} (đến {until})",
    },
    "permit_open_relic": {
        "en": "permit {number} of the relic authority, by {issuer}, "
        "was valid on {day} (no end is said)",
        "vi": "giấy phép di tích {number}, do {issuer} cấp, có hiệu lực ngày {day} "
        "(không ghi ngày hết hạn)",
    },
    "permit_open_flight": {
        "en": "flight permit {number}, by {issuer}, was valid on {day} (no end is said)",
        "vi": "phép bay {number}, do {issuer} cấp, có hiệu lực ngày {day} (không ghi ngày hết hạn)",
    },
    "permit_open_access": {
        "en": "leave {number} of the owner, by {issuer}, was valid on {day} (no end is said)",
        "vi": "văn bản đồng ý {number}, do {issuer} cấp, có hiệu lực ngày {day} "
        "(không ghi ngày hết hạn)",
    },
    "permit_early": {
        "en": "permit {number} was issued on {issued}, after {day}",
        "vi": "giấy phép {number} cấp ngày {issued}, sau ngày {day}",
    },
    "permit_over": {
        "en": "permit {number} ended on {until}, before {day}",
        "vi": "giấy phép {number} hết hạn ngày {until}, trước ngày {day}",
    },
    "permit_border_file": {
        "en": "flight permit {number} without its file: expected file and sha256 at the border",
        "vi": "phép bay {number} thiếu tệp: ở khu vực biên giới cần có file và sha256",
    },
    "permit_border_digest": {
        "en": "flight permit {number} without sha256: expected it at the border",
        "vi": "phép bay {number} thiếu sha256: bắt buộc ở khu vực biên giới",
    },
    "permit_file_gone": {
        "en": "permit {number}: {file!r} is not there",
        "vi": "giấy phép {number}: không có {file!r}",
    },
    "permit_file_unreadable": {
        "en": "permit {number}: {file!r} cannot be read ({why})",
        "vi": "giấy phép {number}: không đọc được {file!r} ({why})",
    },
    "permit_file_other": {
        "en": "permit {number}: SHA-256 of {file!r} is {found}…, expected {expected}…",
        "vi": "giấy phép {number}: SHA-256 của {file!r} là {found}…, cần {expected}…",
    },
    # captures
    "captures_not_named": {
        "en": "no folder of captures is named, expected evidence.captures in the catalogue",
        "vi": "chưa ghi thư mục dữ liệu gốc, cần evidence.captures trong danh mục",
    },
    "captures_gone": {
        "en": "captures {folder!r} are not there",
        "vi": "không có thư mục dữ liệu gốc {folder!r}",
    },
    "captures_not_sealed": {
        "en": "captures {folder!r} are not sealed: expected manifest-sha256.txt "
        "(vtour inspect --seal)",
        "vi": "dữ liệu gốc {folder!r} chưa niêm phong: cần manifest-sha256.txt "
        "(vtour inspect --seal)",
    },
    "captures_unusable": {
        "en": "the captures cannot be checked: {why}",
        "vi": "không kiểm tra được dữ liệu gốc: {why}",
    },
    "captures_changed": {
        "en": "{count} file(s) changed since the delivery, such as {first!r}",
        "vi": "{count} tệp bị sửa sau khi bàn giao, ví dụ {first!r}",
    },
    "captures_missing": {
        "en": "{count} delivered file(s) are missing, such as {first!r}",
        "vi": "thiếu {count} tệp đã bàn giao, ví dụ {first!r}",
    },
    "captures_extra": {
        "en": "{count} file(s) were added since the delivery, such as {first!r}",
        "vi": "{count} tệp được thêm sau khi bàn giao, ví dụ {first!r}",
    },
    "captures_verified": {
        "en": "{count} files are as they were sealed (SHA-256)",
        "vi": "{count} tệp đúng như khi niêm phong (SHA-256)",
    },
    "captures_site_yaml": {
        "en": "site.yaml of the captures cannot be used: {why}",
        "vi": "không dùng được site.yaml của dữ liệu gốc: {why}",
    },
    "captures_other_site": {
        "en": "the captures are of {found!r}, expected {expected!r}: they belong to another site",
        "vi": "dữ liệu gốc là của {found!r}, cần {expected!r}: thuộc về điểm khác",
    },
    "captures_of_site": {
        "en": "their site.yaml names this site ({site})",
        "vi": "tệp site.yaml ghi đúng điểm này ({site})",
    },
    # deliverables
    "deliverables_none": {
        "en": "nothing is due: expected deliverables of the site or its profile",
        "vi": "chưa có sản phẩm phải giao: cần deliverables của điểm hoặc của hồ sơ",
    },
    "report_damaged": {
        "en": "reports/{file} is damaged: {why}",
        "vi": "reports/{file} bị hỏng: {why}",
    },
    "work_other_captures": {
        "en": "{count} processed file(s) are not the sealed ones, such as {first!r}",
        "vi": "{count} tệp đã xử lý không phải tệp đã niêm phong, ví dụ {first!r}",
    },
    "work_of_captures": {
        "en": "all {count} processed files are the sealed ones",
        "vi": "cả {count} tệp đã xử lý đều là tệp đã niêm phong",
    },
    "count_model": {
        "en": "{deliverable}: {found} 3D model(s), at least {least} required",
        "vi": "{deliverable}: {found} mô hình 3D, yêu cầu ít nhất {least}",
    },
    "count_panoramas": {
        "en": "{deliverable}: {found} panorama(s), at least {least} required",
        "vi": "{deliverable}: {found} ảnh toàn cảnh, yêu cầu ít nhất {least}",
    },
    "count_points": {
        "en": "{deliverable}: {found} point cloud(s), at least {least} required",
        "vi": "{deliverable}: {found} đám mây điểm, yêu cầu ít nhất {least}",
    },
    "count_tour": {
        "en": "{deliverable}: {found} virtual tour, at least {least} required",
        "vi": "{deliverable}: {found} chuyến tham quan ảo, yêu cầu ít nhất {least}",
    },
    "measure": {
        "en": "{deliverable}: {measure} is {found}, {required} required (stage {stage})",
        "vi": "{deliverable}: {measure} đo được {found}, yêu cầu {required} (bước {stage})",
    },
    "measure_missing": {
        "en": "{deliverable}: {measure} was not measured, {required} required",
        "vi": "{deliverable}: {measure} chưa được đo, yêu cầu {required}",
    },
    "measure_unit": {
        "en": "{deliverable}: {measure} of stage {stage} is in {unit!r}, expected {expected!r}",
        "vi": "{deliverable}: {measure} của bước {stage} có đơn vị {unit!r}, cần {expected!r}",
    },
    # package, budgets
    "package_valid": {
        "en": "no errors; {files} files have their digests; {warnings} warning(s)",
        "vi": "không có lỗi; {files} tệp đúng mã băm; {warnings} cảnh báo",
    },
    "package_error": {"en": "error in the package: {text}", "vi": "lỗi trong gói: {text}"},
    "package_late": {
        "en": "the package is out of date: {why}",
        "vi": "gói dữ liệu đã cũ: {why}",
    },
    "package_bytes": {
        "en": "the package has {found}, at most {most} allowed",
        "vi": "gói dữ liệu có {found}, cho phép tối đa {most}",
    },
    "first_load_bytes": {
        "en": "the first view takes {found}, at most {most} allowed",
        "vi": "lần xem đầu tải {found}, cho phép tối đa {most}",
    },
    "version_over_budget": {
        "en": "stage {stage}: {text}",
        "vi": "bước {stage}: {text}",
    },
    "budgets_none": {
        "en": "the profile sets no budgets, and no version is over its own",
        "vi": "hồ sơ không đặt giới hạn, không phiên bản nào vượt giới hạn riêng",
    },
    # privacy
    "review_none": {
        "en": "nothing was looked for or blurred: expected a signed blur review",
        "vi": "chưa tìm và làm mờ mặt người, biển số: cần biên bản soát làm mờ đã ký",
    },
    "review_unsigned": {
        "en": "the blur review is not signed",
        "vi": "chưa ký soát làm mờ",
    },
    "review_outdated": {
        "en": "the blur review was signed for other pictures or places",
        "vi": "soát làm mờ được ký cho ảnh hoặc vùng khác",
    },
    "review_signed": {
        "en": "the blur review is signed; {blurred} place(s) are blurred",
        "vi": "đã ký soát làm mờ; {blurred} vùng được làm mờ",
    },
    "review_signed_by": {
        "en": "the blur review was signed by {by} on {day}; {blurred} place(s) are blurred",
        "vi": "{by} đã ký soát làm mờ ngày {day}; {blurred} vùng được làm mờ",
    },
    # texts
    "text_name": {
        "en": "no name of the tour in {languages}",
        "vi": "thiếu tên chuyến tham quan bằng {languages}",
    },
    "text_description": {
        "en": "no description of the tour in {languages}",
        "vi": "thiếu mô tả chuyến tham quan bằng {languages}",
    },
    "text_node": {
        "en": "no name of node {where!r} in {languages}",
        "vi": "thiếu tên điểm dừng {where!r} bằng {languages}",
    },
    "text_model": {
        "en": "no title of model {where!r} in {languages}",
        "vi": "thiếu tên mô hình {where!r} bằng {languages}",
    },
    "text_hotspot_title": {
        "en": "no title of hotspot {where!r} in {languages}",
        "vi": "thiếu tiêu đề điểm thông tin {where!r} bằng {languages}",
    },
    "text_hotspot": {
        "en": "no text of hotspot {where!r} in {languages}",
        "vi": "thiếu nội dung điểm thông tin {where!r} bằng {languages}",
    },
    "text_alt": {
        "en": "no description of picture {where!r} in {languages}",
        "vi": "thiếu mô tả ảnh {where!r} bằng {languages}",
    },
    "text_walk": {
        "en": "a text of guided tour {where!r} is not in {languages}",
        "vi": "thiếu văn bản của tuyến tham quan {where!r} bằng {languages}",
    },
    "captions_none": {
        "en": "{file!r} has no captions",
        "vi": "{file!r} không có phụ đề",
    },
    "captions_languages": {
        "en": "hotspot {where!r} has no narration in {languages}",
        "vi": "điểm thông tin {where!r} thiếu thuyết minh bằng {languages}",
    },
    "texts_complete": {
        "en": "{texts} texts are complete in {languages}",
        "vi": "{texts} văn bản đủ bằng {languages}",
    },
    # rights
    "license_none": {"en": "no licence in tour.json", "vi": "tour.json chưa ghi giấy phép sử dụng"},
    "credit_none": {"en": "no credit in tour.json", "vi": "tour.json chưa ghi tác giả, nguồn"},
    "rights_set": {
        "en": "licence {license}, credit {credit}",
        "vi": "giấy phép sử dụng {license}, ghi công {credit}",
    },
    # thumbnails
    "poster_none": {"en": "the tour has no poster", "vi": "chuyến tham quan chưa có ảnh đại diện"},
    "picture_gone": {"en": "{file!r} is not there", "vi": "không có {file!r}"},
    "thumb_none": {
        "en": "model {model!r} has no thumb, nor another version of at most 200 kB",
        "vi": "mô hình {model!r} thiếu bản thu nhỏ (tối đa 200 kB)",
    },
    "node_thumb_none": {
        "en": "node {node!r} has no small picture",
        "vi": "điểm dừng {node!r} thiếu ảnh nhỏ",
    },
    "thumbnails_there": {
        "en": "poster, and small versions of {models} model(s) and {nodes} node(s)",
        "vi": "có ảnh đại diện và bản nhỏ của {models} mô hình, {nodes} điểm dừng",
    },
    # links
    "links_not_needed": {
        "en": "{nodes} node(s): no links are needed",
        "vi": "{nodes} điểm dừng: không cần liên kết",
    },
    "nodes_unreached": {
        "en": "{count} node(s) cannot be reached from the start, such as {first!r}",
        "vi": "{count} điểm dừng không đến được từ điểm bắt đầu, ví dụ {first!r}",
    },
    "nodes_other": {
        "en": "the report of stage {stage} counts {found} nodes, the package has {expected}: "
        "it is of another build",
        "vi": "báo cáo bước {stage} đếm {found} điểm dừng, gói có {expected}: thuộc lần dựng khác",
    },
    "links_joined": {
        "en": "all {nodes} nodes can be reached; {parts} parts were joined where no way was open",
        "vi": "đến được cả {nodes} điểm dừng; {parts} phần được nối nơi không có lối thông",
    },
    "links_connected": {
        "en": "all {nodes} nodes can be reached",
        "vi": "đến được cả {nodes} điểm dừng",
    },
    # location
    "location_surveyed": {
        "en": "the coordinates were surveyed: {source}",
        "vi": "tọa độ đo tại chỗ: {source}",
    },
    "location_sourced": {
        "en": "the coordinates have a source: {source}",
        "vi": "tọa độ có nguồn: {source}",
    },
    "location_unverified": {
        "en": "the coordinates have no source: expected them sourced or surveyed",
        "vi": "tọa độ chưa có nguồn: cần có nguồn hoặc được đo",
    },
    "location_placeholder": {
        "en": "the coordinates are a placeholder: expected them sourced or surveyed",
        "vi": "tọa độ là vị trí tạm: cần có nguồn hoặc được đo",
    },
    "location_no_commune": {
        "en": "commune {code!r} is not known",
        "vi": "không có mã xã {code!r}",
    },
    "location_boundaries": {
        "en": "the outlines of the communes cannot be used: {why}",
        "vi": "không dùng được ranh giới xã: {why}",
    },
    "location_inside_box": {
        "en": "{lat}, {lon} lies in the bounding box of {commune} (a box, not the outline)",
        "vi": "{lat}, {lon} nằm trong khung bao của {commune} (khung bao, không phải ranh giới)",
    },
    "location_inside_outline": {
        "en": "{lat}, {lon} lies inside {commune}",
        "vi": "{lat}, {lon} nằm trong {commune}",
    },
    "location_outside_box": {
        "en": "{lat}, {lon} lies {km} km outside the bounding box of {commune}",
        "vi": "{lat}, {lon} nằm ngoài khung bao của {commune} {km} km",
    },
    "location_outside_outline": {
        "en": "{lat}, {lon} lies {km} km outside {commune}",
        "vi": "{lat}, {lon} nằm ngoài ranh giới {commune} {km} km",
    },
    "location_anchor": {
        "en": "the tour is anchored {km} km from there, at most {most} km allowed",
        "vi": "gốc tọa độ của chuyến tham quan cách đó {km} km, cho phép tối đa {most} km",
    },
    "location_anchor_far": {
        "en": "the tour is anchored {km} km from there, at most {most} km allowed: "
        "it may be of another place",
        "vi": "gốc tọa độ của chuyến tham quan cách đó {km} km, cho phép tối đa {most} km: "
        "có thể của nơi khác",
    },
    # acceptance
    "acceptance_none": {
        "en": "never accepted: expected 'vtour catalog accept'",
        "vi": "chưa nghiệm thu: cần 'vtour catalog accept'",
    },
    "acceptance_record": {
        "en": "record {file!r} is as it was signed off (entry {entry} of the audit log)",
        "vi": "biên bản {file!r} đúng như khi nghiệm thu (mục {entry} của nhật ký)",
    },
    "acceptance_record_gone": {
        "en": "record {file!r} is not there",
        "vi": "không có biên bản {file!r}",
    },
    "acceptance_record_changed": {
        "en": "record {file!r} was changed: SHA-256 {found}…, expected {expected}…",
        "vi": "biên bản {file!r} đã bị sửa: SHA-256 {found}…, cần {expected}…",
    },
    "acceptance_package": {
        "en": "the package is the accepted one (SHA-256 {digest}…), and every file is as listed",
        "vi": "gói dữ liệu đúng bản đã nghiệm thu (SHA-256 {digest}…), mọi tệp đúng danh sách",
    },
    "acceptance_package_other": {
        "en": "the package is not the accepted one: SHA-256 {found}…, expected {expected}…: "
        "it needs a new acceptance",
        "vi": "gói dữ liệu không phải bản đã nghiệm thu: SHA-256 {found}…, cần {expected}…: "
        "phải nghiệm thu lại",
    },
    "acceptance_captures": {
        "en": "the captures are the accepted ones (SHA-256 {digest}…)",
        "vi": "dữ liệu gốc đúng bản đã nghiệm thu (SHA-256 {digest}…)",
    },
    "acceptance_captures_other": {
        "en": "the captures were sealed anew: SHA-256 {found}…, expected {expected}…",
        "vi": "dữ liệu gốc đã niêm phong lại: SHA-256 {found}…, cần {expected}…",
    },
}
