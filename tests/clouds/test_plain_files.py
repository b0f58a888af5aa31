"""PLY, PCD, PTX and text clouds: what is read, and what is refused."""

import struct

import cloud_files as make
import numpy as np
import pytest

from vtour.clouds import headers as cloud_headers
from vtour.clouds import pcd, text
from vtour.clouds.pcd import unpack_lzf
from vtour.clouds.read import raw_chunks, read_cloud_headers
from vtour.clouds.xyz import looks_like_cloud
from vtour.errors import InputError

FORMS = ["ascii", "binary_little_endian", "binary_big_endian"]


def read(path, scan=0):
    headers = read_cloud_headers(path)
    return headers, list(raw_chunks(path, headers, scan))


def refused(path):
    with pytest.raises(InputError) as caught:
        headers = read_cloud_headers(path)
        for scan in range(len(headers.scans)):
            list(raw_chunks(path, headers, scan))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def written(path, words):
    path.write_bytes(words if isinstance(words, bytes) else words.encode())
    return path


# PLY ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_ply_of_every_form(tmp_path, form):
    xyz = make.some_points(20)
    rgb = np.arange(60).reshape(20, 3).astype(np.uint8)
    columns = make.xyz_columns(xyz, np.float64)
    columns |= dict(zip(("red", "green", "blue"), rgb.T, strict=True))
    columns |= {"scalar_intensity": np.linspace(0, 1, 20).astype(np.float32)}
    columns |= dict(zip(("nx", "ny", "nz"), np.eye(3, dtype=np.float32)[[2] * 20].T, strict=True))
    path = make.write_ply(tmp_path / "a.ply", columns, form=form)
    headers, (chunk,) = read(path)
    assert headers.points == 20
    assert np.array_equal(chunk.xyz, xyz)
    assert np.array_equal(chunk.rgb, rgb)
    assert chunk.intensity[[0, -1]].tolist() == [0, 65535]
    assert np.array_equal(chunk.normal, np.eye(3)[[2] * 20])


def test_colours_as_shares_of_one(tmp_path):
    columns = make.xyz_columns(make.some_points(2))
    columns |= {name: np.array([0, 1], np.float32) for name in ("red", "green", "blue")}
    _, (chunk,) = read(make.write_ply(tmp_path / "a.ply", columns))
    assert chunk.rgb.tolist() == [[0, 0, 0], [255, 255, 255]]


def test_a_mesh_gives_its_vertices_and_says_so(tmp_path):
    path = make.write_ply(tmp_path / "a.ply", make.xyz_columns(make.some_points(3)), faces=1)
    with path.open("ab") as stream:
        stream.write(struct.pack("<Biii", 3, 0, 1, 2))
    headers, (chunk,) = read(path)
    assert headers.kind == "PLY mesh" and len(chunk.xyz) == 3
    assert headers.warnings == ("a mesh: its vertices are taken as points",)


def test_a_ply_without_points_has_none(tmp_path):
    headers, chunks = read(make.write_ply(tmp_path / "a.ply", make.xyz_columns(np.zeros((0, 3)))))
    assert (headers.points, chunks) == (0, [])


@pytest.mark.parametrize("form", FORMS)
def test_a_header_that_promises_a_million_million_points(tmp_path, form):
    columns = make.xyz_columns(make.some_points(3))
    message = refused(make.write_ply(tmp_path / "a.ply", columns, form=form, count=10**12))
    assert message.startswith("a.ply: truncated, ") and "expected " in message


def test_ascii_that_ends_too_early_or_stumbles(tmp_path):
    columns = make.xyz_columns(make.some_points(5), np.float64)
    path = make.write_ply(tmp_path / "a.ply", columns, form="ascii")
    lines = path.read_text().splitlines()
    assert "3 points, expected 5" in refused(written(path, "\n".join(lines[:-2]) + "\n"))
    lines[-2] = "1 2 three"
    assert "a.ply line 11: 'three', expected a number" in refused(written(path, "\n".join(lines)))


