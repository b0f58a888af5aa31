"""vtour catalog import: annexes as offices write them, and what is wrong with them."""

import io
import unicodedata
import zipfile

import openpyxl
import pytest
from click.testing import CliRunner

from tests.rollout.catalogs import TEXT, write_catalog
from vtour.cli.main import cli
from vtour.errors import InputError
from vtour.rollout.annex import cells
from vtour.rollout.annex.coordinates import degrees_in, pair_in
from vtour.rollout.annex.decoding import old_font, text_of
from vtour.rollout.annex.sites import Reading, read_annex
from vtour.rollout.catalog_file import catalog_from_text, read_catalog
from vtour.rollout.edit import with_sites
from vtour.rollout.ledger import add_sites
from vtour.yaml_marks import YamlText

HEADER = "TT,Tên điểm,Giai đoạn,Xã,Vĩ độ,Kinh độ,Đơn vị thi công\n"
ROWS = (
    "1,Đền Cửa Đông,2021,Phường Lương Văn Tri,21.8449,106.7562,Công ty A\n"
    "2,Chùa Tiên,2022,Phường Đông Kinh,21.8068,106.7706,\n"
)


def read(tmp_path, text, name="annex.csv", encoding="utf-8", **options):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return read_annex(path, catalog_from_text(TEXT), Reading(**options))


def faults(annex, language="en"):
    return [fault.line(language) for fault in annex.faults]


def book(tmp_path, rows, merged=(), name="annex.xlsx"):
    made = openpyxl.Workbook()
    page = made.active
    page.title = "Phụ lục"
    for row in rows:
        page.append(row)
    for area in merged:
        page.merge_cells(area)
    path = tmp_path / name
    made.save(path)
    return path


def test_a_row_becomes_a_site(tmp_path):
    annex = read(tmp_path, HEADER + ROWS)
    assert faults(annex) == []
    assert annex.sites[0] == {
        "id": "den-cua-dong",
        "phase": "2021",
        "name": {"vi": "Đền Cửa Đông"},
        "admin": {"commune_code": "05983", "commune": "Phường Lương Văn Tri"},
        "location": {"lat": 21.8449, "lon": 106.7562, "class": "unverified"},
        "contractor": "Công ty A",
        "state": "planned",
    }
    sourced = read(tmp_path, HEADER + ROWS, source="Phụ lục 1")
    assert sourced.sites[1]["location"] == {
        "lat": 21.8068, "lon": 106.7706, "class": "sourced", "source": "Phụ lục 1",
    }  # fmt: skip


def decomposed_for_1258(text):
    """As Windows-1258 has it: a, ă, â, ê, ô, ơ, ư and đ whole, tone marks after them."""
    tones = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
    out = []
    for letter in text:
        marks = [c for c in unicodedata.normalize("NFD", letter) if c in tones]
        base = "".join(c for c in unicodedata.normalize("NFD", letter) if c not in tones)
        out.append(unicodedata.normalize("NFC", base) + "".join(marks))
    return "".join(out)


@pytest.mark.parametrize(
    "raw",
    [
        (HEADER + ROWS).encode(),
        (HEADER + ROWS).encode("utf-8-sig"),
        (HEADER + ROWS).encode("utf-16"),
        (HEADER + ROWS).encode("utf-16-le"),
        (HEADER + ROWS).encode("utf-16-be"),
        decomposed_for_1258(HEADER + ROWS).encode("cp1258"),
        decomposed_for_1258(HEADER + ROWS).encode(),
        (HEADER + ROWS).replace(",", "\t").encode("utf-16"),
        (HEADER + ROWS).replace("\n", "\r\n").encode(),
        (HEADER + ROWS).replace(",", ";").replace("21.8449", "21,8449").encode(),
    ],
    ids=["utf8", "bom", "utf16", "utf16le", "utf16be", "1258", "nfd", "excel", "crlf", "comma"],
)
def test_every_encoding_gives_the_same_sites(tmp_path, raw):
    assert read(tmp_path, raw).sites == read(tmp_path, HEADER + ROWS).sites


