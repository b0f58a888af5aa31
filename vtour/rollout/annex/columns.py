"""Which column of an annex holds what: headers in Vietnamese and English, in any spelling."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from vtour.rollout.annex.cells import Grid, Row

HEADERS: dict[str, tuple[str, ...]] = {
    "number": ("tt", "stt", "so tt", "no", "so thu tu"),
    "id": ("id", "ma", "ma diem", "ma so"),
    "name": (
        "ten", "ten diem", "ten diem du lich", "ten di tich", "ten dia diem", "ten diem den",
        "diem du lich", "di tich", "dia diem", "diem den", "ten tieng viet", "ten vi", "name",
        "site", "name vi", "ten di tich danh thang", "ten diem du lich di tich",
    ),
    "name_en": ("ten tieng anh", "ten en", "name en", "english name", "tieng anh"),
    "name_zh": ("ten tieng trung", "ten zh", "name zh", "chinese name", "tieng trung"),
    "phase": ("giai doan", "gd", "nam", "nam thuc hien", "phase", "year"),
    "district": (
        "huyen", "huyen thanh pho", "huyen tp", "quan huyen", "district", "former district",
        "huyen thi xa thanh pho", "huyen cu", "huyen thanh pho cu", "huyen tp cu", "quan huyen cu",
        "huyen truoc day", "huyen truoc 01 7 2025", "huyen truoc 1 7 2025", "cap huyen cu",
        "thuoc huyen", "huyen thi xa", "dia ban huyen",
    ),
    "commune": (
        "xa", "xa phuong", "xa phuong thi tran", "phuong xa", "phuong", "commune", "ward",
        "xa phuong tt", "thuoc xa", "xa phuong moi", "xa moi", "xa hien nay", "xa thi tran",
        "dia diem xa phuong", "dia ban", "thon xa", "dia chi",
    ),
    "commune_code": ("ma xa", "ma xa phuong", "ma phuong xa", "commune code", "ma dvhc"),
    "lat": ("vi do", "lat", "latitude", "vi do wgs 84", "vi do n", "vi do b"),
    "lon": ("kinh do", "lon", "lng", "long", "longitude", "kinh do wgs 84", "kinh do e",
            "kinh do d"),
    "place": ("toa do", "toa do wgs 84", "coordinates", "vi do kinh do", "toa do gps"),
    "contractor": ("don vi thi cong", "nha thau", "don vi thuc hien", "contractor"),
    "kind": ("loai", "loai hinh", "loai diem", "kind", "type", "loai hinh du lich"),
    "ranking": ("xep hang", "cap xep hang", "hang", "ranking", "xep hang di tich"),
    "accepted": (
        "hoan thanh", "ngay hoan thanh", "thoi gian hoan thanh", "nghiem thu", "ngay nghiem thu",
        "du kien nghiem thu", "thoi han hoan thanh", "han hoan thanh", "han nghiem thu",
        "accepted", "planned acceptance",
    ),
}  # fmt: skip
BY_HEADER = {header: field for field, headers in HEADERS.items() for header in headers}
PROJECTED = ("x m", "y m", "toa do x", "toa do y", "x vn 2000", "y vn 2000", "toa do vn 2000",
             "vn 2000", "x vn2000", "y vn2000", "toa do vn2000", "northing", "easting")  # fmt: skip
"""Grid coordinates, which are not degrees."""
HEADER_ROWS = 30
LEAST_KNOWN = 2


@dataclass(frozen=True)
class Columns:
    """The columns of a table.

    header  : its row.
    fields  : column (from 0) by field; ``twice`` and ``projected``: columns that cannot be taken.
    unknown : columns with a header that nothing is known of.
    """

    header: Row
    fields: dict[str, int]
    twice: list[int]
    projected: list[int]
    unknown: list[int]


def bare(text: str) -> str:
    """A header without marks, case, signs and doubled spaces: 'Vĩ độ (°)' is 'vi do'."""
    text = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    text = "".join(c for c in text if not unicodedata.combining(c)).lower()
    return " ".join("".join(c if c.isalnum() else " " for c in text).split())


def columns_in(grid: Grid) -> Columns | None:
    """The columns, by the first row that names a site and at least one thing more; None without."""
    for row in grid.rows[:HEADER_ROWS]:
        found = _columns(row)
        if "name" in found.fields and len(found.fields) >= LEAST_KNOWN:
            return found
    return None


def _columns(row: Row) -> Columns:
    found = Columns(row, {}, [], [], [])
    for column, text in enumerate(row.cells):
        header = bare(text)
        field = BY_HEADER.get(header)
        if header in PROJECTED:
            found.projected.append(column)
        elif field is None:
            if header:
                found.unknown.append(column)
        elif field in found.fields:
            found.twice.append(column)
        else:
            found.fields[field] = column
    return found


def rows_below(grid: Grid, columns: Columns) -> Iterator[Row]:
    """The rows after the header that hold anything; one that numbers the columns is left out."""
    for row in grid.rows:
        if row.number <= columns.header.number or not any(row.cells):
            continue
        numbers = [cell.strip("()") for cell in row.cells if cell]
        if len(numbers) >= LEAST_KNOWN and numbers == [str(n + 1) for n in range(len(numbers))]:
            continue
        yield row
