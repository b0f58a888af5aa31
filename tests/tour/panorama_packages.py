"""Small scene packages with panoramas that show directions: colour is direction, dots are spots."""

import math

import numpy as np
from PIL import Image

from vtour.files import file_digest, write_json

NODES = {"san-truoc": (0, 1.6, 0), "cong": (4, 1.6, -3), "gieng": (-2, 1.6, -6)}
HEADINGS_DEG = {"san-truoc": 0, "cong": 70, "gieng": -160}
LINKS = {"san-truoc": ["cong", "gieng"], "cong": ["san-truoc"], "gieng": ["san-truoc"]}
SPOTS = {"bia": (2, 2.5, -5), "mai": (-1, 4.6, -1.5), "nen": (3, 0.2, 1)}
DOT = (255, 0, 255)  # no direction has this colour
LOSSLESS = {"lossless": True, "method": 0, "quality": 0}
DOT_RADIUS = math.radians(1.2)


def rotation_about_up(heading_deg):
    """world_from_pano (3, 3), from a drawing: the middle of the sphere looks to the heading,
    clockwise from -Z as seen from above."""
    c, s = math.cos(math.radians(heading_deg)), math.sin(math.radians(heading_deg))
    return np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])


def quaternion_about_up(heading_deg):
    half = math.radians(-heading_deg) / 2
    return [0, math.sin(half), 0, math.cos(half)]


def rays_of_sphere(width):
    yaw = ((np.arange(width) + 0.5) / width - 0.5) * 2 * np.pi
    pitch = (0.5 - (np.arange(width // 2) + 0.5) / (width // 2)) * np.pi
    yaw, pitch = np.meshgrid(yaw, pitch)
    return np.stack(
        [np.sin(yaw) * np.cos(pitch), np.sin(pitch), -np.cos(yaw) * np.cos(pitch)], axis=-1
    )


def direction_sphere(width, dots=()):
    """RGB is the pixel's own direction, -1..1 stored as 0..255; dots (n, 3) are directions."""
    rays = rays_of_sphere(width)
    sphere = np.rint((rays + 1) * 127.5).astype(np.uint8)
    for dot in dots:
        sphere[rays @ (dot / np.linalg.norm(dot)) > math.cos(DOT_RADIUS)] = DOT
    return sphere


def spot_in_node(spot, node):
    """Direction (3,) of a hotspot in the frame of a node's panorama."""
    away = np.subtract(SPOTS[spot], NODES[node])
    return rotation_about_up(HEADINGS_DEG[node]).T @ away


def write_pyramid(folder, node, sphere, levels=(1024, 2048), tile=512, ext="webp"):
    """Tiles and base of one node; returns its ``panorama``."""
    place = folder / "panoramas" / node
    place.mkdir(parents=True)
    found = []
    for number, width in enumerate(levels):
        image = Image.fromarray(sphere).resize((width, width // 2), Image.Resampling.BOX)
        (place / str(number)).mkdir()
        cols, rows = -(-width // tile), -(-(width // 2) // tile)
        for row in range(rows):
            for col in range(cols):
                right, low = min(width, (col + 1) * tile), min(width // 2, (row + 1) * tile)
                part = image.crop((col * tile, row * tile, right, low))
                part.save(
                    place / str(number) / f"{col}_{row}.{ext}", lossless=True, method=0, quality=0
                )
        found.append({"width": width, "cols": cols, "rows": rows})
    Image.fromarray(sphere).resize((512, 256)).save(
        place / "base.webp", lossless=True, method=0, quality=0
    )
    return {
        "projection": "equirectangular",
        "tile_size": tile,
        "formats": [ext],
        "base": f"panoramas/{node}/base.webp",
        "template": f"panoramas/{node}/" + "{level}/{col}_{row}.{ext}",
        "levels": found,
    }


def write_panorama_package(folder, width=2048, **changes):
    """A package of three nodes without a model."""
    nodes = []
    for node, position in NODES.items():
        sphere = direction_sphere(width, [spot_in_node(spot, node) for spot in SPOTS])
        levels = [width] if width <= 1024 else [width // 2, width]
        nodes.append(
            {
                "id": node,
                "name": {"vi": f"Điểm {node} <b>&", "en": f"Place {node}"},
                "pose": {
                    "position": list(position),
                    "rotation": quaternion_about_up(HEADINGS_DEG[node]),
                },
                "panorama": write_pyramid(folder, node, sphere, levels),
                "links": [{"to": other, "source": "sfm"} for other in LINKS[node]],
            }
        )
    hotspots = [
        {
            "id": spot,
            "position": list(position),
            "title": {"vi": f"Hiện vật {spot}", "en": f"Object {spot}"},
            "text": {"vi": "<script>alert(1)</script>"},
        }
        for spot, position in SPOTS.items()
    ]
    manifest = {
        "asset": {"version": "1.0", "generator": "vtour test"},
        "id": "thu",
        "name": {"vi": "Thử", "en": "Trial"},
        "credit": "Nguyễn Văn A",
        "world": {"scale": "metric", "scale_source": "gps", "north": "true", "up": "measured"},
        "nodes": nodes,
        "hotspots": hotspots,
        "privacy": {"proposed": 0, "blurred": 0, "reviewed": True},
        "files": {
            path.relative_to(folder).as_posix(): file_digest(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
        **changes,
    }
    write_json(folder / "tour.json", manifest)
    return folder