@pytest.mark.parametrize(
    ("text", "font"),
    [
        ("TT,Tªn ®iÓm,Giai ®o¹n\n1,§éng Tam Thanh,2021\n2,§Òn Kú Cïng,2021\n", "TCVN3"),
        ("TT,Teân ñieåm,Giai ñoaïn\n1,Ñoäng Tam Thanh,2021\n2,Ñeàn Kyø Cuøng,2021\n", "VNI"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_fonts_of_before_unicode_are_refused(tmp_path, text, font, encoding):
    with pytest.raises(InputError, match=f"annex.csv: looks like text in a {font}.*UniKey"):
        read(tmp_path, text, encoding=encoding)


def test_unicode_text_is_not_taken_for_an_old_font():
    assert (
        old_font("Động Tam Thanh® (Lạng Sơn), gõ cửa; île de France, Gwangju; Đền Kỳ Cùng") is None
    )


@pytest.mark.parametrize("raw", [b"T\xean,\x8a\xe8", b"Ten,Fran\xe7ois\n", b"a,\xf2b\n"])
def test_other_encodings_are_named_with_the_byte(raw):
    with pytest.raises(InputError, match=r"annex.csv: byte \d+ \(0x.*UTF-8"):
        text_of(raw, "annex.csv")


def test_a_byte_that_spoils_utf8_is_named():
    raw = (HEADER + ROWS).encode()
    with pytest.raises(InputError, match=f"annex.csv: byte {len(raw)} is no UTF-8, as which"):
        text_of(raw + b"\xea,1", "annex.csv")


def test_title_rows_numbers_of_columns_and_sums_are_no_sites(tmp_path):
    text = (
        "PHỤ LỤC 1,,,,,,\n" + HEADER + "(1),(2),(3),(4),(5),(6),(7)\n" + ROWS + ",Tổng cộng,2,,,,\n"
    )
    annex = read(tmp_path, text)
    assert [site["id"] for site in annex.sites] == ["den-cua-dong", "chua-tien"]
    assert [note.line("en") for note in annex.notes] == [
        "annex.csv:6: a sum, left out: 'Tổng cộng'"
    ]


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ("1,Đền A,,Phường Tam Thanh,,,", "annex.csv:2:3: 'Giai đoạn' is empty, as merged cells"),
        ("1,Đền A,2019,Phường Tam Thanh,,,", "annex.csv:2:3: unknown phase '2019', expected 2021"),
        ("1,,2021,Phường Tam Thanh,,,", "annex.csv:2:2: no name, found '1 2021 Phường Tam Thanh'"),
        ("1,Đền A,2021,Xã Không Có,,,", "annex.csv:2:4: no commune 'Xã Không Có' since July 2025"),
        ("1,Đền A,2021,,,,", "annex.csv:2:4: no commune, expected the one of since July 2025"),
        ("1,Đền A,2021,Tam Thanh,106.75,21.87,", "annex.csv:2:5: latitude 106.75 and longitude"),
        ("1,Đền A,2021,Tam Thanh,10.95,108.21,", "annex.csv:2:5: 10.95, 108.21 is outside"),
        ("1,Đền A,2021,Tam Thanh,21.57,106.5,", "annex.csv:2:5: 21.57, 106.5 is "),
        ("1,Đền A,2021,Tam Thanh,gần chợ,106.5,", "annex.csv:2:5: found 'gần chợ', expected"),
        ("1,Đền A,2021,Tam Thanh,21.87,,", "annex.csv:2:6: found '–', expected degrees"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_taken_is_named_with_its_place(tmp_path, row, line):
    annex = read(tmp_path, HEADER + row + "\n")
    assert [fault[: len(line)] for fault in faults(annex)] == [line]
    assert annex.sites == []
    assert faults(annex, "vi")[0].startswith(line.split(" ")[0])


def test_names_that_are_there_twice_are_named_and_known_ones_stay(tmp_path):
    rows = (
        "1,Đền A,2021,Tam Thanh,,,\n2,ĐỀN  a,2022,Tam Thanh,,,\n3,Đền Kỳ Cùng,2021,Tam Thanh,,,\n"
    )
    annex = read(tmp_path, HEADER + rows)
    assert faults(annex) == ["annex.csv:3:2: name 'ĐỀN a' is there twice, first in annex.csv:2"]
    assert "annex.csv:4: Đền Kỳ Cùng is in the catalogue already (den-ky-cung), left as it is" in [
        note.line("en") for note in annex.notes
    ]


def test_a_commune_of_before_july_2025_tells_none_of_today(tmp_path):
    header = "Tên điểm,Giai đoạn,Huyện,Xã,Mã xã\n"
    annex = read(tmp_path, header + "Đền A,2021,TP Lạng Sơn,Hoàng Đồng,\n")
    assert faults(annex)[0].startswith(
        "annex.csv:2:4: 'Hoàng Đồng', 'TP Lạng Sơn' of before July 2025"
    )
    annex = read(tmp_path, header + "Đền A,2021,TP Lạng Sơn,Hoàng Đồng,5986\n")
    assert annex.sites[0]["admin"] == {
        "former_district": "TP Lạng Sơn", "former_commune": "Hoàng Đồng",
        "commune_code": "05986", "commune": "Phường Tam Thanh",
    }  # fmt: skip
    annex = read(tmp_path, header + "Đền A,2021,TP Lạng Sơn,Tam Thanh,\n")
    assert annex.sites[0]["admin"]["inferred"] is True
    assert "was concluded" in annex.notes[0].line("en")
    annex = read(tmp_path, header + "Đền A,2021,,Tam Thanh,99999\n")
    assert faults(annex) == [
        "annex.csv:2:4: unknown commune code '99999', expected one of since July 2025"
    ]


def test_without_coordinates_a_site_is_a_placeholder_in_its_commune(tmp_path):
    annex = read(tmp_path, HEADER + "1,Đền A,2021,Tam Thanh,,,\n")
    location = annex.sites[0]["location"]
    assert (location["class"], location["lat"], location["lon"]) == (
        "placeholder",
        21.8837,
        106.7426,
    )
    # The farthest corner of the box 106.71008 to 106.76864, 21.84177 to 21.92847: 4.98 km
    # north and 3.36 km west.
    assert 6000 <= location["radius_m"] <= 6100


def test_columns_that_cannot_be_taken_are_named(tmp_path):
    header = "Tên điểm,Giai đoạn,Xã,Giai đoạn,Tọa độ X (VN-2000),Ghi chú\n"
    annex = read(tmp_path, header.replace("Tọa độ X (VN-2000)", "X (VN-2000)"))
    assert faults(annex) == [
        "annex.csv:1:4: column 'Giai đoạn' is there twice, expected once",
        "annex.csv:1:5: column 'X (VN-2000)' holds grid coordinates (VN-2000), expected degrees of "
        "WGS 84: convert them first",
    ]
    assert annex.notes[0].line("vi") == "annex.csv:1:6: cột 'Ghi chú' không được nhập"
    with pytest.raises(InputError, match="no row of headers, expected 'Tên điểm'"):
        read(tmp_path, "a,b\n1,2\n")


def test_english_headers_work_as_well(tmp_path):
    text = (
        "Name,Name (en),Year,Ward,Coordinates,Ranking,Accepted\n"
        'Đền A,A temple,2021,Tam Thanh,"21.87, 106.74",National,30/11/2021\n'
    )
    site = read(tmp_path, text).sites[0]
    assert site["name"] == {"vi": "Đền A", "en": "A temple"}
    assert (site["location"]["lat"], site["location"]["lon"]) == (21.87, 106.74)
    assert (site["ranking"], site["planned"]) == ({"level": "national"}, {"accepted": "2021-11-30"})


def test_merged_cells_of_a_workbook_are_named_and_can_be_filled(tmp_path):
    rows = [
        ["TT", "Tên điểm", "Giai đoạn", "Xã", "Đơn vị thi công"],
        [1, "Đền A", 2021, "Tam Thanh", "Công ty A"],
        [2, "Đền B", None, "Đông Kinh", None],
        [3, "Đền C", 2022, "Đông Kinh", None],
    ]
    path = book(tmp_path, rows, ["C2:C3", "E2:E3"])
    catalog = catalog_from_text(TEXT)
    annex = read_annex(path, catalog, Reading())
    assert faults(annex) == [
        "annex.xlsx:'Phụ lục'!C3: 'Giai đoạn' is merged with the rows above: expected a value in "
        "every row, or --fill-down",
        "annex.xlsx:'Phụ lục'!E3: 'Đơn vị thi công' is merged with the rows above: expected a "
        "value in every row, or --fill-down",
    ]
    annex = read_annex(path, catalog, Reading(fill_down=True))
    assert faults(annex) == []
    assert [(s["phase"], s.get("contractor")) for s in annex.sites] == [
        ("2021", "Công ty A"),
        ("2021", "Công ty A"),
        ("2022", None),  # empty, not merged
    ]


def test_headings_over_the_columns_name_phases_when_they_may(tmp_path):
    rows = [
        ["TT", "Tên điểm", "Xã"],
        ["I. Giai đoạn 2021", None, None],
        [1, "Đền A", "Tam Thanh"],
        ["II. Giai đoạn 2022", None, None],
        [2, "Đền B", "Đông Kinh"],
    ]
    path = book(tmp_path, rows, ["A2:C2", "A4:C4"])
    catalog = catalog_from_text(TEXT)
    annex = read_annex(path, catalog, Reading())
    assert faults(annex)[0].startswith(
        "annex.xlsx:'Phụ lục'!2: a heading over the columns, 'I. Giai đoạn 2021'"
    )
    annex = read_annex(path, catalog, Reading(fill_down=True))
    assert faults(annex) == []
    assert [(site["id"], site["phase"]) for site in annex.sites] == [
        ("den-a", "2021"),
        ("den-b", "2022"),
    ]


def test_a_name_over_two_rows_is_no_site_of_its_own(tmp_path):
    rows = [
        ["Tên điểm", "Giai đoạn", "Xã"],
        ["Đền A", 2021, "Tam Thanh"],
        [None, 2021, "Đông Kinh"],
    ]
    annex = read_annex(book(tmp_path, rows, ["A2:A3"]), catalog_from_text(TEXT), Reading())
    assert faults(annex)[0].startswith(
        "annex.xlsx:'Phụ lục'!A3: the name is merged with the row above"
    )


def test_every_sheet_with_sites_is_read_and_its_name_may_be_the_phase(tmp_path):
    made = openpyxl.Workbook()
    header = ["Tên điểm", "Xã", "Vĩ độ", "Kinh độ", "Ngày nghiệm thu"]
    made.active.title = "Ghi chú"
    made.active.append(["Đơn vị lập: Sở Văn hóa"])
    for title, row in (
        ("Giai đoạn 2021", ["Đền Cửa Đông", "Phường Lương Văn Tri", 21.8449, 106.7562, 44_560]),
        ("2022", ["Chùa Tiên", "Phường Đông Kinh", 21.8068, 106.7706, "30/11/2022"]),
    ):
        page = made.create_sheet(title)
        page.append(header)
        page.append(row)
    path = tmp_path / "annex.xlsx"
    made.save(path)
    annex = read_annex(path, catalog_from_text(TEXT), Reading())
    assert faults(annex) == []
    assert [(site["phase"], site["planned"]["accepted"]) for site in annex.sites] == [
        ("2021", "2021-12-30"), ("2022", "2022-11-30"),
    ]  # fmt: skip
    notes = [note.line("en") for note in annex.notes]
    assert "annex.xlsx:'Ghi chú'!1: no table of sites on this sheet, left out" in notes

    made.active.sheet_state = "hidden"
    hidden = made.create_sheet("2021 cũ")
    hidden.append(header)
    hidden.append(["Chùa Thành", "Phường Lương Văn Tri", 21.8449, 106.7562, None])
    hidden.sheet_state = "hidden"
    made.save(path)
    annex = read_annex(path, catalog_from_text(TEXT), Reading())
    assert len(annex.sites) == 2
    notes = [note.line("en") for note in annex.notes]
    assert "annex.xlsx:'2021 cũ'!1: a hidden sheet, left out" in notes

    made["2022"].append(["Đền Cửa Đông", "Phường Lương Văn Tri", 21.8449, 106.7562, None])
    made.save(path)
    (twice,) = faults(read_annex(path, catalog_from_text(TEXT), Reading()))
    assert "'Giai đoạn 2021'!2" in twice


@pytest.mark.parametrize("title", ["Cập nhật 15.03.2022", "Giai đoạn 2021 và 2022"])
def test_no_phase_is_guessed_from_a_sheet(tmp_path, title):
    made = openpyxl.Workbook()
    made.active.title = title
    made.active.append(["Tên điểm", "Xã"])
    made.active.append(["Đền Cửa Đông", "Phường Lương Văn Tri"])
    path = tmp_path / "annex.xlsx"
    made.save(path)
    annex = read_annex(path, catalog_from_text(TEXT), Reading())
    assert annex.sites == []
    assert len(annex.faults) == 1


def test_the_sheet_with_the_sites_is_found(tmp_path):
    made = openpyxl.Workbook()
    made.active.append(["Trang bìa"])
    page = made.create_sheet("Danh mục")
    page.append(["Tên điểm", "Giai đoạn", "Mã xã"])
    page.append(["Đền A", 2021, 5986])
    path = tmp_path / "annex.xlsx"
    made.save(path)
    annex = read_annex(path, catalog_from_text(TEXT), Reading())
    assert annex.sites[0]["admin"]["commune_code"] == "05986"


def test_what_is_no_workbook_is_one_line(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"annex\.xlsx: a damaged workbook"):
        read(tmp_path, b"PK\x03\x04rest", "annex.xlsx")
    with pytest.raises(InputError, match=r"annex\.xls: cannot be read as a workbook"):
        read(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "annex.xls")
    with pytest.raises(InputError, match=r"none\.csv: cannot be read"):
        read_annex(tmp_path / "none.csv", catalog_from_text(TEXT), Reading())
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as parts:
        parts.writestr("[Content_Types].xml", "<Types/>")
    with pytest.raises(InputError, match=r"annex\.xlsx: cannot be read as a workbook \(.+\), exp"):
        read(tmp_path, empty.getvalue(), "annex.xlsx")
    monkeypatch.setattr(cells, "MAX_UNPACKED", 1_000_000)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * 1_100_000)
    with pytest.raises(InputError, match="1,100,000 bytes unpacked"):
        read(tmp_path, bomb.getvalue(), "annex.xlsx")


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("21.85557", 21.85557), ("21,85557", 21.85557), ("21°51'20\"", 21 + 51 / 60 + 20 / 3600),
        ("21°51′20,5″B", 21 + 51 / 60 + 20.5 / 3600), ("N 21 51 20", 21 + 51 / 60 + 20 / 3600),
        ("106°46.5'Đ", 106 + 46.5 / 60), ("106.75 E", 106.75), ("21º 51’ 20’’", None),
        ("-12.5", -12.5), ("12.5S", -12.5), ("21°75'", None), ("21.5°30'", None), ("", None),
        ("khoảng 21", None), ("N21.5N", None), ("2412345.6", 2412345.6),
    ],
)  # fmt: skip
def test_degrees_as_people_write_them(text, degrees):
    assert degrees_in(text) == (None if degrees is None else pytest.approx(degrees))


@pytest.mark.parametrize(
    "text",
    ["21.85, 106.74", "21.85,106.74", "21,85; 106,74", "21.85 106.74", "(21,85, 106,74)",
     "21°51'0\"N 106°44'24\"E"],
)  # fmt: skip
def test_pairs_as_people_write_them(text):
    assert pair_in(text) == (pytest.approx(21.85), pytest.approx(106.74))


def run(*words):
    return CliRunner().invoke(cli, ["catalog", "import", *map(str, words)])


def test_a_dry_run_writes_nothing_and_write_only_adds(tmp_path):
    path = write_catalog(tmp_path)
    annex = tmp_path / "annex.csv"
    annex.write_text(HEADER + ROWS, encoding="utf-8")

    result = run(annex, path, "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "2 sites would be added to catalog.yaml (2021: 1, 2022: 1)" in result.stdout
    assert "  - id: den-cua-dong\n    phase: '2021'\n" in result.stdout
    assert path.read_text(encoding="utf-8") == TEXT

    result = run(annex, path, "--lang", "en", "--write")
    assert result.stdout == "2 sites added to catalog.yaml (2021: 1, 2022: 1)\n"
    new = path.read_text(encoding="utf-8")
    end = TEXT.index("# the end")
    assert new.startswith(TEXT[:end])
    assert new.endswith(TEXT[end:])
    assert [site.id for site in read_catalog(path).sites][-2:] == ["den-cua-dong", "chua-tien"]

    result = run(annex, path, "--lang", "en", "--write")
    assert result.stdout == "no site to add\n"
    assert path.read_text(encoding="utf-8") == new


def test_with_faults_nothing_is_written(tmp_path):
    path = write_catalog(tmp_path)
    annex = tmp_path / "annex.csv"
    annex.write_text(HEADER + ROWS + "3,Đền X,2031,Tam Thanh,,,\n", encoding="utf-8")
    result = run(annex, path, "--lang", "vi", "--write")
    assert result.exit_code == 2
    assert "annex.csv:4:3: không có giai đoạn '2031', cần một trong: 2021, 2022" in result.stderr
    assert "Error: 1 lỗi, chưa thêm gì cho đến khi sửa xong" in result.stderr
    assert path.read_text(encoding="utf-8") == TEXT


NEW = {"id": "moi", "phase": "2021", "name": {"vi": "Mới: a, b"}, "contractor": "no"}


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("a: b\nsites:\n- id: x\n  n: 1\n# end\n", "- id: moi\n  phase: '2021'\n"),
        ("a: b\nsites:\n    - id: x\nb: c\n", "    - id: moi\n      phase: '2021'\n"),
        ("a: b\nsites:\n  - id: x", "  - id: moi\n    phase: '2021'\n"),
        ("a: b\nsites:\nb: c\n", "  - id: moi\n    phase: '2021'\n"),
        ("a: b\n", "sites:\n  - id: moi\n    phase: '2021'\n"),
        ("a: b\r\nsites:\r\n  - id: x\r\n", "  - id: moi\r\n    phase: '2021'\r\n"),
    ],
)
def test_sites_are_added_in_the_form_of_the_file(text, added):
    new = with_sites(YamlText(text, "catalog.yaml"), [NEW])
    assert added in new.text
    assert new.value["sites"][-1] == NEW
    for line in text.splitlines():
        assert line in new.text.splitlines()