def test_a_list_in_the_vertices_is_no_cloud(tmp_path):
    places = "".join(f"property float {axis}\n" for axis in "xyz")
    head = "ply\nformat ascii 1.0\nelement vertex 1\nproperty list uchar int a\n"
    head += f"{places}end_header\n0 1 2 3\n"
    assert "expected vertices first" in refused(written(tmp_path / "a.ply", head))


# PCD ------------------------------------------------------------------------------------------

PCD = """# .PCD v0.7 - Point Cloud Data file format
VERSION 0.7
FIELDS x y z intensity rgb
SIZE 4 4 4 4 4
TYPE F F F F {kind}
COUNT 1 1 1 1 1
WIDTH {width}
HEIGHT {height}
VIEWPOINT {view}
POINTS {points}
DATA {form}
"""


def write_pcd(path, form, count=10, kind="U", **changes):
    xyz = make.some_points(count).astype(np.float32)
    table = np.zeros(
        count, [("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("i", "<f4"), ("rgb", "<u4")]
    )
    table["x"], table["y"], table["z"] = xyz.T
    table["i"] = np.linspace(0, 255, count)
    table["rgb"] = (10 << 16) + (20 << 8) + 30
    if form == "ascii":
        rgb = table["rgb"].view("<f4") if kind == "F" else table["rgb"]
        rows = zip(*(xyz.T.tolist()), table["i"].tolist(), rgb.tolist(), strict=True)
        body = "".join(" ".join(map(repr, row)) + "\n" for row in rows).encode()
    elif form == "binary":
        body = table.tobytes()
    else:
        plain = b"".join(table[name].tobytes() for name in table.dtype.names)
        packed = literal_lzf(plain)
        body = struct.pack("<II", len(packed), len(plain)) + packed
    values = {"width": count, "height": 1, "view": "0 0 0 1 0 0 0", "points": count, **changes}
    path.write_bytes(PCD.format(form=form, kind=kind, **values).encode() + body)
    return path, xyz


def literal_lzf(data):
    """LZF without any reference: legal, and larger than the data."""
    parts = [data[i : i + 32] for i in range(0, len(data), 32)]
    return b"".join(bytes([len(part) - 1]) + part for part in parts)


@pytest.mark.parametrize("form", ["ascii", "binary", "binary_compressed"])
@pytest.mark.parametrize("kind", ["U", "F"])
def test_pcd_of_every_form(tmp_path, form, kind, monkeypatch):
    monkeypatch.setattr(pcd, "CHUNK_POINTS", 4)
    path, xyz = write_pcd(tmp_path / "a.pcd", form, kind=kind)
    headers, chunks = read(path)
    assert (headers.kind, headers.points) == ("PCD point cloud", 10)
    assert np.allclose(np.concatenate([chunk.xyz for chunk in chunks]), xyz)
    assert np.concatenate([chunk.rgb for chunk in chunks]).tolist() == [[10, 20, 30]] * 10


def test_lzf_repeats_what_came_before():
    # 3 literals "abc"; length 2+4=6 at distance 3: abcabc; then 7 + 5 + 2 = 14 at distance 1
    packed = bytes([2]) + b"abc" + bytes([4 << 5, 2]) + bytes([7 << 5, 5, 0])
    target = np.zeros(23, np.uint8)
    assert unpack_lzf(np.frombuffer(packed, np.uint8), target) == 23
    assert target.tobytes() == b"abcabcabc" + b"c" * 14


@pytest.mark.parametrize(
    "packed", [b"\x05ab", b"\x20\x05", b"\xe0", b"\x00a\xe0\xff", b"\x1f" + bytes(32)]
)
def test_damaged_lzf_writes_nothing_outside(packed):
    assert unpack_lzf(np.frombuffer(packed, np.uint8), np.zeros(20, np.uint8)) == -1


def test_pcd_that_lies(tmp_path):
    assert "truncated" in refused(
        write_pcd(tmp_path / "a.pcd", "binary", width=10**12, points=10**12)[0]
    )
    assert "POINTS 10, expected 20" in refused(write_pcd(tmp_path / "b.pcd", "binary", width=20)[0])
    assert "truncated" in refused(
        write_pcd(tmp_path / "c.pcd", "ascii", width=10**9, points=10**9)[0]
    )
    path, _ = write_pcd(tmp_path / "d.pcd", "binary_compressed")
    path.write_bytes(path.read_bytes()[:-9])
    assert "bytes that become" in refused(path)
    assert "no DATA line" in refused(written(tmp_path / "e.pcd", b"# .PCD v0.7\nFIELDS x"))


def test_a_viewpoint_is_not_guessed_about(tmp_path):
    headers, _ = read(write_pcd(tmp_path / "a.pcd", "binary", view="1 2 3 1 0 0 0")[0])
    assert "VIEWPOINT is not used" in headers.warnings[0]


# PTX ------------------------------------------------------------------------------------------

POSE = np.array([[0, -1, 0, 10.0], [1, 0, 0, 20], [0, 0, 1, 1.5], [0, 0, 0, 1]])
ROWS = ["1 0 0 0.5 255 0 10", "0 0 0 0.5 0 0 0", "0 2 0 1 1 2 3", "0 0 3 0 4 5 6"]


def test_every_scan_of_a_ptx_with_its_matrix(tmp_path):
    plain = [" ".join(row.split()[:4]) for row in ROWS]
    path = make.write_ptx(tmp_path / "a.ptx", [(2, 2, POSE, ROWS), (1, 4, np.eye(4), plain)])
    headers, (chunk,) = read(path)
    assert [scan.points for scan in headers.scans] == [4, 4]
    assert np.array_equal(headers.scans[0].file_from_scan, POSE)
    assert [scan.is_structured for scan in headers.scans] == [True, False]
    assert chunk.xyz.tolist() == [[1, 0, 0], [0, 2, 0], [0, 0, 3]] and chunk.invalid == 1
    assert chunk.rgb.tolist() == [[255, 0, 10], [1, 2, 3], [4, 5, 6]]
    assert chunk.intensity.tolist() == [32768, 65535, 0]
    _, (other,) = read(path, 1)
    assert other.rgb is None and np.array_equal(other.xyz, chunk.xyz)


def test_a_second_scan_is_found_behind_many_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "BLOCK_BYTES", 100)
    monkeypatch.setattr(text, "CHUNK_LINES", 7)
    many = [f"{i + 1} 0 0 0.5" for i in range(50)]
    path = make.write_ptx(tmp_path / "a.ptx", [(5, 10, POSE, many), (2, 25, POSE, many[::-1])])
    headers, chunks = read(path, 1)
    assert len(headers.scans) == 2
    assert np.concatenate([c.xyz for c in chunks])[:, 0].tolist() == list(range(50, 0, -1))


def test_windows_line_ends(tmp_path):
    path = make.write_ptx(tmp_path / "a.ptx", [(2, 2, POSE, ROWS), (2, 2, POSE, ROWS)])
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    _, (chunk,) = read(path, 1)
    assert chunk.xyz.tolist() == [[1, 0, 0], [0, 2, 0], [0, 0, 3]]


def test_a_ptx_without_colours_where_nothing_returned(tmp_path):
    rows = ["0 0 0 0.5", "0 0 0 0.5", *ROWS[2:]]
    path = make.write_ptx(tmp_path / "a.ptx", [(2, 2, POSE, rows), (2, 2, POSE, ROWS)])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    headers, (chunk,) = read(path)
    assert [scan.points for scan in headers.scans] == [4, 4] and chunk.invalid == 2
    assert chunk.xyz.tolist() == [[0, 2, 0], [0, 0, 3]]
    assert chunk.rgb.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_a_ptx_only_turns(tmp_path):
    mirrored = POSE @ np.diag([1, 1, -1, 1.0])
    assert "expected a rotation" in refused(
        make.write_ptx(tmp_path / "a.ptx", [(2, 2, mirrored, ROWS)])
    )
    few_digits = POSE.copy()
    few_digits[:2, :2] = [[0.8661, -0.5], [0.5, 0.8661]]  # 30 degrees
    headers, _ = read(make.write_ptx(tmp_path / "b.ptx", [(2, 2, few_digits, ROWS)]))
    turn = headers.scans[0].file_from_scan[:3, :3]
    assert np.abs(turn @ turn.T - np.eye(3)).max() < 1e-12
    assert turn[0, 0] == pytest.approx(np.cos(np.radians(30)), abs=1e-4)


def test_a_ptx_cut_short_or_broken(tmp_path):
    path = make.write_ptx(tmp_path / "a.ptx", [(2, 2, POSE, ROWS), (2, 2, POSE, ROWS)])
    lines = path.read_text().splitlines()
    assert "cut short, scan 1 has 3 of 4 lines" in refused(
        written(path, "\n".join(lines[:-1]) + "\n")
    )
    assert "a.ptx line 20" in refused(written(path, "\n".join(lines[:20]) + "\n"))
    assert "expected a rotation" in refused(
        make.write_ptx(tmp_path / "b.ptx", [(2, 2, POSE * 2, ROWS)])
    )
    assert "1,000,000 x 1,000,000 points" in refused(
        make.write_ptx(tmp_path / "c.ptx", [(10**6, 10**6, POSE, ROWS)])
    )
    lines[12] = "1 0 x 0.5 255 0 10"
    assert "a.ptx line 13: 'x', expected a number" in refused(
        written(path, "\n".join(lines) + "\n")
    )


# text -----------------------------------------------------------------------------------------

TEXTS = {
    "xyz": ("1 2 3\n4 5 6\n", {}),
    "comment and blank": ("# made by hand\n\n1 2 3\n4 5 6\n\n", {}),
    "indented comments, blanks": ("  # by hand\n1 2 3\n   \n\t# more\n 4 5 6\n \t\n", {}),
    "byte order mark, no header": ("\ufeff1 2 3\n4 5 6\n", {}),
    "byte order mark and header": ("\ufeffX,Y,Z\n1,2,3\n \n4,5,6\n", {}),
    "commas": ("1,2,3\n4,5,6\n", {}),
    "semicolons": ("1;2;3\n4;5;6\n", {}),
    "tabs": ("1\t2\t3\n4\t5\t6\n", {}),
    "header": ("X,Y,Z\n1,2,3\n4,5,6\n", {}),
    "order by header": ("Z,X,Y\n3,1,2\n6,4,5\n", {}),
    "commented header": ("//X Y Z\n1 2 3\n4 5 6\n", {}),
    "intensity": ("1 2 3 0\n4 5 6 255\n", {"intensity": [0, 65535]}),
    "colours": ("1 2 3 9 8 7\n4 5 6 255 0 1\n", {"rgb": [[9, 8, 7], [255, 0, 1]]}),
    "normals": ("1 2 3 0 0.6 0.8\n4 5 6 1.0 0 0\n", {"normal": [[0, 0.6, 0.8], [1, 0, 0]]}),
    "PTS": ("2\n1 2 3 -2048 9 8 7\n4 5 6 2047 0 0 1\n",
            {"rgb": [[9, 8, 7], [0, 0, 1]], "intensity": [0, 65535]}),
    "extra columns": ("1 2 3 7 7\n4 5 6 7 7\n", {}),
    "byte order mark": ("\ufeffx y z\n1 2 3\n4 5 6\n", {}),
    "Windows": ("1 2 3\r\n4 5 6\r\n", {}),
}  # fmt: skip


def test_a_pts_of_several_clouds(tmp_path):
    words = "2\n1 2 3 0.5 1 2 3\n4 5 6 1 1 2 3\n\n1\n7 8 9 0 4 5 6\n"
    headers, chunks = read(written(tmp_path / "a.pts", words))
    assert (headers.points, headers.warnings) == (3, ())
    assert np.concatenate([chunk.xyz for chunk in chunks])[:, 0].tolist() == [1, 4, 7]
    assert "cut short, 1 points, expected 2" in refused(
        written(tmp_path / "b.pts", words.replace("\n1\n7", "\n2\n7"))
    )
    more = read(written(tmp_path / "c.pts", "1\n1 2 3\n4 5 6\n"))
    assert more[0].warnings == ("2 points, its first line says 1",) and more[0].points == 2


def test_the_last_line_needs_no_end(tmp_path):
    headers, chunks = read(written(tmp_path / "a.xyz", "1 2 3\n4 5 6"))
    assert headers.points == 2
    assert np.concatenate([chunk.xyz for chunk in chunks]).tolist() == [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize("what", TEXTS)
def test_columns_of_text_are_found(tmp_path, what):
    words, expected = TEXTS[what]
    headers, (chunk,) = read(written(tmp_path / "a.xyz", words))
    assert headers.points == 2
    assert chunk.xyz.tolist() == [[1, 2, 3], [4, 5, 6]]
    for name in ("rgb", "intensity", "normal"):
        values = getattr(chunk, name)
        assert (values is not None) == (name in expected), name
        if name in expected:
            assert np.allclose(values, expected[name], atol=1e-6)


WRONG_TEXTS = {
    "letters": ("1 2 3\n" * 9 + "1 2 b\n" + "1 2 3\n" * 9, "a.xyz line 10: 'b', expected a number"),
    "too few": ("1 2 3\n" * 4 + "1 2\n", "a.xyz line 5: 2 values, expected 3 numbers"),
    "decimal commas": ("1,5;2,5;3,5\n", "a.xyz line 1: decimal commas, expected points"),
    "decimal commas and spaces": ("1,5 2,5 3,5\n", "decimal commas"),
    "words": ("hello\nworld\n", "expected numbers"),
    "two columns": ("1 2\n3 4\n", "a.xyz line 1: 2 values, expected x y z"),
    "degrees": ("lon,lat,height\n106.7,21.8,260\n", "latitude and longitude"),
    "PTS cut short": ("9\n1 2 3\n4 5 6\n", "cut short, 2 points, expected 9"),
    "one endless line": ("1 " * 4000, "longer than"),
}


@pytest.mark.parametrize("what", WRONG_TEXTS)
def test_text_that_is_no_cloud_is_told_with_its_line(tmp_path, what, monkeypatch):
    monkeypatch.setattr(text, "BLOCK_BYTES", 1000)
    words, said = WRONG_TEXTS[what]
    assert said in refused(written(tmp_path / "a.xyz", words))


def test_a_bad_line_after_many_chunks_has_its_number(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "CHUNK_LINES", 10)
    words = "# c\n" + "1 2 3\n" * 500 + "1 2 3 4\n" + "1 2 3\n" * 9
    assert "a.xyz line 502: 4 values" in refused(written(tmp_path / "a.xyz", words))


def test_a_matrix_or_a_table_is_no_cloud(tmp_path):
    assert not looks_like_cloud(written(tmp_path / "t.txt", "1 0 0 0\n" * 4))
    assert not looks_like_cloud(written(tmp_path / "t.csv", "label,x,y,z\na,1,2,3\n"))
    assert looks_like_cloud(written(tmp_path / "c.txt", "1 2 3\n" * 100))


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0, 0.5, 1], [0, 32768, 65535]), ([0, 51, 255], [0, 13107, 65535]),
     ([-2048, 2047], [0, 65535]), ([0, 4095, 65535], [0, 4095, 65535]),
     ([-10_000, 0, 10_000], [0, 32768, 65535])],
)  # fmt: skip
def test_intensities_of_ranges_in_use(values, expected):
    table = np.array(values, float)
    seen = cloud_headers.Extent()
    seen.add(table)
    assert cloud_headers.scaled_intensity(table, seen.intensity_scale).tolist() == expected


MANY = "9" * 5000
XYZ = "property float x\nproperty float y\nproperty float z\nend_header\n1 2 3\n"
HUGE_COUNTS = {
    "a.ply": f"ply\nformat ascii 1.0\nelement vertex {MANY}\n{XYZ}",
    "a.pcd": "VERSION .7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\n"
    f"WIDTH {MANY}\nHEIGHT 1\nPOINTS {MANY}\nDATA ascii\n1 2 3\n",
    "a.pts": f"{MANY}\n1 2 3\n",
    "a.ptx": f"{MANY}\n1\n",
}


@pytest.mark.parametrize("name", HUGE_COUNTS)
def test_a_count_of_5000_digits_is_one_line(tmp_path, name):
    assert "\n" not in refused(written(tmp_path / name, HUGE_COUNTS[name]))[:300]
