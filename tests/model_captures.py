"""Captures of models made elsewhere, written in code: boxes as OBJ, PLY, GLB and glTF."""

import numpy as np
from PIL import Image

from vtour.capture.inventory import InventoryOptions, take_inventory
from vtour.workspace import Workspace

QUICK = InventoryOptions(check_overlap=False)

# Corner i has x, y, z high where bits 0, 1, 2 of i are set; outward, counter-clockwise.
FACES = [
    (0, 2, 3), (0, 3, 1), (4, 5, 7), (4, 7, 6), (0, 1, 5), (0, 5, 4),
    (2, 6, 7), (2, 7, 3), (0, 4, 6), (0, 6, 2), (1, 3, 7), (1, 7, 5),
]  # fmt: skip
UVS = [(0, 0), (1, 0), (0, 1), (1, 1), (0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8)]


def corners(low, high):
    picks = [[(i >> axis) & 1 for axis in range(3)] for i in range(8)]
    return np.where(picks, high, low).astype(float)


def write_obj(path, low=(0, 0, 0), high=(1, 1, 1), texture="skin.png"):
    """A box; with a texture also its .mtl and the picture beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in corners(low, high)]
    if texture:
        lines = [f"mtllib {path.stem}.mtl", "usemtl skin", *lines]
        path.with_suffix(".mtl").write_text(f"newmtl skin\nmap_Kd {texture}\n")
        pixels = np.zeros((32, 32, 3), np.uint8)
        pixels[:16, :16], pixels[16:, 16:] = (200, 80, 40), (60, 90, 160)
        picture = path.parent / texture
        picture.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(picture)
    lines += [f"vt {u} {v}" for u, v in UVS]
    lines += ["f " + " ".join(f"{i + 1}/{i + 1}" for i in face) for face in FACES]
    path.write_text("\n".join(lines) + "\n")
    return path


def write_ply(path, low=(0, 0, 0), high=(1, 1, 1), faces=FACES):
    path.parent.mkdir(parents=True, exist_ok=True)
    head = ["ply", "format ascii 1.0", "element vertex 8"]
    head += [f"property double {axis}" for axis in "xyz"]
    head += [f"element face {len(faces)}", "property list uchar int vertex_indices", "end_header"]
    rows = [" ".join(map(str, corner)) for corner in corners(low, high)]
    rows += [f"3 {a} {b} {c}" for a, b, c in faces]
    path.write_text("\n".join(head + rows) + "\n")
    return path


def taken(tmp_path, yaml=None):
    """The work folder of the captures in ``tmp_path/captures`` after the inventory."""
    captures = tmp_path / "captures"
    if yaml is not None:
        (captures / "models").mkdir(parents=True, exist_ok=True)
        (captures / "models" / "models.yaml").write_text(yaml)
    work = Workspace(tmp_path / "work", captures)
    take_inventory(work, work, QUICK)
    return Workspace(tmp_path / "work", captures)
