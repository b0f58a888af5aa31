"""A catalogue of one site whose evidence holds: sealed captures, reports, a valid package."""

import json
from pathlib import Path

from PIL import Image
from sample_packages import change_manifest, write_package

from vtour.capture.seal import seal_captures
from vtour.files import file_digest, write_json

SITE = "tam-thanh"
TEXT = """\
version: 1
programme:
  name: {vi: Chương trình thử, en: Trial programme}
  owner: {vi: Sở Văn hóa thử, en: Trial department}
  plan: Kế hoạch số 90/KH-UBND ngày 13/4/2021
  people:
    - {name: Trần Bình, roles: [contractor], contractor: Công ty A}
    - {name: Lê Chi, roles: [reviewer]}
    - {name: Nguyễn An, roles: [manager]}
    - {name: Phạm Dung, roles: [manager, contractor]}
phases:
  - {id: '2021', name: {vi: Giai đoạn 1, en: Phase 1}, sites: 1, start: 2021-04-13, end: 2021-12-31}
profiles:
  standard:
    package_bytes: 1000000
    first_load_bytes: 100000
    deliverables:
      - id: model
        kind: model
        name: {vi: Mô hình toàn cảnh, en: Model of the whole}
        thresholds: {ground_sampling_distance: {max: 0.02}, derivative_ssim: {min: 0.95}}
      - {id: panoramas, kind: panoramas, count: 3}
sites:
  - id: tam-thanh
    phase: '2021'
    name: {vi: Động Tam Thanh, en: Tam Thanh cave}
    admin:
      former_district: Thành phố Lạng Sơn
      commune_code: '05986'
      commune: Phường Tam Thanh
    location: {class: sourced, lat: 21.85557, lon: 106.74680, source: showcaves.com}
    contractor: Công ty A
    permits:
      - kind: relic
        number: 12/GP-SVHTT
        issuer: Sở Văn hóa, Thể thao và Du lịch
        issued: 2021-05-01
        file: permits/relic.pdf
        sha256: PERMIT
    evidence: {captures: captures/tam-thanh, work: work/tam-thanh}
"""
NODES = ("cong", "hang", "mieu")
MEASURES = {
    "world": {"ground_sampling_distance": (0.012, "m")},
    "texture": {},
    "derivatives": {"derivative_ssim": (0.981, "1")},
    "links": {"nodes": (3, "1"), "node_components": (1, "1")},
    "blur": {"blur_reviewed": (1, "1")},
    "package": {"package_bytes": (41000, "B")},
}


def write_site(folder):
    """The catalogue with all that it names; returns its path."""
    permit = folder / "permits" / "relic.pdf"
    permit.parent.mkdir(parents=True)
    permit.write_bytes(b"%PDF permit")
    path = folder / "catalog.yaml"
    path.write_text(TEXT.replace("PERMIT", file_digest(permit)), encoding="utf-8")
    write_captures(folder / "captures" / SITE)
    write_work(folder / "work" / SITE, folder / "captures" / SITE)
    return path


def write_captures(folder, site=SITE):
    (folder / "photos").mkdir(parents=True)
    for number in range(3):
        Image.new("RGB", (40, 30), (10 * number, 60, 90)).save(folder / "photos" / f"P{number}.jpg")
    (folder / "site.yaml").write_text(f"id: {site}\n", encoding="utf-8")
    seal_captures(folder)


def write_work(folder, captures, site=SITE):
    """What a build leaves that gates look at."""
    files = [
        {
            "path": path.relative_to(captures).as_posix(),
            "kind": "photo",
            "status": "used",
            "bytes": path.stat().st_size,
            "sha256": file_digest(path),
        }
        for path in sorted((captures / "photos").iterdir())
    ]
    write_json(folder / "inventory.json", {"site_id": site, "layout": "standard", "files": files})
    for stage, measures in MEASURES.items():
        write_report(folder, stage, measures)
    write_tour(folder / "package", site)


def write_report(work, stage, measures, warnings=()):
    found = {name: {"value": value, "unit": unit} for name, (value, unit) in measures.items()}
    report = {"stage": stage, "measures": found, "warnings": list(warnings)}
    write_json(work / "reports" / f"{stage}.json", report)


def write_tour(package, tour_id=SITE):
    """The box, and three nodes in a row without tiles."""
    write_package(package, tour_id)
    (package / "panoramas").mkdir()
    nodes, files = [], {}
    for number, name in enumerate(NODES):
        base, thumb = f"panoramas/{name}.webp", f"panoramas/{name}.thumb.webp"
        for uri, size in ((base, (64, 32)), (thumb, (32, 24))):
            Image.new("RGB", size, (60 * number, 80, 120)).save(package / uri)
            files[uri] = file_digest(package / uri)
        nodes.append(
            {
                "id": name,
                "name": {"vi": f"Điểm {name}", "en": f"Spot {name}", "zh-Hans": name},
                "pose": {"position": [2.0 * number, 1.6, 0.0], "rotation": [0, 0, 0, 1]},
                "panorama": {
                    "tile_size": 512,
                    "formats": ["webp"],
                    "base": base,
                    "thumb": thumb,
                    "template": f"panoramas/{name}/{{level}}/{{col}}_{{row}}.{{ext}}",
                    "levels": [],
                },
                "links": [
                    {"to": NODES[other], "source": "sfm"}
                    for other in (number - 1, number + 1)
                    if 0 <= other < len(NODES)
                ],
            }
        )

    def add(manifest):
        manifest["nodes"] = nodes
        manifest["files"] |= files

    change_manifest(package, add)


def package_of(path: Path) -> Path:
    return path.parent / "work" / SITE / "package"


def change_tour(path, **fields):
    """Other fields in tour.json of the site."""
    change_manifest(package_of(path), lambda manifest: manifest.update(fields))


def tour_of(path):
    return json.loads((package_of(path) / "tour.json").read_text(encoding="utf-8"))


def change_text(path, old, new):
    """Another text in catalog.yaml; there must be the old one."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