@pytest.mark.parametrize("text", ["sites: []\n", "sites: [{id: x}]\n", "sites:\n  - {id: x}\n"])
def test_sites_in_brackets_cannot_be_added_to(text):
    with pytest.raises(InputError, match=r"catalog\.yaml:\d:\d+: "):
        with_sites(YamlText(text, "catalog.yaml"), [NEW])


def test_what_somebody_saves_meanwhile_is_kept(tmp_path):
    """An editor writes while sites are added: all is done again with its text."""
    path = write_catalog(tmp_path)
    site = {**NEW, "admin": {"commune_code": "05986", "commune": "Phường Tam Thanh"}}
    site["location"] = {"lat": 21.87, "lon": 106.74, "class": "unverified"}
    calls = []

    def propose(book):
        calls.append(book.document.text)
        if len(calls) == 1:
            path.write_text(TEXT + "# saved meanwhile\n", encoding="utf-8")
        return [site]

    add_sites(path, propose)
    assert len(calls) == 2
    text = path.read_text(encoding="utf-8")
    assert text.endswith("# saved meanwhile\n")
    assert text.count("- id: moi") == 1
    assert read_catalog(path).sites[-1].contractor == "no"  # not taken for a truth


def test_a_site_that_breaks_the_contract_is_not_written(tmp_path):
    path = write_catalog(tmp_path)
    with pytest.raises(InputError, match="admin"):
        add_sites(path, lambda book: [NEW])
    assert path.read_text(encoding="utf-8") == TEXT
