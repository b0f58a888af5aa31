"""Ranges of colours and intensities are those of all points, not of the first ones."""

import cloud_files as make
import numpy as np
import pytest

from vtour.clouds import e57, las, pcd, ply, text
from vtour.clouds.read import raw_chunks, read_cloud_headers

COLOURS = np.array([[0, 0, 0]] * 10 + [[65535, 32768, 256]] * 10, np.uint16)
STRENGTH = np.array([0.5] * 10 + [255.0] * 10, np.float32)
XYZ = make.some_points(20)


def las_file(folder, kind):
    return make.write_las(folder / f"a.{kind}", XYZ, rgb=COLOURS)


def ply_file(folder, kind):
    columns = make.xyz_columns(XYZ, np.float32)
    columns |= dict(zip(("red", "green", "blue"), COLOURS.T, strict=True))
    form = "ascii" if kind == "ascii" else "binary_little_endian"
    return make.write_ply(folder / "a.ply", columns | {"intensity": STRENGTH}, form=form)


def text_file(folder, kind):
    rows = zip(XYZ, STRENGTH, COLOURS, strict=True)
    lines = (" ".join(map(str, [*p.tolist(), s, *c.tolist()])) for p, s, c in rows)
    path = folder / "a.xyz"
    path.write_text("\n".join(lines) + "\n")
    return path


def pcd_file(folder, kind):
    path = folder / "a.pcd"
    head = "VERSION .7\nFIELDS x y z intensity\nSIZE 4 4 4 4\nTYPE F F F F\nWIDTH 20\nHEIGHT 1\n"
    head += "DATA binary\n"
    rows = np.column_stack([XYZ, STRENGTH]).astype("<f4")
    path.write_bytes(head.encode() + rows.tobytes())
    return path


def e57_file(folder, kind):
    columns = make.cartesian(XYZ) | {"intensity": STRENGTH}
    columns |= {
        f"color{n}": v.astype(np.float32)
        for n, v in zip(("Red", "Green", "Blue"), COLOURS.T, strict=True)
    }
    return make.E57Writer(folder / "a.e57").scan(columns).close()


FILES = {
    "las": (las_file, "las"), "laz": (las_file, "laz"), "ply": (ply_file, "binary"),
    "ascii ply": (ply_file, "ascii"), "text": (text_file, ""), "pcd": (pcd_file, ""),
    "e57": (e57_file, ""),
}  # fmt: skip


@pytest.mark.parametrize("what", FILES)
def test_dark_points_first_do_not_make_the_others_white(tmp_path, what, monkeypatch):
    for module, name in ((las, "CHUNK_POINTS"), (ply, "CHUNK_POINTS"), (pcd, "CHUNK_POINTS"),
                         (text, "CHUNK_LINES"), (e57, "CHUNK")):  # fmt: skip
        monkeypatch.setattr(module, name, 10)
    write, kind = FILES[what]
    path = write(tmp_path, kind)
    first, second = raw_chunks(path, read_cloud_headers(path))
    if first.rgb is not None:
        assert not first.rgb.any()
        assert second.rgb[0].tolist() in ([255, 128, 1], [255, 127, 1])
    if what not in ("las", "laz"):  # 0.5 of 255, and 255 of 255
        assert first.intensity.tolist() == [128] * 10
        assert second.intensity.tolist() == [65535] * 10
