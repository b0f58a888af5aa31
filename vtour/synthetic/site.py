"""site.yaml of the sample: names in three languages, and a hotspot of every ``at:`` form."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vtour.errors import OptionError
from vtour.frames import FloatArray, enu_from_world, geodetic_from_enu
from vtour.synthetic.cameras import Camera
from vtour.synthetic.control import is_seen
from vtour.synthetic.geometry import moved
from vtour.synthetic.layout import BURNER, PAVILION, STATUE, STELE
from vtour.synthetic.options import ANCHOR
from vtour.synthetic.panoramas import STANDPOINTS
from vtour.synthetic.render import Scene
from vtour.synthetic.scans import STATIONS

SITE_ID = "san-da-voi"
SCROLL = moved(STATUE, 0.0, 2.34, 0.45)
"""In front of the statue's hands; what a photo shows there is where its hotspot belongs."""
GATE = np.array([1.5, 2.45, 9.52])
"""Top of the gate's eastern pillar."""


NODE_NAMES = {
    "san-truoc": {"vi": "Sân trước", "en": "Front yard", "zh-Hans": "前院"},
    "thuy-dinh": {"vi": "Thủy đình", "en": "Pavilion", "zh-Hans": "水亭"},
    "bia-da": {"vi": "Bia đá", "en": "Stone stele", "zh-Hans": "石碑"},
    "san-dong": {"vi": "Sân đông", "en": "East yard", "zh-Hans": "东院"},
}


@dataclass(frozen=True)
class Placed:
    """A hotspot of site.yaml and where it truly is, in the world."""

    record: dict[str, Any]
    position: FloatArray


def site_record(hotspots: list[Placed]) -> dict[str, Any]:
    """The content of site.yaml."""
    lat, lon, height = ANCHOR
    return {
        "id": SITE_ID,
        "name": {
            "vi": "Sân đá vôi (mẫu)",
            "en": "Karst courtyard (sample)",
            "zh-Hans": "喀斯特庭院（示例）",
        },
        "description": {
            "vi": "Một khoảnh sân dưới chân núi đá vôi, do máy dựng nên: có thủy đình, tượng, "
            "bậc đá và bia. Mọi kích thước đều biết trước, nên sai số đo được.",
            "en": "A courtyard at the foot of a karst cliff, made by a program: a pavilion, a "
            "statue, stone steps and a stele. All its sizes are known, so errors can be measured.",
            "zh-Hans": "喀斯特山崖下的一座庭院，由程序生成：有亭子、石像、石阶与石碑。"
            "所有尺寸均为已知，因此误差可以测量。",
        },
        "anchor": {"lat": lat, "lon": lon, "height_m": height, "datum": "WGS 84 ellipsoid"},
        "license": "CC0-1.0",
        "credit": "vtour synthetic",
        "start": "san-truoc",
        "order": ["san-truoc", "thuy-dinh", "bia-da", "san-dong"],
        "links": {"add": [["san-truoc", "thuy-dinh"], ["san-truoc", "bia-da"]], "remove": []},
        "nodes": {name: {"name": words} for name, words in NODE_NAMES.items()},
        "hotspots": [spot.record for spot in hotspots],
        "tours": [guided_tour()],
    }


def guided_tour() -> dict[str, Any]:
    """A short walk past three hotspots."""
    return {
        "id": "dao-mot-vong",
        "title": {"vi": "Dạo một vòng", "en": "A walk around", "zh-Hans": "漫步一圈"},
        "stops": [
            {
                "hotspot": "tuong",
                "text": {"vi": "Bắt đầu từ pho tượng.", "en": "Start at the statue."},
            },
            {"hotspot": "thuy-dinh", "text": {"vi": "Vào thủy đình.", "en": "Enter the pavilion."}},
            {"hotspot": "lu-huong", "text": {"vi": "Dừng bên lư hương.", "en": "At the burner."}},
        ],
    }


def hotspots_of(scene: Scene, cameras: list[Camera]) -> list[Placed]:
    """Five hotspots, one for each way to say where."""
    return [
        _by_lat_lon(moved(PAVILION, 0.0, 5.8, 0.0)),
        _by_enu(moved(BURNER, 0.0, 0.93, 0.0)),
        _by_photo(scene, cameras),
        _by_panorama(),
        _by_station(),
    ]


def _spot(ident: str, position: FloatArray, place: dict[str, Any], **texts: Any) -> Placed:
    record = {"id": ident, "kind": texts.pop("kind", "info"), "at": place, **texts}
    return Placed(record, position)


