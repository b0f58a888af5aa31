"""What reading an annex says, in Vietnamese and English."""

WORDS_ANNEX: dict[str, dict[str, str]] = {
    "annex_column_twice": {
        "en": "column {title!r} is there twice, expected once",
        "vi": "cột {title!r} có hai lần, chỉ được có một",
    },
    "annex_projected": {
        "en": "column {title!r} holds grid coordinates (VN-2000), expected degrees of WGS 84: "
        "convert them first",
        "vi": "cột {title!r} là tọa độ phẳng (VN-2000), cần độ theo WGS 84: hãy chuyển đổi trước",
    },
    "annex_column_unknown": {
        "en": "column {title!r} is not taken over",
        "vi": "cột {title!r} không được nhập",
    },
    "annex_total": {"en": "a sum, left out: {text!r}", "vi": "dòng tổng, bỏ qua: {text!r}"},
    "annex_heading": {
        "en": "a heading over the columns, {text!r}: expected a site a row, or --fill-down for "
        "headings that name a phase",
        "vi": "dòng tiêu đề gộp các cột, {text!r}: cần mỗi dòng một điểm, hoặc dùng --fill-down "
        "nếu tiêu đề nêu giai đoạn",
    },
    "annex_heading_taken": {
        "en": "heading {text!r} taken as phase {phase} of the rows below",
        "vi": "tiêu đề {text!r} được hiểu là giai đoạn {phase} của các dòng dưới",
    },
    "annex_sheet_taken": {
        "en": "the sheet's name {text!r} taken as phase {phase} of its rows",
        "vi": "tên trang {text!r} được hiểu là giai đoạn {phase} của các dòng",
    },
    "annex_sheet_hidden": {
        "en": "a hidden sheet, left out",
        "vi": "trang bị ẩn, đã bỏ qua",
    },
    "annex_sheet_left": {
        "en": "no table of sites on this sheet, left out",
        "vi": "trang này không có bảng điểm, đã bỏ qua",
    },
    "annex_no_name": {
        "en": "no name, found {text!r}, expected one in every row",
        "vi": "thiếu tên, thấy {text!r}, mỗi dòng cần một tên",
    },
    "annex_name_merged": {
        "en": "the name is merged with the row above, found {text!r}, expected a site a row",
        "vi": "tên bị gộp ô với dòng trên, thấy {text!r}, cần mỗi dòng một điểm",
    },
    "annex_name_twice": {
        "en": "name {name!r} is there twice, first in {first}",
        "vi": "tên {name!r} có hai lần, lần đầu ở {first}",
    },
    "annex_id": {
        "en": "id {text!r}, expected lower-case letters, digits and hyphens, each id once",
        "vi": "mã {text!r}, cần chữ thường, chữ số và dấu gạch nối, mỗi mã một lần",
    },
    "annex_known": {
        "en": "{name} is in the catalogue already ({site}), left as it is",
        "vi": "{name} đã có trong danh mục ({site}), giữ nguyên",
    },
    "annex_merged": {
        "en": "{title!r} is merged with the rows above: expected a value in every row, or "
        "--fill-down",
        "vi": "{title!r} bị gộp ô với các dòng trên: cần giá trị ở mỗi dòng, hoặc dùng --fill-down",
    },
    "annex_no_phase": {
        "en": "{title!r} is empty, as merged cells leave it: expected a phase in every row, or "
        "--fill-down",
        "vi": "{title!r} để trống, như khi gộp ô: cần giai đoạn ở mỗi dòng, hoặc dùng --fill-down",
    },
    "annex_filled": {
        "en": "{title!r} filled with {text!r} of {first}",
        "vi": "{title!r} lấy {text!r} của {first}",
    },
    "annex_phase_unknown": {
        "en": "unknown phase {text!r}, expected {known}",
        "vi": "không có giai đoạn {text!r}, cần một trong: {known}",
    },
    "annex_province": {
        "en": "the communes of province {province} are not known, expected those of 20",
        "vi": "không có danh sách xã của tỉnh {province}, chỉ có của tỉnh 20",
    },
    "annex_commune_code": {
        "en": "unknown commune code {code!r}, expected one of since July 2025",
        "vi": "không có mã xã {code!r}, cần mã dùng từ tháng 7/2025",
    },
    "annex_no_commune": {
        "en": "no commune, expected the one of since July 2025 (column Xã or Mã xã)",
        "vi": "thiếu xã, cần xã từ tháng 7/2025 (cột Xã hoặc Mã xã)",
    },
    "annex_commune": {
        "en": "no commune {name!r} since July 2025, similar: {hints}",
        "vi": "từ tháng 7/2025 không có xã {name!r}, gần giống: {hints}",
    },
    "annex_former_commune": {
        "en": "{name!r}, {district!r} of before July 2025 tells no commune of today: expected its "
        "code in a column 'Mã xã' (similar names: {hints})",
        "vi": "{name!r}, {district!r} trước tháng 7/2025 không cho biết xã hiện nay: cần mã ở cột "
        "'Mã xã' (tên gần giống: {hints})",
    },
    "annex_inferred": {
        "en": "{commune} {code} was concluded from {name!r}, {district!r} of before July "
        "2025: check it",
        "vi": "{commune} {code} được suy ra từ {name!r}, {district!r} trước tháng 7/2025: "
        "cần kiểm tra",
    },
    "annex_degrees": {
        "en": "found {text!r}, expected degrees such as 21.85557, 21,85557 or 21°51'20\"",
        "vi": "thấy {text!r}, cần độ như 21.85557, 21,85557 hoặc 21°51'20\"",
    },
    "annex_swapped": {
        "en": "latitude {lat} and longitude {lon} look swapped",
        "vi": "vĩ độ {lat} và kinh độ {lon} có vẻ bị đảo",
    },
    "annex_outside_province": {
        "en": "{lat}, {lon} is outside the province",
        "vi": "{lat}, {lon} nằm ngoài tỉnh",
    },
    "annex_outside_commune": {
        "en": "{lat}, {lon} is {km} km outside the bounding box of {commune}",
        "vi": "{lat}, {lon} nằm ngoài khung bao của {commune} {km} km",
    },
    "annex_placeholder": {
        "en": "no coordinates: a placeholder within {radius} m in {commune}",
        "vi": "không có tọa độ: dùng vị trí tạm trong {commune}, sai lệch đến {radius} m",
    },
    "annex_date": {
        "en": "found {text!r}, expected a day such as 30/11/2026",
        "vi": "thấy {text!r}, cần một ngày như 30/11/2026",
    },
    "annex_rank": {
        "en": "found {text!r}, expected quốc gia đặc biệt, quốc gia, cấp tỉnh or chưa xếp hạng",
        "vi": "thấy {text!r}, cần quốc gia đặc biệt, quốc gia, cấp tỉnh hoặc chưa xếp hạng",
    },
    "annex_would": {
        "en": "{count} sites would be added to {catalog} ({phases}): --write adds them",
        "vi": "sẽ thêm {count} điểm vào {catalog} ({phases}): dùng --write để ghi",
    },
    "annex_written": {
        "en": "{count} sites added to {catalog} ({phases})",
        "vi": "đã thêm {count} điểm vào {catalog} ({phases})",
    },
    "annex_nothing": {"en": "no site to add", "vi": "không có điểm nào để thêm"},
    "annex_faults": {
        "en": "faults: {count}; nothing is added before they are mended",
        "vi": "{count} lỗi, chưa thêm gì cho đến khi sửa xong",
    },
}
