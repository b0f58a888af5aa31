"""What keeps a file of communes' outlines from being used."""

WORDS_OUTLINES: dict[str, dict[str, str]] = {
    # the file
    "outlines_no_collection": {
        "en": "{name}: found {found}, expected a GeoJSON FeatureCollection",
        "vi": "{name}: thấy {found}, cần GeoJSON loại FeatureCollection",
    },
    "outlines_no_features": {
        "en": "{name}: no list of features, expected the outlines of communes",
        "vi": "{name}: không có danh sách features, cần ranh giới các xã, phường",
    },
    "outlines_none": {
        "en": "{name}: no outline of a commune, expected one at least",
        "vi": "{name}: không có ranh giới xã, phường nào, cần ít nhất một",
    },
    "outlines_large": {
        "en": "{name}: {size:,} bytes, expected at most {most:,}",
        "vi": "{name}: {size:,} byte, tối đa là {most:,}",
    },
    "outlines_gone": {
        "en": "{name}: cannot be read (No such file or directory)",
        "vi": "{name}: không có tệp này",
    },
    "outlines_unread": {
        "en": "{name}: cannot be read ({why})",
        "vi": "{name}: không đọc được ({why})",
    },
    "outlines_no_json": {
        "en": "{place}: no valid JSON: {why}",
        "vi": "{place}: JSON không hợp lệ: {why}",
    },
    "outlines_no_text": {
        "en": "{name}: no valid JSON, expected GeoJSON in UTF-8",
        "vi": "{name}: JSON không hợp lệ, cần GeoJSON bằng UTF-8",
    },
    "outlines_other_system": {
        "en": "{name}: coordinates in {system}, expected WGS 84 longitude and latitude",
        "vi": "{name}: tọa độ theo hệ {system}, cần kinh độ và vĩ độ WGS 84",
    },
    # one feature of it
    "outline_feature": {"en": "{name}: feature {number}", "vi": "{name}: đối tượng thứ {number}"},
    "outline_no_feature": {
        "en": "{where}: no GeoJSON feature",
        "vi": "{where}: không phải Feature của GeoJSON",
    },
    "outline_no_code": {
        "en": "{where}: no commune code, expected properties.code such as '05986'",
        "vi": "{where}: không có mã xã, cần properties.code như '05986'",
    },
    "outline_other_kind": {
        "en": "{where}: found {found}, expected Polygon or MultiPolygon",
        "vi": "{where}: thấy {found}, cần Polygon hoặc MultiPolygon",
    },
    "outline_no_coordinates": {
        "en": "{where}: no coordinates",
        "vi": "{where}: không có tọa độ",
    },
    "outline_no_rings": {
        "en": "{where}: a polygon without rings",
        "vi": "{where}: đa giác không có đường biên",
    },
    "outline_no_ring": {
        "en": "{where}: a ring that is no list of longitude and latitude",
        "vi": "{where}: đường biên không phải danh sách kinh độ và vĩ độ",
    },
    "outline_short_ring": {
        "en": "{where}: a ring of {count} points, expected three at least",
        "vi": "{where}: đường biên có {count} điểm, cần ít nhất ba",
    },
    "outline_no_degrees": {
        "en": "{where}: found {lon}, {lat}, expected longitude and latitude in degrees",
        "vi": "{where}: thấy {lon}, {lat}, cần kinh độ và vĩ độ tính bằng độ",
    },
}
