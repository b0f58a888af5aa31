"""Small scene packages and work folders, built in code: a coloured box, coloured panoramas."""

import base64
import hashlib
import io
import json
import shutil

import numpy as np
from PIL import Image

from vtour.files import file_digest, write_json
from vtour.glb import TexturedMesh, write_glb
from vtour.sphere import rays_from_pixels, rays_from_yaw_pitch, rotation_from_angles

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


# Panoramas: each node's picture is coloured by direction, with a white spot where its own hotspot
# is. Red grows with the yaw from the left edge to the right, green with the pitch upwards, blue
# tells the node.

SPHERE_WIDTH = 4096
TILE_PX = 512
SPOT_RADIUS_DEG = 1.5
MOST_RED, MOST_GREEN = 200, 180
NODE_BLUE = {"a": 40, "b": 100, "c": 160}
WALK_NODES = {
    # position, (heading, pitch, roll) in degrees, neighbours, (yaw, pitch) of the spot in degrees
    "a": ((0.0, 1.6, 0.0), (0.0, 0.0, 0.0), ["b"], (20.0, 10.0)),
    "b": ((0.0, 1.6, -6.0), (90.0, 0.0, 0.0), ["a", "c"], (-160.0, -35.0)),
    "c": ((5.0, 1.6, -6.0), (30.0, 12.0, -7.0), ["b"], (75.0, 50.0)),
}
SPOT_AWAY_M = 5.0


def node_rotation(node_id):
    """world_from_pano (3, 3)."""
    return rotation_from_angles(*np.radians(WALK_NODES[node_id][1]))


def spot_of(node_id):
    """Where the hotspot of a node is in the world."""
    position, _, _, angles = WALK_NODES[node_id]
    ray = node_rotation(node_id) @ rays_from_yaw_pitch(*np.radians(angles))
    return (np.array(position) + SPOT_AWAY_M * ray).tolist()


def direction_sphere(node_id, width):
    """The picture of a node: (width / 2, width, 3) uint8."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(width // 2) + 0.5)
    rays = rays_from_pixels(np.stack([x, y], axis=-1), width)
    picture = np.empty((width // 2, width, 3), np.uint8)
    picture[..., 0] = x / width * MOST_RED
    picture[..., 1] = (1 - y / (width / 2)) * MOST_GREEN
    picture[..., 2] = NODE_BLUE[node_id]
    middle = rays_from_yaw_pitch(*np.radians(WALK_NODES[node_id][3]))
    picture[rays @ middle > np.cos(np.radians(SPOT_RADIUS_DEG))] = 255
    return picture


def write_sphere(folder, node_id):
    """A node's pyramid below ``folder``: its ``panorama`` as tour.json has it, and its files."""
    place = f"panoramas/{node_id}"
    full = Image.fromarray(direction_sphere(node_id, SPHERE_WIDTH))
    uris, levels = [], []

    def save(image, uri):
        (folder / uri).parent.mkdir(parents=True, exist_ok=True)
        image.save(folder / uri, quality=90, method=0)
        uris.append(uri)

    for level, width in enumerate((2048, SPHERE_WIDTH)):
        picture = full.resize((width, width // 2), Image.Resampling.BOX)
        cols, rows = width // TILE_PX, width // 2 // TILE_PX
        levels.append({"width": width, "cols": cols, "rows": rows})
        for col, row in np.ndindex(cols, rows):
            x, y = col * TILE_PX, row * TILE_PX
            tile = picture.crop((x, y, x + TILE_PX, y + TILE_PX))
            save(tile, f"{place}/{level}/{col}_{row}.webp")
    base = full.resize((1024, 512), Image.Resampling.BOX)
    save(base, f"{place}/base.webp")
    save(base.crop((384, 160, 640, 352)), f"{place}/thumb.webp")
    tiny = io.BytesIO()
    full.resize((32, 16), Image.Resampling.BOX).save(tiny, "WEBP", quality=50)
    tiles = [uri for uri in uris if "/base" not in uri and "/thumb" not in uri]
    if node_id != "a":  # as vtour writes it; "a" lists each tile
        uris = [uri for uri in uris if uri not in tiles]
    panorama = {
        "tiles_sha256": None if node_id == "a" else digest_of_tiles(folder, tiles),
        "tile_size": TILE_PX,
        "formats": ["webp"],
        "base": f"{place}/base.webp",
        "template": f"{place}/{{level}}/{{col}}_{{row}}.{{ext}}",
        "levels": levels,
        "thumb": f"{place}/thumb.webp",
        "preview": "data:image/webp;base64," + base64.b64encode(tiny.getvalue()).decode(),
        "native_width": SPHERE_WIDTH,
    }
    return panorama, uris


def digest_of_tiles(folder, tiles):
    lines = [f"{file_digest(folder / uri)}  {uri}\n" for uri in sorted(tiles, key=str.encode)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def write_walk(folder, tour_id="walk", *, model=False, **changes):
    """A package of three nodes, with the box as its model or without any."""
    from scipy.spatial.transform import Rotation

    nodes, uris = [], []
    for node_id, (position, _, neighbours, _) in WALK_NODES.items():
        panorama, files = write_sphere(folder, node_id)
        uris += files
        rotation = Rotation.from_matrix(node_rotation(node_id)).as_quat().tolist()
        nodes.append(
            {
                "id": node_id,
                "name": {"vi": f"Điểm {node_id}", "en": f"Spot {node_id}"},
                "pose": {"position": list(position), "rotation": rotation, "placed_by": "sfm"},
                "panorama": panorama,
                "links": [{"to": to, "source": "sfm"} for to in neighbours],
            }
        )
    hotspots = [
        {
            "id": f"spot-{node_id}",
            "position": spot_of(node_id),
            "title": {"vi": f"Đốm {node_id}", "en": f"Mark {node_id}"},
            "text": {"vi": "Màu trắng."},
        }
        for node_id in WALK_NODES
    ]
    manifest = manifest_of(folder, tour_id, nodes=nodes, hotspots=hotspots)
    manifest["files"] |= {uri: file_digest(folder / uri) for uri in uris}
    del manifest["start"]
    if not model:
        manifest["models"] = []
        del manifest["poster"]
        manifest["files"] = {uri: manifest["files"][uri] for uri in uris}
        shutil.rmtree(folder / "model")
    write_json(folder / "tour.json", {**manifest, **changes})
    return folder
