"""What is wrong with a catalogue or its log as files, and with values against the contract."""

SYNTAX = {
    "mapping values are not allowed in this context": "syntax_colon",
    "did not find expected key": "syntax_field",
    "did not find expected ',' or '}'": "syntax_braces",
    "did not find expected ',' or ']'": "syntax_braces",
    "found unexpected end of stream": "syntax_quote",
    "found character that cannot start any token": "syntax_start",
    "could not find expected ':'": "syntax_no_colon",
    "did not find expected '-' indicator": "syntax_dash",
    "did not find expected comment or line break": "syntax_rest",
    "No such file or directory": "no_file",
    "Is a directory": "is_folder",
    "Permission denied": "no_right",
}
"""What libyaml and the system call the faults that people make, and our words for them."""

WORDS_READING: dict[str, dict[str, str]] = {
    # the file as YAML
    "size": {
        "en": "{found:,} bytes, expected at most {expected:,}",
        "vi": "{found:,} byte, tối đa là {expected:,}",
    },
    "utf8": {
        "en": "byte {found} is not UTF-8, expected UTF-8",
        "vi": "byte thứ {found} không phải UTF-8, cần lưu tệp theo UTF-8",
    },
    "unreadable": {"en": "cannot be read ({found})", "vi": "không đọc được ({found})"},
    "tab": {
        "en": "no valid YAML: a tab, expected spaces",
        "vi": "YAML sai: có ký tự tab, cần dùng dấu cách",
    },
    "syntax": {"en": "no valid YAML: {found}", "vi": "YAML sai cú pháp: {found}"},
    "syntax_colon": {
        "en": "no valid YAML: a colon where none can be: quotes around the text are missing, "
        "or this line or the one above is indented wrongly",
        "vi": "YAML sai: dấu hai chấm không đúng chỗ: thiếu dấu nháy quanh đoạn chữ, hoặc dòng này "
        "hay dòng trên thụt lề sai",
    },
    "syntax_field": {
        "en": "no valid YAML: expected a field: the line is indented wrongly, or quotes above it "
        "are not closed",
        "vi": "YAML sai: cần một mục: dòng thụt lề sai, hoặc dấu nháy phía trên chưa đóng",
    },
    "syntax_braces": {
        "en": "no valid YAML: a comma or the closing brace is missing before this",
        "vi": "YAML sai: thiếu dấu phẩy hoặc dấu ngoặc đóng trước chỗ này",
    },
    "syntax_quote": {
        "en": "no valid YAML: a quote is not closed",
        "vi": "YAML sai: có dấu nháy chưa đóng",
    },
    "syntax_start": {
        "en": "no valid YAML: a text that begins so, expected it in quotes",
        "vi": "YAML sai: đoạn chữ bắt đầu như vậy cần đặt trong dấu nháy",
    },
    "syntax_dash": {
        "en": "no valid YAML: the line is indented wrongly, or the blank after a dash is missing",
        "vi": "YAML sai: dòng thụt lề sai, hoặc thiếu dấu cách sau dấu gạch đầu dòng",
    },
    "syntax_rest": {
        "en": "no valid YAML: nothing can follow here on this line",
        "vi": "YAML sai: sau chỗ này không được ghi gì thêm trên cùng dòng",
    },
    "no_file": {"en": "no such file", "vi": "không có tệp này"},
    "is_folder": {"en": "is a folder, expected a file", "vi": "là thư mục, cần một tệp"},
    "no_right": {"en": "may not be read: permission denied", "vi": "không có quyền đọc"},
    "syntax_no_colon": {
        "en": "no valid YAML: expected a colon after the name of a field",
        "vi": "YAML sai: thiếu dấu hai chấm sau tên mục",
    },
    "documents": {
        "en": "second document, expected only one",
        "vi": "có tài liệu thứ hai, chỉ được có một",
    },
    "alias": {
        "en": "alias (*), expected the value itself",
        "vi": "bí danh (*), cần ghi chính giá trị đó",
    },
    "anchor": {
        "en": "anchor (&), expected a plain value",
        "vi": "neo (&), cần một giá trị thường",
    },
    "tag": {
        "en": "tag {found}, expected a plain value",
        "vi": "thẻ {found}, cần một giá trị thường",
    },
    "depth": {
        "en": "more than {expected} levels deep",
        "vi": "lồng nhau quá {expected} cấp",
    },
    "key": {
        "en": "found a key that is no plain text",
        "vi": "có tên mục không phải là chữ",
    },
    "twice": {
        "en": "key {found!r} is written twice, expected once",
        "vi": "mục {found!r} được ghi hai lần, chỉ được ghi một lần",
    },
    "no_mapping": {
        "en": "found no mapping, expected version, programme, phases, profiles, sites",
        "vi": "không thấy các mục version, programme, phases, profiles, sites",
    },
    # values against the contract
    "missing": {
        "en": "{field}: missing, expected a value",
        "vi": "{field}: thiếu, cần một giá trị",
    },
    "unknown_field": {"en": "{field}: unknown field{hint}", "vi": "{field}: mục không có{hint}"},
    "meant": {"en": ", expected {fields}", "vi": ", có lẽ là {fields}"},
    "wrong_text": {
        "en": "{field}: found {found!r}, expected a text",
        "vi": "{field}: thấy {found!r}, cần một đoạn chữ",
    },
    "wrong_number": {
        "en": "{field}: found {found!r}, expected a number{comma}",
        "vi": "{field}: thấy {found!r}, cần một số{comma}",
    },
    "decimal_comma": {"en": " with a decimal point", "vi": " dùng dấu chấm thập phân"},
    "wrong_date": {
        "en": "{field}: found {found!r}, expected a date such as 2026-11-30",
        "vi": "{field}: thấy {found!r}, cần một ngày như 2026-11-30",
    },
    "wrong_time": {
        "en": "{field}: found {found!r}, expected a time such as 2026-11-30T09:00:00+07:00",
        "vi": "{field}: thấy {found!r}, cần một thời điểm như 2026-11-30T09:00:00+07:00",
    },
    "wrong_choice": {
        "en": "{field}: found {found!r}, expected {expected}",
        "vi": "{field}: thấy {found!r}, cần một trong: {expected}",
    },
    "wrong_truth": {
        "en": "{field}: found {found!r}, expected true or false",
        "vi": "{field}: thấy {found!r}, cần true hoặc false",
    },
    "wrong_list": {
        "en": "{field}: found {found!r}, expected a list",
        "vi": "{field}: thấy {found!r}, cần một danh sách",
    },
    "wrong_mapping": {
        "en": "{field}: found {found!r}, expected fields such as vi: ...",
        "vi": "{field}: thấy {found!r}, cần các mục như vi: ...",
    },
    "wrong_bound": {
        "en": "{field}: found {found!r}, expected {expected}",
        "vi": "{field}: thấy {found!r}, cần {expected}",
    },
    "wrong_form": {
        "en": "{field}: found {found!r}, expected {expected}",
        "vi": "{field}: thấy {found!r}, cần dạng {expected}",
    },
    "other_value": {
        "en": "{field}: found {found!r}, {message}",
        "vi": "{field}: thấy {found!r}, giá trị không hợp lệ ({message})",
    },
    "no_bound": {
        "en": "{field}: no bound, expected min or max",
        "vi": "{field}: không có ngưỡng, cần min hoặc max",
    },
    "bounds_crossed": {
        "en": "{field}: min {min} is above max {max}",
        "vi": "{field}: min {min} lớn hơn max {max}",
    },
    "unknown_measure": {
        "en": "{field}: threshold of {measure!r}: no such measure{hint}",
        "vi": "{field}: ngưỡng cho {measure!r}: không có số đo này{hint}",
    },
    "runs_backwards": {
        "en": "{field}: {later} {end} is before {earlier} {start}",
        "vi": "{field}: {later} {end} trước {earlier} {start}",
    },
    "placeholder_radius": {
        "en": "{field}: a placeholder without radius_m, expected how far off it can be",
        "vi": "{field}: vị trí tạm thiếu radius_m, cần ghi sai lệch có thể",
    },
    "location_source": {
        "en": "{field}: class {certainty} without source, expected one",
        "vi": "{field}: hạng {certainty} thiếu source, cần ghi nguồn",
    },
    # values against each other
    "site_twice": {
        "en": "site {site!r} is there twice, first at line {line}",
        "vi": "điểm {site!r} có hai lần, lần đầu ở dòng {line}",
    },
    "phase_twice": {"en": "phase {phase!r} is there twice", "vi": "giai đoạn {phase!r} có hai lần"},
    "unknown_phase": {
        "en": "unknown phase {found!r}, expected {expected}",
        "vi": "không có giai đoạn {found!r}, cần một trong: {expected}",
    },
    "unknown_profile": {
        "en": "unknown profile {found!r}, expected {expected}",
        "vi": "không có hồ sơ {found!r}, cần một trong: {expected}",
    },
    "deliverable_twice": {
        "en": "deliverable {found!r} is there twice",
        "vi": "sản phẩm {found!r} có hai lần",
    },
    "deliverable_kind": {
        "en": "deliverable {found!r} without kind, which neither the profile says",
        "vi": "sản phẩm {found!r} thiếu kind, hồ sơ cũng không ghi",
    },
    "no_deliverable": {
        "en": "no deliverables, neither here nor in profile {profile!r}",
        "vi": "không có sản phẩm nào, ở đây lẫn trong hồ sơ {profile!r}",
    },
    "dates_backwards": {
        "en": "planned {later} {end} is before {earlier} {start}",
        "vi": "kế hoạch {later} {end} trước {earlier} {start}",
    },
    "outside_phase": {
        "en": "planned {state} {date} is after the end of phase {phase}, {end}",
        "vi": "kế hoạch {state} {date} sau khi giai đoạn {phase} kết thúc, {end}",
    },
    "phase_count": {
        "en": "phase {phase}: {found} sites, expected {expected}",
        "vi": "giai đoạn {phase}: {found} điểm, cần {expected}",
    },
    "name_missing": {"en": "no name in {language}", "vi": "thiếu tên bằng {language}"},
    "unknown_commune": {
        "en": "unknown commune code {found!r} in province {province}{hint}",
        "vi": "không có mã xã {found!r} trong tỉnh {province}{hint}",
    },
    "commune_name": {
        "en": "commune {code} is {expected!r}, found {found!r}",
        "vi": "xã {code} là {expected!r}, thấy {found!r}",
    },
    "swapped": {
        "en": "lat {lat} and lon {lon} look swapped",
        "vi": "lat {lat} và lon {lon} có vẻ bị đảo",
    },
    "outside_commune": {
        "en": "{lat}, {lon} is {km} km outside {area} of {commune}",
        "vi": "{lat}, {lon} nằm ngoài {area} của {commune} {km} km",
    },
    "box": {"en": "the bounding box", "vi": "khung bao"},
    "outline": {"en": "the outline", "vi": "ranh giới"},
    "unverified": {
        "en": "the location is {certainty}: expected sourced or surveyed before acceptance",
        "vi": "vị trí {certainty}: cần có nguồn hoặc được đo trước khi nghiệm thu",
    },
    "file_gone": {"en": "{file!r} is not there", "vi": "không có {file!r}"},
    "file_outside": {
        "en": "{file!r} leaves the folder of the catalogue",
        "vi": "{file!r} ra ngoài thư mục của danh mục",
    },
    "late": {
        "en": "late: {state} was planned for {date}",
        "vi": "trễ: {state} theo kế hoạch là {date}",
    },
    # the audit log
    "audit_line": {
        "en": "no entry of an audit log, expected one JSON object",
        "vi": "không phải một mục của nhật ký, cần một đối tượng JSON",
    },
    "audit_form": {
        "en": "not in the form that commands write: the line was changed",
        "vi": "không đúng dạng do lệnh ghi: dòng đã bị sửa",
    },
    "audit_number": {
        "en": "entry {found} where its line number was expected: lines were taken out or moved",
        "vi": "mục {found} sai số dòng: có dòng bị xóa hoặc bị chuyển",
    },
    "audit_chain": {
        "en": "does not follow from the line before: one of the two was changed",
        "vi": "không nối tiếp dòng trước: một trong hai dòng đã bị sửa",
    },
    "audit_cut": {
        "en": "{found} lines, expected {expected} as {where} says: the end was cut off",
        "vi": "{found} dòng, {where} ghi {expected}: phần cuối đã bị cắt",
    },
    "audit_head": {
        "en": "not the line whose digest {where} holds: it was changed",
        "vi": "không phải dòng mà {where} ghi mã băm: dòng đã bị sửa",
    },
    "audit_torn": {
        "en": "{found} bytes without a line end: a command was killed; the next change drops them",
        "vi": "{found} byte không có dấu hết dòng: lệnh bị ngắt; lần sửa sau sẽ bỏ đi",
    },
    "audit_lag": {
        "en": "{found} entries that {where} lacks: a command was killed; the next one completes it",
        "vi": "{where} còn thiếu {found} mục: lệnh bị ngắt; lệnh sau sẽ ghi tiếp",
    },
    "audit_summary": {
        "en": "{entries} entries, {signed} signed, last {head}: {faults} fault(s)",
        "vi": "{entries} mục, {signed} có chữ ký, cuối {head}: {faults} lỗi",
    },
    "set_done": {
        "en": "{site}: {old} -> {new} (entry {entry} of the audit log, by {by})",
        "vi": "{site}: {old} -> {new} (mục {entry} của nhật ký, do {by})",
    },
    "gates_stop": {
        "en": "site {site}: not taken to {state}, since gates fail",
        "vi": "điểm {site}: chưa chuyển sang “{state}” vì có điều kiện không đạt",
    },
    "audit_unsigned": {"en": "not signed", "vi": "không có chữ ký"},
    "audit_signature": {
        "en": "the signature of {actor!r} does not hold: {why}",
        "vi": "chữ ký của {actor!r} không đúng: {why}",
    },
    "audit_no_key": {
        "en": "the signature of {actor!r} cannot be checked: programme.people has "
        "no key of theirs that counted then",
        "vi": "không kiểm tra được chữ ký của {actor!r}: programme.people không có khóa của người "
        "này còn hiệu lực vào lúc đó",
    },
    "state_by_hand": {
        "en": "site {site}: state {found}, the audit log says {expected}: "
        "use 'vtour catalog set' to change it",
        "vi": "điểm {site}: trạng thái {found}, nhật ký ghi {expected}: "
        "dùng 'vtour catalog set' để đổi",
    },
    "list_by_hand": {
        "en": "site {site}: {list} is not what the audit log says: it was changed by hand",
        "vi": "điểm {site}: {list} khác với nhật ký: đã bị sửa bằng tay",
    },
    "site_gone": {
        "en": "site {site} has {entries} entries in the audit log, but is not here: "
        "expected it, withdrawn if need be",
        "vi": "điểm {site} có {entries} mục trong nhật ký nhưng không có ở đây: "
        "cần giữ lại, rút (withdrawn) nếu cần",
    },
}
