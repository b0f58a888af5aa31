"""A site goes through every state with the reports of a real build; gates fail first, truly."""

import shutil
from datetime import date

import pytest
import yaml
from click.testing import CliRunner

from vtour.cli.main import cli
from vtour.files import file_digest
from vtour.rollout.audit import log_path, read_log
from vtour.rollout.catalog_file import read_catalog
from vtour.schema.catalog import SiteState
from vtour.workfolder import remembered_captures

pytestmark = pytest.mark.slow

SITE = "dong-thuy"
CATALOG = """\
version: 1
programme:
  name: {{vi: Chương trình mẫu, en: Sample programme}}
  owner: {{vi: Sở mẫu, en: Sample department}}
  people:
    - {{name: Trần Bình, roles: [contractor], contractor: Công ty A}}
    - {{name: Lê Chi, roles: [reviewer]}}
    - {{name: Nguyễn An, roles: [manager]}}
phases:
  - {{id: '2021', name: {{vi: Một, en: One}}, sites: 1, start: 2021-01-01, end: 2021-12-31}}
profiles:
  standard:
    package_bytes: 200000000
    first_load_bytes: 2000000
    deliverables:
      - id: model
        kind: model
        thresholds:
          reprojection_error: {{max: 1.5}}
          check_residual: {{max: 0.05}}
          photos_registered: {{min: {photos}}}
      - id: panoramas
        kind: panoramas
        count: 4
        thresholds: {{node_components: {{max: 1}}}}
      - {{id: points, kind: points}}
sites:
  - id: {site}
    phase: '2021'
    name: {{vi: Đền mẫu, en: Sample temple}}
    admin: {{commune_code: '05986', commune: Phường Tam Thanh}}
    location: {{class: surveyed, lat: {lat}, lon: {lon}, source: control points}}
    contractor: Công ty A
    evidence: {{captures: captures, work: work, tour: {tour}}}
    permits: []  # none yet
"""
PEOPLE = {"contractor": "Trần Bình", "reviewer": "Lê Chi", "manager": "Nguyễn An"}


def run(*arguments):
    return CliRunner().invoke(cli, [*map(str, arguments)], catch_exceptions=False)


def work_of_copies(root, folder):
    """A copy of a work folder on the captures beside it, as if both had been moved there."""
    shutil.copytree(root, folder / "work")
    remembered = folder / "work" / ".vtour" / "captures"
    remembered.write_text(
        remembered.read_text().replace(str(remembered_captures(root)), str(folder / "captures"))
    )


@pytest.fixture
def path(small_build, small_captures, tmp_path):
    """A catalogue beside copies of the sample site and its build."""
    shutil.copytree(small_captures, tmp_path / "captures")
    work_of_copies(small_build.root, tmp_path)
    site = yaml.safe_load((small_captures / "site.yaml").read_text())
    anchor = site.get("anchor") or {"lat": 21.8838, "lon": 106.7426}
    text = CATALOG.format(
        site=SITE, photos=24, tour=site["id"], lat=anchor["lat"], lon=anchor["lon"]
    )
    found = tmp_path / "catalog.yaml"
    found.write_text(text)
    return found


def go(path, state, role, *more):
    return run("catalog", "set", SITE, state, path, "--as", PEOPLE[role], "--lang", "en", *more)


def stopped(done, gate, words):
    """A gate failed for this reason, and nothing else did."""
    lines = done.output.splitlines()
    fails = [line for line in lines if line.strip().startswith("FAIL")]
    assert done.exit_code == 1, done.output
    assert len(fails) == 1 and f"({gate})" in fails[0], done.output
    assert words in done.output, done.output


def passed(done):
    assert done.exit_code == 0, done.output


def test_a_site_goes_all_the_way(path):
    folder = path.parent
    assert run("catalog", "lint", path).exit_code == 0

    stopped(
        go(path, "permitted", "manager"), "permit", "no permit of the relic authority is recorded"
    )
    permit = folder / "permit.pdf"
    permit.write_bytes(b"%PDF-1.4 permit")
    item = (
        "permits:\n"
        "      - kind: relic\n"
        "        number: 12/GP\n"
        "        issuer: Sở mẫu\n"
        f"        issued: {date.today()}\n"
        "        file: permit.pdf\n"
        f"        sha256: {file_digest(permit)}\n"
    )
    path.write_text(path.read_text().replace("permits: []  # none yet\n", item))
    passed(go(path, "permitted", "manager"))
    passed(go(path, "captured", "contractor"))

    stopped(go(path, "delivered", "contractor"), "captures", "manifest-sha256.txt")
    passed(run("inspect", folder / "captures", "--seal"))
    passed(go(path, "delivered", "contractor"))
    passed(go(path, "processing", "reviewer"))
    passed(go(path, "in_review", "contractor"))

    # The review of the blur is not signed: a true reason not to accept it.
    accept = ("catalog", "accept", SITE, path, "--as", PEOPLE["manager"], "--lang", "en")
    stopped(run(*accept), "privacy", "the blur review is not signed")
    assert read_catalog(path).sites[0].state is SiteState.in_review
    work = folder / "work"
    passed(run("panorama", "blur", work, "--captures", folder / "captures", "--review"))
    passed(run("panorama", "blur", work, "--captures", folder / "captures", "--sign", "Phạm Dung"))
    passed(run("package", work, "--captures", folder / "captures"))
    passed(run(*accept, "--bilingual"))
    acceptance = read_catalog(path).sites[0].acceptances[0]
    assert acceptance.package == file_digest(work / "package" / "tour.json")
    assert acceptance.sha256 == file_digest(folder / acceptance.record)

    passed(go(path, "published", "manager"))
    passed(go(path, "maintained", "manager"))
    states = [step.state for step in read_catalog(path).sites[0].history]
    assert states == list(SiteState)[1:9]
    assert len(read_log(log_path(path)).entries) == 8
    passed(run("catalog", "audit", "verify", path))

    # Another package needs another acceptance.
    tour = work / "package" / "tour.json"
    tour.write_text(tour.read_text() + "\n")
    passed(go(path, "processing", "contractor"))
    gates = run("catalog", "gates", SITE, path, "--lang", "en")
    assert gates.exit_code == 1
    assert "(acceptance)" in gates.output
