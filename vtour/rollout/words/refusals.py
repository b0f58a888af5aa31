"""What commands refuse to do, and why."""

WORDS_REFUSALS: dict[str, dict[str, str]] = {
    # who and what
    "no_site": {
        "en": "{name}: no site {site!r}{hint}",
        "vi": "{name}: không có điểm {site!r}{hint}",
    },
    "no_site_meant": {"en": ", expected {sites}", "vi": ", có lẽ là {sites}"},
    "nobody": {
        "en": "nobody is named: expected --as NAME, or user.name in git's settings",
        "vi": "chưa rõ người thực hiện: cần --as TÊN, hoặc user.name trong cài đặt của git",
    },
    "name_unseen": {
        "en": "--as {found!r}: found a character that cannot be seen, expected a name",
        "vi": "--as {found!r}: có ký tự không nhìn thấy được, cần một tên",
    },
    "role_needed": {
        "en": "{actor!r}: as what? expected --role {roles}",
        "vi": "{actor!r}: với vai trò nào? cần --role {roles}",
    },
    "no_person": {
        "en": "{actor!r}: none of programme.people, expected {people}",
        "vi": "{actor!r}: không có trong programme.people, cần một trong: {people}",
    },
    "no_such_role": {
        "en": "{actor!r} acts as {role}, programme.people says {roles}",
        "vi": "{actor!r} làm với vai trò {role}, programme.people ghi {roles}",
    },
    "other_firm": {
        "en": "site {site}: is with {firm}, {actor} is of {other}",
        "vi": "điểm {site}: do {firm} thực hiện, {actor} thuộc {other}",
    },
    "own_work": {
        "en": "site {site}: {actor} set it {state}, expected somebody else to accept it",
        "vi": "điểm {site}: {actor} đã chuyển sang {state}, cần người khác nghiệm thu",
    },
    # steps
    "already": {
        "en": "site {site}: is {state} already",
        "vi": "điểm {site}: đang ở {state} rồi",
    },
    "no_way": {
        "en": "site {site}: cannot go from {old} to {new}, expected {ways}",
        "vi": "điểm {site}: không thể chuyển từ {old} sang {new}, chỉ có thể chuyển sang: {ways}",
    },
    "not_the_role": {
        "en": "site {site}: {actor} acts as {role}, expected a {roles} to set it {state}",
        "vi": "điểm {site}: {actor} làm với vai trò {role}, chuyển sang {state} cần {roles}",
    },
    "adopt_late": {
        "en": "site {site}: has steps in the audit log already, expected them to go on without "
        "--adopt: it takes over what was done before the catalogue was kept",
        "vi": "điểm {site}: đã có bước trong nhật ký, cần đi tiếp không dùng --adopt: tùy chọn này "
        "chỉ ghi nhận việc đã làm trước khi có danh mục",
    },
    "to_without_return": {
        "en": "site {site}: --to {to}, expected it with 'returned' alone",
        "vi": "điểm {site}: --to {to} chỉ dùng với 'returned'",
    },
    "no_reason": {
        "en": "site {site}: {state} without a reason, expected --reason",
        "vi": "điểm {site}: {state} thiếu lý do, cần --reason",
    },
    "gates_fail": {
        "en": "site {site}: not {state}, since gates fail: {gates}",
        "vi": "điểm {site}: chưa chuyển sang {state} vì có điều kiện không đạt: {gates}",
    },
    "not_looked": {"en": "not looked at", "vi": "chưa kiểm tra"},
    "changed_meanwhile": {
        "en": "site {site}: was changed meanwhile, run again",
        "vi": "điểm {site}: vừa bị thay đổi, hãy chạy lại",
    },
    "file_changed_meanwhile": {
        "en": "{name}: was changed meanwhile, run again",
        "vi": "{name}: vừa bị thay đổi, hãy chạy lại",
    },
    "no_gate_before": {
        "en": "site {site}: no gate stands before {state}",
        "vi": "điểm {site}: không có điều kiện nào trước {state}",
    },
    # waivers
    "waive_not_the_role": {
        "en": "site {site}: {actor} acts as {role}, expected a manager to waive a gate",
        "vi": "điểm {site}: {actor} làm với vai trò {role}, "
        "chỉ người quản lý (manager) được miễn trừ",
    },
    "waive_no_reason": {
        "en": "site {site}: gate {gate} waived without a reason, expected --reason",
        "vi": "điểm {site}: miễn trừ {gate} thiếu lý do, cần --reason",
    },
    "waive_holds": {
        "en": "site {site}: gate {gate} holds, there is nothing to waive",
        "vi": "điểm {site}: điều kiện {gate} đã đạt, không có gì để miễn trừ",
    },
    "waive_twice": {
        "en": "site {site}: gate {gate} is waived already",
        "vi": "điểm {site}: điều kiện {gate} đã được miễn trừ",
    },
    # acceptance
    "accept_by_command": {
        "en": "site {site}: acceptance makes a record, expected 'vtour catalog accept'",
        "vi": "điểm {site}: nghiệm thu cần biên bản, hãy dùng 'vtour catalog accept'",
    },
    "accept_on_hold": {
        "en": "site {site}: is on hold, expected it in review to be accepted",
        "vi": "điểm {site}: đang tạm dừng, cần ở in_review mới nghiệm thu được",
    },
    "accept_no_package": {
        "en": "site {site}: no package, expected one to accept",
        "vi": "điểm {site}: không có gói tham quan để nghiệm thu",
    },
    "evidence_changed": {
        "en": "site {site}: its evidence changed meanwhile, run again",
        "vi": "điểm {site}: bằng chứng vừa thay đổi, hãy chạy lại",
    },
    # entries of the log
    "entry_value": {
        "en": "{field}: found {found}, {message}",
        "vi": "{field}: thấy {found}, giá trị không hợp lệ ({message})",
    },
    "entry_text_long": {
        "en": "{field}: {found} characters, expected at most {most}",
        "vi": "{field}: dài {found} ký tự, tối đa là {most}",
    },
    "entry_no_text": {
        "en": "a name or a reason holds bytes that are no text",
        "vi": "tên hoặc lý do có byte không phải chữ",
    },
    "entry_long": {
        "en": "an entry of {found:,} bytes for the audit log, expected at most {most:,}",
        "vi": "mục nhật ký dài {found:,} byte, tối đa là {most:,}",
    },
    "head_form": {
        "en": "--head {found}: expected COUNT:DIGEST, such as 41:9f2c... of 64 digits",
        "vi": "--head {found}: cần SỐ:MÃ, như 41:9f2c... có 64 chữ số",
    },
    "key_gone": {
        "en": "{key}: no such key, expected an SSH key",
        "vi": "{key}: không có khóa này, cần một khóa SSH",
    },
    "key_does_not_sign": {
        "en": "{key}: does not sign ({why})",
        "vi": "{key}: không ký được ({why})",
    },
    "key_of_nobody": {
        "en": "{key}: programme.people holds no key of {actor!r}, expected its public half there",
        "vi": "{key}: programme.people chưa ghi khóa của {actor!r}, cần khóa công khai ở đó",
    },
    "key_of_another": {
        "en": "{key}: not the key of {actor!r} ({why})",
        "vi": "{key}: không phải khóa của {actor!r} ({why})",
    },
    # edits
    "edit_loses": {
        "en": "{place}: the fields from here on cannot be changed without losing something "
        "({why}), expected one field a line in plain form",
        "vi": "{place}: không thể sửa các mục từ đây mà không làm mất gì ({why}), cần mỗi mục một "
        "dòng ở dạng thường",
    },
    "edit_brackets": {
        "en": "{place}: sites stand in brackets, expected '- id: ...'",
        "vi": "{place}: sites nằm trong ngoặc vuông, cần '- id: ...'",
    },
    "edit_empty": {
        "en": "{place}: sites: [], expected 'sites:' with nothing after it",
        "vi": "{place}: sites: [], cần 'sites:' không có gì phía sau",
    },
    "edit_braces": {
        "en": "{place}: written in braces, expected one field a line: only that can be changed "
        "without touching the rest",
        "vi": "{place}: nằm trong ngoặc nhọn, cần mỗi mục một dòng để sửa được mà không động đến "
        "phần còn lại",
    },
    # files beside the catalogue
    "file_unreadable": {
        "en": "{name}: cannot be read ({why})",
        "vi": "{name}: không đọc được ({why})",
    },
    "file_large": {
        "en": "{name}: {found:,} bytes, expected at most {most:,}",
        "vi": "{name}: {found:,} byte, tối đa là {most:,}",
    },
    # git
    "no_git": {
        "en": "{name}: in no git repository, expected one to compare with",
        "vi": "{name}: không nằm trong kho git, cần có để so sánh",
    },
    "no_revision": {
        "en": "{revision}: unknown revision, expected a commit, branch or tag of git",
        "vi": "{revision}: không có bản này, cần một commit, nhánh hoặc thẻ của git",
    },
    "not_in_revision": {
        "en": "{name}: not in revision {revision}, expected one that has it",
        "vi": "{name}: không có trong bản {revision}, cần bản có tệp này",
    },
    "revision_large": {
        "en": "{name} at {revision}: {found:,} bytes, expected at most {most:,}",
        "vi": "{name} ở {revision}: {found:,} byte, tối đa là {most:,}",
    },
    "revision_utf8": {
        "en": "{name} at {revision}: byte {found} is not UTF-8, expected UTF-8",
        "vi": "{name} ở {revision}: byte thứ {found} không phải UTF-8, cần UTF-8",
    },
    # the annex
    "annex_zero": {
        "en": "{name}: holds zero bytes, expected a CSV file",
        "vi": "{name}: có byte rỗng (0x00), không phải tệp CSV",
    },
    "annex_font": {
        "en": "{name}: looks like text in a {font} font ({sample!r}), expected Unicode: convert it "
        "first, in UniKey for example (Ctrl+Shift+F6)",
        "vi": "{name}: có vẻ là chữ kiểu {font} ({sample!r}), cần Unicode: chuyển mã trước, ví dụ "
        "bằng UniKey (Ctrl+Shift+F6)",
    },
    "annex_encoding": {
        "en": "{name}: byte {found} is no {encoding}, as which the file begins",
        "vi": "{name}: byte thứ {found} không phải {encoding} như đầu tệp",
    },
    "annex_no_encoding": {
        "en": "{name}: byte {found} (0x{byte:02X}) is neither UTF-8 nor Vietnamese in "
        "Windows-1258, expected UTF-8, UTF-16 or Windows-1258: save it as 'CSV UTF-8'",
        "vi": "{name}: byte thứ {found} (0x{byte:02X}) không phải UTF-8 hay tiếng Việt "
        "Windows-1258, hãy lưu tệp dạng 'CSV UTF-8'",
    },
    "annex_no_headers": {
        "en": "{name}: no row of headers, expected 'Tên điểm' and others (Giai đoạn, Huyện, Xã, "
        "Vĩ độ, Kinh độ, Đơn vị thi công...) in the first 30 rows",
        "vi": "{name}: không thấy dòng tiêu đề, cần 'Tên điểm' và các cột khác (Giai đoạn, Huyện, "
        "Xã, Vĩ độ, Kinh độ, Đơn vị thi công...) trong 30 dòng đầu",
    },
    "annex_rows": {
        "en": "{name}: more than {most:,} rows",
        "vi": "{name}: quá {most:,} dòng",
    },
    "annex_no_csv": {
        "en": "{name}:{line}: no CSV ({why})",
        "vi": "{name}:{line}: không phải CSV ({why})",
    },
    "annex_no_workbook": {
        "en": "{name}: cannot be read as a workbook ({why}), expected xlsx, xls or ods",
        "vi": "{name}: không đọc được như bảng tính ({why}), cần xlsx, xls hoặc ods",
    },
    "annex_damaged": {
        "en": "{name}: a damaged workbook ({why})",
        "vi": "{name}: bảng tính bị hỏng ({why})",
    },
    "annex_unpacked": {
        "en": "{name}: {found:,} bytes unpacked, expected at most {most:,}",
        "vi": "{name}: {found:,} byte khi giải nén, tối đa là {most:,}",
    },
    # what is written
    "out_formats": {
        "en": "{name}: {count} formats for one file, expected a folder",
        "vi": "{name}: {count} định dạng cho một tệp, cần một thư mục",
    },
    "out_format": {
        "en": "{name}: format {found!r}, expected {choice}, or a folder",
        "vi": "{name}: định dạng {found!r}, cần {choice}, hoặc một thư mục",
    },
    "out_folder": {
        "en": "{name}: is a folder, expected a file",
        "vi": "{name}: là thư mục, cần một tệp",
    },
    "unique_ids": {
        "en": "{name}: site {site!r} is there twice, expected unique ids",
        "vi": "{name}: điểm {site!r} có hai lần, mỗi điểm cần một mã riêng",
    },
    "and_more": {"en": "{line} (and {count} more)", "vi": "{line} (và {count} lỗi nữa)"},
    "or": {"en": " or ", "vi": " hoặc "},
}
