"""A catalogue under way, with its audit log and gate reports, as the dashboard shows it."""

import atexit
import functools
import json
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.rollout.catalogs import write_catalog
from vtour.rollout.ledger import Actor, Proposal, record
from vtour.rollout.states import CHAIN
from vtour.schema.catalog import Role, SiteState

HEAD = """\
version: 1
programme:
  name: {vi: Số hóa di tích Lạng Sơn, en: Digitising the heritage of Lạng Sơn}
  owner: {vi: Sở Văn hóa, en: Department of Culture}
  plan: 90/KH-UBND
  notice:
    vi: Danh sách minh họa, không phải danh sách chính thức.
    en: An illustrative selection, not the official list.
  people:
    - {name: Trần Bình, roles: [contractor], contractor: Công ty A}
    - {name: Lê Chi, roles: [reviewer]}
    - {name: Nguyễn An, roles: [manager]}
phases:
  - {id: '2021', name: {vi: Giai đoạn 1, en: Phase 1}, sites: 3, start: 2021-04-13, end: 2021-12-31}
  - {id: '2022', name: {vi: Giai đoạn 2, en: Phase 2}, sites: 3, start: 2022-01-01, end: 2022-12-31}
  - id: '2024-2025'
    name: {vi: Duy trì, en: Upkeep}
    kind: upkeep
    start: 2024-01-01
    end: 2025-12-31
profiles:
  standard:
    deliverables:
      - id: model
        kind: model
        name: {vi: Mô hình chính, en: Main model}
        count: 1
        thresholds: {ground_sampling_distance: {max: 0.02}, photos_registered: {min: 40}}
      - {id: panoramas, kind: panoramas, count: 8}
sites:
"""
SITES = """\
  - id: tam-thanh
    phase: '2021'
    name: {vi: Động Tam Thanh, en: Tam Thanh cave, zh-Hans: 三清洞}
    description: {vi: Hang đá vôi., en: A limestone cave.}
    kind: cave
    ranking: {level: national, year: 1962, source: baotuyenquang}
    admin: {former_district: Thành phố Lạng Sơn, commune_code: '05986', commune: Phường Tam Thanh}
    location: {class: sourced, lat: 21.85557, lon: 106.74680, source: showcaves.com}
    contractor: Công ty A
    planned: {captured: 2021-06-01, accepted: 2021-09-01}
    permits:
      - {kind: relic, number: 12/GP-SVHTT, issuer: Sở Văn hóa, issued: 2021-05-01}
      - {kind: flight, number: 77/TC-QC, issuer: Cục Tác chiến, issued: 2021-05-02, file: p.pdf}
  - id: nhi-thanh
    phase: '2021'
    name: {vi: Động Nhị Thanh, en: Nhị Thanh cave}
    admin: {former_district: Thành phố Lạng Sơn, commune_code: '05986', commune: Phường Tam Thanh}
    location: {class: sourced, lat: 21.85173, lon: 106.75223, source: showcaves.com}
    contractor: Công ty A
    planned: {accepted: 2021-10-01}
  - id: den-ky-cung
    phase: '2021'
    name: {vi: Đền Kỳ Cùng, en: Kỳ Cùng temple}
    admin: {commune_code: '05977', commune: Phường Đông Kinh, inferred: true}
    location: {class: unverified, lat: 21.8524, lon: 106.7613, radius_m: 300}
    contractor: Công ty B
  - id: ai-chi-lang
    phase: '2022'
    name: {vi: Ải Chi Lăng, en: Chi Lăng pass}
    admin: {former_district: Chi Lăng, commune_code: '06463', commune: Xã Chi Lăng}
    location: {class: sourced, lat: 21.6, lon: 106.53, source: OpenStreetMap}
    contractor: Công ty B
    aerial: true
  - id: huu-nghi
    phase: '2022'
    name: {vi: Cửa khẩu Hữu Nghị, en: Hữu Nghị gate}
    admin: {former_district: Cao Lộc, commune_code: '06184', commune: Xã Đồng Đăng}
    location: {class: sourced, lat: 21.972, lon: 106.711, source: OpenStreetMap, border_zone: true}
  - id: chua-bac-nga
    phase: '2022'
    name: {vi: Chùa Bắc Nga, en: Bắc Nga pagoda}
    admin: {former_district: Cao Lộc, commune_code: '06184', commune: Xã Đồng Đăng}
    location: {class: placeholder, lat: 21.9, lon: 106.8, radius_m: 5000}
    planned: {captured: 2022-08-01}
"""
DIGEST = {letter: letter * 64 for letter in "abcdef0123456789"}
START = datetime(2021, 5, 3, 2, 0, tzinfo=UTC)
PEOPLE = {
    SiteState.in_review: ("Lê Chi", Role.reviewer),
    SiteState.accepted: ("Nguyễn An", Role.manager),
    SiteState.published: ("Nguyễn An", Role.manager),
    SiteState.maintained: ("Nguyễn An", Role.manager),
    SiteState.returned: ("Lê Chi", Role.reviewer),
}
REACHED = {
    "tam-thanh": CHAIN[1:8],
    "nhi-thanh": (*CHAIN[1:6], SiteState.returned),
    "den-ky-cung": CHAIN[1:3],
    "ai-chi-lang": CHAIN[1:2],
}


