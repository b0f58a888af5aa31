"""A scene package with a model whose every side has its own colour, built in code.

A wall, 4 m wide (x from -2 to 2), 3 m high and 1 m thick. Its south side (+Z, where the camera
starts) has four quarters; seen from there west (-X) is at the left:

    red     green
    blue    yellow

The north side is magenta and all others are grey, so a model that is upside down, mirrored or
turned round shows the wrong colours in the wrong places.
"""

import numpy as np
from PIL import Image
from web_meshes import write_web_mesh

from tests.browser.needs import is_required, lacks
from vtour.errors import ResourceError
from vtour.files import file_digest, write_json
from vtour.glb import TexturedMesh, write_glb

RED, GREEN, BLUE, YELLOW = (200, 40, 40), (40, 170, 60), (50, 70, 200), (220, 200, 50)
MAGENTA, GREY = (190, 40, 190), (120, 120, 120)
QUARTERS = {"red": RED, "green": GREEN, "blue": BLUE, "yellow": YELLOW}
LOW, HIGH = (-2.0, 0.0, -0.5), (2.0, 3.0, 0.5)
START = {"position": [0.0, 1.5, 6.0], "target": [0.0, 1.5, 0.0], "fov_deg": 50}

NAME = {"vi": "Bức tường", "en": "The wall", "zh-Hans": "墙"}
HOTSPOTS = [
    {
        "id": "front",
        "kind": "info",
        "position": [1.0, 2.25, 0.5],
        "title": {"vi": "Mặt trước", "en": "The front", "zh-Hans": "正面"},
        "text": {"vi": "Chữ <b>thường</b>.", "en": "Plain <b>text</b>.", "zh-Hans": "纯文本。"},
        "media": [{"uri": "media/spot.png", "type": "image/png", "alt": {"en": "A spot"}}],
    },
    {
        "id": "back",
        "kind": "warning",
        "position": [-1.0, 1.5, -0.5],
        "title": {"vi": "Mặt sau"},
        "text": {"vi": "Ở phía bắc."},
        "media": [],
    },
]

# Counter-clockwise seen from outside, each side as its four corners from the lower left one.
SIDES = {
    "south": [(0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)],
    "north": [(1, 0, 0), (0, 0, 0), (0, 1, 0), (1, 1, 0)],
    "east": [(1, 0, 1), (1, 0, 0), (1, 1, 0), (1, 1, 1)],
    "west": [(0, 0, 0), (0, 0, 1), (0, 1, 1), (0, 1, 0)],
    "top": [(0, 1, 1), (1, 1, 1), (1, 1, 0), (0, 1, 0)],
}


def wall_texture(quarter_px):
    """Quarters at the left, and one column each of magenta and grey: (2q, 4q, 3)."""
    texture = np.empty((2 * quarter_px, 4 * quarter_px, 3), np.uint8)
    top, low = slice(0, quarter_px), slice(quarter_px, None)
    left, right = slice(0, quarter_px), slice(quarter_px, 2 * quarter_px)
    texture[top, left], texture[top, right] = RED, GREEN
    texture[low, left], texture[low, right] = BLUE, YELLOW
    texture[:, 2 * quarter_px : 3 * quarter_px] = MAGENTA
    texture[:, 3 * quarter_px :] = GREY
    return texture


def wall_mesh(quarter_px):
    """The wall; its ground side is open."""
    corners, uvs, faces = [], [], []
    low_left_up = [(0, 1), (1, 1), (1, 0), (0, 0)]  # glTF: v grows downwards
    for side, picks in SIDES.items():
        first = len(corners)
        corners += np.where(picks, HIGH, LOW).tolist()
        column = {"south": None, "north": 0.625}.get(side, 0.875)
        uvs += [(u / 2, v) if column is None else (column, 0.5) for u, v in low_left_up]
        faces += [(first, first + 1, first + 2), (first, first + 2, first + 3)]
    return TexturedMesh(
        positions=np.array(corners, np.float32),
        normals=None,
        uvs=np.array(uvs, np.float32),
        faces=np.array(faces, np.uint32),
        texture=wall_texture(quarter_px),
    )


def write_wall(folder):
    """The whole package; returns its folder. The finest derivative is meshopt and WebP."""
    (folder / "model").mkdir(parents=True)
    (folder / "media").mkdir()
    write_glb(folder / "model/site.thumb.glb", wall_mesh(32))
    write_finest(folder / "model/site.medium.glb", wall_mesh(64))
    Image.new("RGB", (64, 48), GREY).save(folder / "model/poster.webp")
    Image.new("RGB", (40, 30), RED).save(folder / "media/spot.png")
    derivatives = [
        derivative_of(folder, "Thumb", "model/site.thumb.glb", 128),
        derivative_of(folder, "Medium", "model/site.medium.glb", 256),
    ]
    uris = [item["uri"] for item in derivatives] + ["model/poster.webp", "media/spot.png"]
    manifest = {
        "asset": {"version": "1.0", "generator": "vtour test"},
        "id": "wall",
        "name": NAME,
        "description": {"vi": "Bốn màu.", "en": "Four colours."},
        "license": "CC-BY-4.0",
        "credit": "Nguyễn Văn A",
        "world": {"scale": "metric", "scale_source": "gps", "north": "true", "up": "measured"},
        "start": START,
        "poster": {"uri": "model/poster.webp", "width": 64, "height": 48},
        "models": [
            {
                "id": "site",
                "bounds_min": list(LOW),
                "bounds_max": list(HIGH),
                "derivatives": derivatives,
            }
        ],
        "hotspots": HOTSPOTS,
        "accuracy": {"gps_residual": {"value": 1.5, "unit": "m", "n": 12}},
        "files": {uri: file_digest(folder / uri) for uri in uris},
    }
    write_json(folder / "tour.json", manifest)
    return folder


def write_finest(path, mesh):
    """As published; where Node's packages are not installed and need not be, plain."""
    picture = path.with_suffix(".webp")
    Image.fromarray(mesh.texture).save(picture, lossless=True)
    try:
        write_web_mesh(path, mesh, picture.read_bytes())
    except ResourceError as error:
        if is_required():
            lacks(str(error))
        write_glb(path, mesh)
    picture.unlink()


def derivative_of(folder, quality, uri, texture_px):
    return {
        "usage": "Web3D",
        "quality": quality,
        "uri": uri,
        "bytes": (folder / uri).stat().st_size,
        "faces": 2 * len(SIDES),
        "texture_px": texture_px,
        "sha256": file_digest(folder / uri),
    }
