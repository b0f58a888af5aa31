"""A small catalogue that several tests start from."""

from pathlib import Path

TEXT = """\
# Danh mục thử
version: 1
programme:  # of nobody
  name: {vi: Chương trình thử, en: Trial programme}
  people:
    - {name: Trần Bình, roles: [contractor], contractor: Công ty A}
    - {name: Lê Chi, roles: [reviewer]}
    - {name: Nguyễn An, roles: [manager]}
phases:
  - {id: '2021', name: {vi: Một, en: One}, sites: 2, start: 2021-04-13, end: 2021-12-31}
  - {id: '2022', name: {vi: Hai, en: Two}, sites: 1, start: 2022-01-01, end: 2022-12-31}
profiles:
  standard:
    deliverables:
      - id: model
        kind: model
        thresholds: {ground_sampling_distance: {max: 0.02}}
sites:
  # the first one
  - id: den-ky-cung
    phase: '2021'
    name: {vi: Đền Kỳ Cùng, en: Kỳ Cùng temple}   # beside the river
    admin:
      former_district: Thành phố Lạng Sơn
      commune_code: '05977'
      commune: Phường Đông Kinh
    location: {class: unverified, lat: 21.8524, lon: 106.7613}
    contractor: Công ty A
    planned: {captured: 2021-06-01, accepted: 2021-09-01}

    state: planned   # only commands change this

  # the second one
  - id: tam-thanh
    phase: '2021'
    name: {vi: Động Tam Thanh, en: Tam Thanh cave}
    admin: {commune_code: '05986', commune: Phường Tam Thanh}
    location:
      class: sourced
      lat: 21.85557
      lon: 106.74680
      source: showcaves.com
    description:
      vi: |
        Hang đá.
        # not a comment
      en: A cave.
  - id: nhi-thanh
    phase: '2022'
    name: {vi: Động Nhị Thanh, en: Nhị Thanh cave}
    admin: {commune_code: '05986', commune: Phường Tam Thanh}
    location: {class: placeholder, lat: 21.88, lon: 106.74, radius_m: 5000}
# the end
"""
PEOPLE = {
    "contractor": ("Trần Bình", "contractor"),
    "reviewer": ("Lê Chi", "reviewer"),
    "manager": ("Nguyễn An", "manager"),
}


def write_catalog(folder: Path, text: str = TEXT) -> Path:
    """catalog.yaml in a folder."""
    path = folder / "catalog.yaml"
    path.write_text(text, encoding="utf-8")
    return path