def _by_lat_lon(position: FloatArray) -> Placed:
    lat, lon, height = geodetic_from_enu(enu_from_world(position), ANCHOR)
    place = {"lat": round(lat, 9), "lon": round(lon, 9), "height": round(height, 3)}
    return _spot(
        "thuy-dinh",
        position,
        place,
        title={"vi": "Thủy đình", "en": "Pavilion", "zh-Hans": "亭子"},
        text={
            "vi": "Mái ngói bốn góc cong, bốn cột gỗ sơn đỏ.",
            "en": "A tiled roof with four swept corners on four red wooden columns.",
            "zh-Hans": "四角翘起的瓦顶，立于四根红漆木柱之上。",
        },
    )


def _by_enu(position: FloatArray) -> Placed:
    place = {"enu_m": [round(float(value), 3) + 0.0 for value in enu_from_world(position)]}
    return _spot(
        "lu-huong",
        position,
        place,
        title={"vi": "Lư hương", "en": "Incense burner", "zh-Hans": "香炉"},
        text={
            "vi": "Lư hương bằng đồng, đã phủ lớp gỉ xanh.",
            "en": "A bronze burner under a green patina.",
            "zh-Hans": "青铜香炉，表面已生绿锈。",
        },
    )


def _by_photo(scene: Scene, cameras: list[Camera]) -> Placed:
    """What the first good photo of the statue shows at its hands."""
    camera, pixel = _photo_of_hands(scene, cameras)
    ray = camera.world_from_cam @ camera.lens.rays_from_pixels(pixel[None])[0]
    distance = float(scene.first_hits(camera.centre[None], ray[None])["t_hit"][0])
    return _spot(
        "tuong",
        camera.centre + distance * ray,
        {"photo": camera.file, "x_px": float(pixel[0]), "y_px": float(pixel[1])},
        title={"vi": "Tượng đá", "en": "Stone statue", "zh-Hans": "石像"},
        text={
            "vi": "Một học giả cầm cuộn sách, mặt hướng nam.",
            "en": "A scholar who holds a scroll and looks south.",
            "zh-Hans": "一位手持书卷、面朝南方的学者。",
        },
    )


def _photo_of_hands(scene: Scene, cameras: list[Camera]) -> tuple[Camera, FloatArray]:
    """A photo from the south that shows SCROLL well inside, and its pixel there."""
    for camera in cameras:
        pixel = np.round(camera.pixels_from_world(SCROLL)[0])
        size = np.array([camera.lens.width, camera.lens.height])
        ahead = (SCROLL - camera.centre) @ camera.world_from_cam[:, 2] > 0
        well_inside = (pixel > 0.1 * size).all() and (pixel < 0.9 * size).all()
        from_south = camera.centre[2] > SCROLL[2] + 1.5
        if ahead and well_inside and from_south and is_seen(scene, SCROLL[None], camera.centre)[0]:
            return camera, pixel
    raise OptionError(
        f"{len(cameras)} photos: none shows the statue, expected a smaller photo_step"
    )


def _by_panorama() -> Placed:
    """The middle of the stele's inscription, as seen from the terrace."""
    view = STANDPOINTS[2]
    position = moved(STELE, 0.1, 1.25, 0.13)
    yaw, pitch = (round(value, 3) for value in view.yaw_pitch_deg(position))
    name = view.file.removeprefix("panoramas/").removesuffix(".jpg")
    return _spot(
        "bia-da",
        position,
        {"panorama": name, "yaw_deg": yaw, "pitch_deg": pitch},
        title={"vi": "Bia đá", "en": "Stele", "zh-Hans": "石碑"},
        text={
            "vi": "Những nét chữ trên bia là do máy vẽ, không đọc được.",
            "en": "The strokes on the stele were drawn by a program and say nothing.",
            "zh-Hans": "碑上的笔画由程序绘制，并非文字。",
        },
    )


def _by_station() -> Placed:
    """The gate, in the frame of the first laser scan."""
    station = STATIONS[0]
    local = np.linalg.inv(station.world_from_station) @ np.append(GATE, 1.0)
    place = {"station": station.name, "xyz_m": [round(float(value), 3) for value in local[:3]]}
    return _spot(
        "cong",
        GATE,
        place,
        title={"vi": "Cổng", "en": "Gate", "zh-Hans": "大门"},
        text={
            "vi": "Hai trụ gạch mở ra phía nam.",
            "en": "Two brick pillars that open to the south.",
            "zh-Hans": "朝南敞开的两根砖柱。",
        },
    )
