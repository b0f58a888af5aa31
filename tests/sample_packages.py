"""Small scene packages and work folders, built in code: one coloured box as the model."""

import json

import numpy as np
from PIL import Image

from vtour.files import file_digest, write_json
from vtour.glb import TexturedMesh, write_glb

NAME = {"vi": "Hộp", "en": "Box", "zh-Hans": "盒子"}
BOX_LOW, BOX_HIGH = (-1.0, 0.0, -2.0), (1.0, 2.0, 2.0)
BOX_FACES = 12
QUALITIES = {"Thumb": 8, "Medium": 16, "High": 32}  # texture pixels

# Corner i has x, y, z high where bits 0, 1, 2 of i are set; outward, counter-clockwise.
FACES = [
    (0, 2, 3), (0, 3, 1), (4, 5, 7), (4, 7, 6), (0, 1, 5), (0, 5, 4),
    (2, 6, 7), (2, 7, 3), (0, 4, 6), (0, 6, 2), (1, 3, 7), (1, 7, 5),
]  # fmt: skip


def box_corners(low=BOX_LOW, high=BOX_HIGH):
    picks = [[(i >> axis) & 1 for axis in range(3)] for i in range(8)]
    return np.where(picks, high, low).astype(np.float32)


def box_mesh(texture_px=8, low=BOX_LOW, high=BOX_HIGH):
    corners = box_corners(low, high)
    texture = np.zeros((texture_px, texture_px, 3), np.uint8)
    texture[..., 0] = np.linspace(0, 255, texture_px)
    return TexturedMesh(
        positions=corners,
        normals=None,
        uvs=np.tile([[0.1, 0.2]], (8, 1)).astype(np.float32),
        faces=np.array(FACES, np.uint32),
        texture=texture,
    )


def write_models(folder):
    """model/*.glb below ``folder``; returns derivatives as tour.json lists them."""
    (folder / "model").mkdir(parents=True, exist_ok=True)
    found = []
    for quality, texture_px in QUALITIES.items():
        uri = f"model/site.{quality.lower()}.glb"
        write_glb(folder / uri, box_mesh(texture_px), copyright="Nguyễn Văn A, CC-BY-4.0")
        found.append(
            {
                "usage": "Web3D",
                "quality": quality,
                "uri": uri,
                "bytes": (folder / uri).stat().st_size,
                "faces": BOX_FACES,
                "texture_px": texture_px,
                "sha256": file_digest(folder / uri),
            }
        )
    return found


def write_poster(folder, size=(60, 40)):
    (folder / "model").mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (90, 120, 60)).save(folder / "model" / "poster.webp")


def manifest_of(folder, tour_id="box", **changes):
    """A valid manifest over files that it writes into ``folder``."""
    derivatives = write_models(folder)
    write_poster(folder)
    files = {item["uri"]: item["sha256"] for item in derivatives}
    files["model/poster.webp"] = file_digest(folder / "model/poster.webp")
    return {
        "asset": {"version": "1.0", "generator": "vtour test"},
        "privacy": {"proposed": 3, "blurred": 2, "reviewed": True},
        "id": tour_id,
        "name": NAME,
        "description": {"vi": "Một cái hộp.", "en": "A box.", "zh-Hans": "一个盒子。"},
        "license": "CC-BY-4.0",
        "credit": "Nguyễn Văn A",
        "world": {"scale": "metric", "scale_source": "gps", "north": "true", "up": "measured"},
        "anchor": {"lat": 21.85, "lon": 106.75, "height_m": 260.0, "datum": "WGS 84 ellipsoid"},
        "start": {"position": [0, 2, 8], "target": [0, 1, 0], "fov_deg": 50},
        "poster": {"uri": "model/poster.webp", "width": 60, "height": 40},
        "nodes": [],
        "models": [
            {
                "id": "site",
                "world_from_model": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
                "bounds_min": list(BOX_LOW),
                "bounds_max": list(BOX_HIGH),
                "derivatives": derivatives,
            }
        ],
        "points": [],
        "hotspots": [
            {
                "id": "top",
                "kind": "info",
                "position": [0, 2, 0],
                "title": {"vi": "Đỉnh", "en": "Top", "zh-Hans": "顶部"},
                "text": {"vi": "Mặt trên.", "en": "The top.", "zh-Hans": "上面。"},
                "media": [],
            },
            {
                "id": "side",
                "kind": "warning",
                "position": [1, 1, 0],
                "title": {"vi": "Cạnh", "en": "Side", "zh-Hans": "侧面"},
                "text": {},
                "media": [],
            },
        ],
        "tours": [],
        "plans": [],
        "accuracy": {"gps_residual": {"value": 1.5, "unit": "m", "n": 12}},
        "files": files,
        **changes,
    }


def write_package(folder, tour_id="box", **changes):
    """A whole valid package; ``changes`` replace fields of its manifest."""
    write_json(folder / "tour.json", manifest_of(folder, tour_id, **changes))
    return folder


def change_manifest(folder, change):
    """Let ``change`` edit the manifest's value in place."""
    path = folder / "tour.json"
    value = json.loads(path.read_text(encoding="utf-8"))
    change(value)
    path.write_text(json.dumps(value), encoding="utf-8")