def write_rollout(folder):
    """catalog.yaml, its log and its gate reports; returns the path of the first."""
    shutil.copytree(_sample(), folder, dirs_exist_ok=True)
    return folder / "catalog.yaml"


@functools.cache
def _sample():
    """The same, made once."""
    keeper = tempfile.TemporaryDirectory(prefix="rollout-")
    atexit.register(keeper.cleanup)
    return make_rollout(Path(keeper.name)).parent


def make_rollout(folder, sites=SITES, reached=REACHED):
    """A catalogue of these sites, taken step by step to where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    path = write_catalog(folder, HEAD + sites)
    for site, states in reached.items():
        for number, state in enumerate(states):
            step(path, site, state, START + timedelta(days=14 * number))
    write_report(path, "tam-thanh", report("tam-thanh", found=0.012, passed=True))
    write_report(path, "nhi-thanh", report("nhi-thanh", found=0.034, passed=False))
    return path


def step(path, site, state, at, reason=None):
    """Take a site to a state, as a command does once it has looked at everything."""
    name, role = PEOPLE.get(state, ("Trần Bình", Role.contractor))
    if state is SiteState.returned:
        reason = "GSD 3,4 cm: chụp lại mặt tiền"
    told = {"at": at.isoformat(), "state": str(state), "by": name, "role": str(role)}
    if reason:
        told |= {"reason": reason, "to": "Công ty A"}
    added = {"history": told}
    if state is SiteState.accepted:
        added["acceptances"] = {
            "at": at.isoformat(), "by": name, "package": DIGEST["a"], "captures": DIGEST["b"],
            "record": f"records/{site}.docx", "sha256": DIGEST["c"],
        }  # fmt: skip
        added["waivers"] = {
            "gate": "links", "at": at.isoformat(), "by": name, "reason": "một liên kết ngoài hỏng",
            "found": [{"of": "file_gone a.html"}],
        }  # fmt: skip
    record(
        path,
        Actor(name, role),
        lambda book: Proposal(site, "set", state, reason, added=added, at=at),
    )


def report(site, *, found, passed):
    """Gates of a site, one of them judged by a measure."""
    measure = {
        "key": "late", "values": {"state": "model", "date": "2021-06-01"}, "passed": passed,
        "deliverable": "model", "measure": "ground_sampling_distance", "found": found,
        "max": 0.02, "unit": "m",
    }  # fmt: skip
    links = {"key": "file_gone", "values": {"file": "a.html"}, "passed": False}
    return {
        "site": site,
        "at": "2021-07-20T03:00:00+00:00",
        "gates": [
            {"gate": "deliverables", "passed": passed, "findings": [measure]},
            {"gate": "links", "passed": False, "findings": [links]},
        ],
        "evidence": {"package": DIGEST["a"]},
        "package": {
            "tour": site, "digest": DIGEST["a"], "bytes": 48_000_000, "models": 1,
            "panoramas": 9, "point_clouds": 0, "hotspots": 4, "languages": ["en", "vi"],
            "poster": None,
        },
    }  # fmt: skip


def write_report(catalog, site, value):
    """Put a gate report where commands put them."""
    folder = catalog.with_name(f"{catalog.stem}.gates")
    folder.mkdir(exist_ok=True)
    (folder / f"{site}.json").write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
