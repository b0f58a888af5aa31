"""Each gate once passing, and failing for each of its reasons, on evidence that is really there."""

import json
import unicodedata
from datetime import UTC, date, datetime

import pytest
from evidence_sites import (
    SITE,
    change_text,
    change_tour,
    package_of,
    tour_of,
    write_captures,
    write_report,
    write_site,
    write_tour,
    write_work,
)

from vtour.capture.seal import seal_captures
from vtour.errors import InputError
from vtour.files import file_digest, remove, write_json
from vtour.rollout.catalog_file import read_catalog
from vtour.rollout.gates.check import CHECKS, check_gates, gates_for
from vtour.rollout.gates.files import gates_file, read_gates
from vtour.rollout.lint.check import lint_catalog
from vtour.rollout.numbers import finding_line
from vtour.rollout.words.say import LANGUAGES
from vtour.schema.catalog import Gate

DAY = datetime(2021, 6, 1, 3, 0, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    return write_site(tmp_path)


@pytest.fixture
def work(path):
    return path.parent / "work" / SITE


@pytest.fixture
def captures(path):
    return path.parent / "captures" / SITE


def look(path, *gates, at=DAY):
    catalog = read_catalog(path)
    return check_gates(path, catalog, catalog.sites[0], gates, at=at)


def failures(path, gate, at=DAY):
    """Keys of what failed; every finding has words in both languages."""
    (result,) = look(path, gate, at=at).gates
    for finding in result.findings:
        lines = {finding_line(finding, language) for language in LANGUAGES}
        assert all(line.strip() for line in lines)
    failed = [finding for finding in result.findings if not finding.passed]
    assert result.passed == (not failed)
    return [finding.key for finding in failed]


def values_of(path, gate, key):
    (result,) = look(path, gate).gates
    return next(finding for finding in result.findings if finding.key == key)


def test_every_gate_has_a_check():
    assert set(CHECKS) == set(Gate)


@pytest.mark.parametrize("gate", [gate for gate in Gate if gate is not Gate.acceptance])
def test_gates_hold_for_good_evidence(path, gate):
    assert failures(path, gate) == []


def test_report_holds_facts_and_digests(path, captures, work):
    report = look(path, *Gate)
    assert report.package.model_dump(include={"tour", "models", "panoramas", "point_clouds"}) == {
        "tour": SITE,
        "models": 1,
        "panoramas": 3,
        "point_clouds": 0,
    }
    assert report.package.bytes == sum(
        file.stat().st_size for file in package_of(path).rglob("*") if file.is_file()
    )
    assert report.evidence["captures"] == file_digest(captures / "manifest-sha256.txt")
    assert report.evidence["package"] == file_digest(package_of(path) / "tour.json")
    assert set(report.evidence) == {"captures", "package", "permits", "reports"}


# permit -----------------------------------------------------------------------


def test_permit_not_recorded(path):
    change_text(path, "kind: relic", "kind: access")
    assert failures(path, Gate.permit) == ["permit_missing_relic"]


def test_permit_ended(path):
    change_text(path, "issued: 2021-05-01", "issued: 2021-05-01\n        valid_until: 2021-05-31")
    assert failures(path, Gate.permit) == ["permit_over"]


def test_permit_is_valid_on_a_day_in_vietnam(path):
    change_text(path, "issued: 2021-05-01", "issued: 2021-06-02")
    late_in_utc = datetime(2021, 6, 1, 18, 0, tzinfo=UTC)  # 01:00 on 2 June in Lạng Sơn
    assert failures(path, Gate.permit) == ["permit_early"]
    assert failures(path, Gate.permit, at=late_in_utc) == []


def test_permit_that_ended_after_the_captures_is_good(path):
    change_text(path, "issued: 2021-05-01", "issued: 2021-05-01\n        valid_until: 2021-06-30")
    change_text(
        path,
        "    contractor: Công ty A\n",
        "    contractor: Công ty A\n    state: captured\n    history:\n"
        "      - {at: 2021-06-10T02:00:00Z, state: captured, by: B, role: contractor, entry: 1}\n",
    )
    assert failures(path, Gate.permit, at=datetime(2022, 1, 1, tzinfo=UTC)) == []


def test_permit_file_gone_or_another(path):
    permit = path.parent / "permits" / "relic.pdf"
    permit.write_bytes(b"%PDF other")
    assert failures(path, Gate.permit) == ["permit_file_other"]
    permit.unlink()
    assert failures(path, Gate.permit) == ["permit_file_gone"]


def test_drones_need_a_flight_permit_and_at_the_border_its_file(path):
    change_text(
        path, "    contractor: Công ty A\n", "    contractor: Công ty A\n    aerial: true\n"
    )
    assert failures(path, Gate.permit) == ["permit_missing_flight"]
    change_text(
        path,
        "    permits:\n",
        "    permits:\n      - {kind: flight, number: 5/PB, issuer: Bộ, issued: 2021-05-02}\n",
    )
    assert failures(path, Gate.permit) == []
    change_text(path, "class: sourced", "border_zone: true, class: sourced")
    assert failures(path, Gate.permit) == ["permit_border_file"]
    change_text(path, "number: 5/PB", "number: 5/PB, file: permits/relic.pdf")
    assert failures(path, Gate.permit) == ["permit_border_digest"]


# captures ---------------------------------------------------------------------


def test_captures_that_changed_after_the_seal(path, captures):
    (captures / "photos" / "P0.jpg").write_bytes(b"other")
    (captures / "photos" / "P1.jpg").unlink()
    (captures / "photos" / "new.jpg").write_bytes(b"new")
    assert failures(path, Gate.captures) == [
        "captures_changed",
        "captures_missing",
        "captures_extra",
    ]


def test_captures_not_sealed_gone_or_not_named(path, captures):
    (captures / "manifest-sha256.txt").unlink()
    assert failures(path, Gate.captures) == ["captures_not_sealed"]
    remove(captures)
    assert failures(path, Gate.captures) == ["captures_gone"]
    change_text(path, "captures: captures/tam-thanh, ", "")
    assert failures(path, Gate.captures) == ["captures_not_named"]


def test_captures_of_another_site(path, captures):
    remove(captures)
    write_captures(captures, "nhi-thanh")
    assert failures(path, Gate.captures) == ["captures_other_site"]


def test_a_seal_that_is_none(path, captures):
    (captures / "manifest-sha256.txt").write_text("no checksum\n", encoding="utf-8")
    assert failures(path, Gate.captures) == ["captures_unusable"]


# deliverables -----------------------------------------------------------------


def test_measure_outside_its_threshold(path, work):
    write_report(work, "world", {"ground_sampling_distance": (0.031, "m")})
    assert failures(path, Gate.deliverables) == ["measure"]
    finding = values_of(path, Gate.deliverables, "measure")
    assert (finding.measure, finding.found, finding.max) == (
        "ground_sampling_distance",
        0.031,
        0.02,
    )
    assert "0.031 m" in finding_line(finding, "en")
    assert "≤ 0.02 m" in finding_line(finding, "en")


def test_the_worst_stage_counts(path, work):
    write_report(work, "features", {"ground_sampling_distance": (0.011, "m")})
    write_report(work, "texture", {"ground_sampling_distance": (0.04, "m")})
    (result,) = look(path, Gate.deliverables).gates
    (failed,) = [finding for finding in result.findings if not finding.passed]
    assert (failed.found, failed.values["stage"]) == (0.04, "texture")


def test_measure_that_was_not_made(path, work):
    write_report(work, "world", {})
    assert failures(path, Gate.deliverables) == ["measure_missing"]


def test_measure_in_another_unit(path, work):
    write_report(work, "world", {"ground_sampling_distance": (1.2, "cm")})
    assert failures(path, Gate.deliverables) == ["measure_unit"]


def test_too_few(path):
    change_text(path, "count: 3", "count: 4")
    assert failures(path, Gate.deliverables) == ["count_panoramas"]
    finding = values_of(path, Gate.deliverables, "count_panoramas")
    assert (finding.found, finding.min) == (3, 4)


def test_what_a_site_need_not_have_is_not_asked_for(path):
    change_text(path, "count: 3", "count: 4")
    change_text(
        path,
        "    contractor: Công ty A\n",
        "    contractor: Công ty A\n"
        "    deliverables: [{id: panoramas, left_out: chỉ có mô hình}]\n",
    )
    assert failures(path, Gate.deliverables) == []


def test_reports_of_another_site(path, work, captures):
    remove(work)
    write_work(work, captures, "nhi-thanh")
    assert failures(path, Gate.deliverables) == ["package_other_site", "reports_other_site"]
    change_text(path, "work: work/tam-thanh}", "work: work/tam-thanh, tour: nhi-thanh}")
    assert failures(path, Gate.deliverables) == []


def with_second_site(path, evidence):
    """Another site of the same profile, with this evidence."""
    text = path.read_text()
    copy = text[text.index("  - id: tam-thanh") :].replace("id: tam-thanh", "id: nhi-thanh", 1)
    copy = copy.split("    evidence:")[0] + f"    evidence: {{{evidence}}}\n"
    path.write_text(text.rstrip("\n") + "\n" + copy)


@pytest.mark.parametrize(
    ("evidence", "what"),
    [
        ("captures: captures/tam-thanh", "captures"),
        ("work: ./work/../work/tam-thanh", "work"),
        ("tour: tam-thanh", "tour"),
    ],
)
def test_lint_finds_evidence_that_another_site_has_too(path, evidence, what):
    with_second_site(path, evidence)
    lines = [each.line("c") for each in lint_catalog(path, date(2026, 11, 26)).problems]
    expected = f"nhi-thanh: evidence.{what} is that of site tam-thanh, too"
    assert [expected in line for line in lines].count(True) == 1, lines


def test_what_one_site_measured_is_no_evidence_of_another(path):
    with_second_site(path, "captures: captures/tam-thanh, work: work/tam-thanh, tour: tam-thanh")
    catalog = read_catalog(path)
    report = check_gates(path, catalog, catalog.sites[1], [Gate.deliverables, Gate.package])
    for result in report.gates:
        assert [each.key for each in result.findings if not each.passed] == ["evidence_shared"]
    assert failures(path, Gate.deliverables) == []


def test_inventory_of_another_site_beside_the_right_package(path, work, captures):
    value = {"site_id": "nhi-thanh", "layout": "standard", "files": []}
    write_json(work / "inventory.json", value)
    assert failures(path, Gate.deliverables) == ["reports_other_site"]


def test_work_on_other_captures(path, work, captures):
    inventory = {
        "site_id": SITE,
        "layout": "standard",
        "files": [
            {
                "path": "photos/P0.jpg",
                "kind": "photo",
                "status": "used",
                "bytes": 1,
                "sha256": "0" * 64,
            }
        ],
    }
    write_json(work / "inventory.json", inventory)
    assert failures(path, Gate.deliverables) == ["work_other_captures"]


def test_damaged_report_and_no_work(path, work):
    (work / "reports" / "mesh.json").write_text('{"stage": 3}', encoding="utf-8")
    assert failures(path, Gate.deliverables) == ["report_damaged"]
    remove(work)
    assert failures(path, Gate.deliverables) == ["work_gone"]
    change_text(path, ", work: work/tam-thanh", "")
    assert failures(path, Gate.deliverables) == ["work_not_named"]


def test_evidence_may_lie_on_another_disk(path, work, tmp_path_factory):
    other = tmp_path_factory.mktemp("disk") / "work"
    work.rename(other)
    assert failures(path, Gate.deliverables) == ["work_gone"]
    change_text(path, "work: work/tam-thanh", f"work: '{other}'")
    assert failures(path, Gate.deliverables) == []


def test_names_in_another_normal_form_are_the_same(path, work, captures):
    photos = captures / "photos"
    (photos / "P0.jpg").rename(photos / unicodedata.normalize("NFC", "Đền.jpg"))
    remove(captures / "manifest-sha256.txt")
    seal_captures(captures)
    remove(work)
    write_work(work, captures)
    listed = json.loads((work / "inventory.json").read_text(encoding="utf-8"))
    for file in listed["files"]:
        file["path"] = unicodedata.normalize("NFD", file["path"])
    write_json(work / "inventory.json", listed)
    assert failures(path, Gate.deliverables) == []


def test_reports_that_cannot_be_read(path, work):
    (work / "reports" / "mesh.json").symlink_to("nowhere.json")
    (work / "reports" / "depth.json").mkdir()
    assert failures(path, Gate.deliverables) == ["report_damaged", "report_damaged"]
    assert "reports" in look(path, Gate.deliverables).evidence


# package, budgets ----------------------------------------------------------------


def test_package_with_a_changed_file(path):
    glb = package_of(path) / "model" / "site.high.glb"
    glb.write_bytes(glb.read_bytes()[:-1] + b"!")
    assert "package_error" in failures(path, Gate.package)


def test_package_of_another_site(path):
    remove(package_of(path))
    write_tour(package_of(path), "nhi-thanh")
    assert failures(path, Gate.package) == ["package_other_site"]


def test_package_gone(path):
    remove(package_of(path))
    assert failures(path, Gate.package) == ["package_unusable"]


def test_package_out_of_date(path, work, captures):
    (work / ".vtour").mkdir()
    (work / ".vtour" / "captures").write_bytes(bytes(captures))
    assert failures(path, Gate.package) == ["package_late"]


def test_over_budget(path, work):
    change_text(path, "package_bytes: 1000000", "package_bytes: 1000")
    change_text(path, "first_load_bytes: 100000", "first_load_bytes: 500")
    assert failures(path, Gate.budgets) == ["package_bytes", "first_load_bytes"]


def test_first_load_is_manifest_poster_and_the_first_sphere(path):
    package = package_of(path)
    files = ("tour.json", "model/poster.webp", "panoramas/cong.webp")
    finding = values_of(path, Gate.budgets, "first_load_bytes")
    assert finding.found == sum((package / file).stat().st_size for file in files)


def test_a_version_over_its_own_budget(path, work):
    warning = "site.thumb.glb: 212,345 bytes, expected at most 200,000"
    write_report(work, "derivatives", {"derivative_ssim": (0.981, "1")}, [warning])
    assert failures(path, Gate.budgets) == ["version_over_budget"]


# privacy, texts, rights, thumbnails, links ----------------------------------------


def test_review_not_signed(path, work):
    change_tour(path, privacy={"proposed": 3, "blurred": 2, "reviewed": False})
    assert failures(path, Gate.privacy) == ["review_unsigned"]
    change_tour(path, privacy=None)
    assert failures(path, Gate.privacy) == ["review_none"]


def test_review_of_other_pictures(path, work):
    write_report(work, "blur", {"blur_reviewed": (0, "1")})
    assert failures(path, Gate.privacy) == ["review_outdated"]


def test_texts_that_lack_a_language(path):
    tour = tour_of(path)
    nodes, spots = tour["nodes"], tour["hotspots"]
    nodes[1]["name"] = {"vi": "Hang"}
    del spots[0]["text"]["en"]
    change_tour(
        path, name={"und": "Tam Thanh"}, description={"vi": "Động"}, nodes=nodes, hotspots=spots
    )
    assert failures(path, Gate.texts) == [
        "text_name",
        "text_description",
        "text_node",
        "text_hotspot",
    ]
    change_text(path, "    package_bytes", "    languages: [vi, zh-Hans]\n    package_bytes")
    assert failures(path, Gate.texts) == ["text_name", "text_description", "text_node"]


def test_narration_needs_captions_in_each_language(path):
    spots = tour_of(path)["hotspots"]
    sound = {"uri": "media/a.mp3", "type": "audio/mpeg", "lang": "vi"}
    picture = {"uri": "media/b.webp", "type": "image/webp", "alt": {"vi": "Bia"}}
    spots[0]["media"] = [sound, picture]
    change_tour(path, hotspots=spots)
    assert failures(path, Gate.texts) == ["text_alt", "captions_none", "captions_languages"]
    spots[0]["media"] = [
        {**sound, "captions": "media/a.vtt"},
        {**sound, "lang": "en", "captions": "media/a.en.vtt"},
        {**picture, "alt": {"vi": "Bia", "en": "Stele"}},
    ]
    change_tour(path, hotspots=spots)
    assert failures(path, Gate.texts) == []


def test_rights(path):
    change_tour(path, license=None, credit="  ")
    assert failures(path, Gate.rights) == ["license_none", "credit_none"]


def test_thumbnails(path):
    tour = tour_of(path)
    nodes, models = tour["nodes"], tour["models"]
    del nodes[0]["panorama"]["thumb"]
    for derivative in models[0]["derivatives"]:
        derivative["bytes"] = 300_000
    models[0]["derivatives"] = models[0]["derivatives"][1:]
    change_tour(path, nodes=nodes, models=models, poster=None)
    assert failures(path, Gate.thumbnails) == ["poster_none", "thumb_none", "node_thumb_none"]


def test_a_node_that_nobody_can_reach(path):
    nodes = tour_of(path)["nodes"]
    nodes[1]["links"] = [{"to": "cong", "source": "sfm"}]  # one way only: mieu leads to hang
    change_tour(path, nodes=nodes)
    assert failures(path, Gate.links) == ["nodes_unreached"]


def test_links_report_of_another_build(path, work):
    write_report(work, "links", {"nodes": (4, "1"), "node_components": (1, "1")})
    assert failures(path, Gate.links) == ["nodes_other"]


def test_parts_that_were_joined_are_said(path, work):
    write_report(work, "links", {"nodes": (3, "1"), "node_components": (2, "1")})
    assert failures(path, Gate.links) == []
    assert values_of(path, Gate.links, "links_joined").values["parts"] == 2


# location -----------------------------------------------------------------------


def test_location_without_a_source(path):
    change_text(path, "class: sourced", "class: unverified")
    assert failures(path, Gate.location) == ["location_unverified"]


def test_location_outside_its_commune(path):
    change_text(path, "lat: 21.85557", "lat: 21.95")
    assert failures(path, Gate.location) == ["location_outside_box", "location_anchor_far"]


def test_location_by_outline_where_there_is_one(path):
    square = [[106.70, 21.86], [106.80, 21.86], [106.80, 21.95], [106.70, 21.95], [106.70, 21.86]]
    feature = {
        "type": "Feature",
        "properties": {"code": "05986"},
        "geometry": {"type": "Polygon", "coordinates": [square]},
    }
    boundaries = path.parent / "boundaries.geojson"
    write_json(boundaries, {"type": "FeatureCollection", "features": [feature]})
    change_text(path, "  people:", "  boundaries: boundaries.geojson\n  people:")
    assert failures(path, Gate.location) == ["location_outside_outline"]
    boundaries.write_text("{", encoding="utf-8")
    assert failures(path, Gate.location) == ["location_boundaries"]


def test_tour_of_another_place(path):
    anchor = {"lat": 21.85, "lon": 107.0, "height_m": 260.0}
    change_tour(path, anchor=anchor)
    assert failures(path, Gate.location) == ["location_anchor_far"]


# what is kept -------------------------------------------------------------------


def test_what_was_found_is_kept_and_other_gates_stay_while_the_evidence_does(path):
    catalog = read_catalog(path)
    site = catalog.sites[0]
    gates_for(path, catalog, site, (Gate.rights, Gate.links))
    first = read_gates(path, SITE)
    asked = gates_for(path, catalog, site, (Gate.permit, Gate.rights))
    assert [each.gate for each in asked.gates] == [Gate.permit, Gate.rights]
    kept = {each.gate: each for each in read_gates(path, SITE).gates}
    assert set(kept) == {Gate.permit, Gate.rights, Gate.links}
    assert kept[Gate.links].at == first.at
    assert kept[Gate.rights].at is None
    change_tour(path, credit="Trần Văn B")
    gates_for(path, catalog, site, (Gate.permit,))
    assert [each.gate for each in read_gates(path, SITE).gates] == [Gate.permit]


def test_kept_report_of_another_site_or_damaged(path):
    catalog = read_catalog(path)
    gates_for(path, catalog, catalog.sites[0], (Gate.rights,))
    file = gates_file(path, SITE)
    file.rename(gates_file(path, "nhi-thanh"))
    with pytest.raises(InputError, match="speaks of site 'tam-thanh', expected 'nhi-thanh'"):
        read_gates(path, "nhi-thanh")
    assert read_gates(path, SITE) is None
    file.write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match=r"tam-thanh\.json: site: Field required"):
        read_gates(path, SITE)
    gates_for(path, catalog, catalog.sites[0], (Gate.rights,))
    assert read_gates(path, SITE).site == SITE
