"""The catalogue at the root of the repository: 31 real places, honest about what is not known."""

import difflib
from collections import Counter
from pathlib import Path

import pytest

from vtour.rollout.catalog_file import due, read_catalog
from vtour.rollout.communes import KM_PER_DEGREE, communes, position
from vtour.rollout.ledger import Actor, Proposal, record
from vtour.rollout.lint.check import Level, lint_catalog, lint_text
from vtour.rollout.words.kinds import KINDS, kind_name
from vtour.schema.catalog import LocationClass, PhaseKind, Role, SiteState

SHIPPED = Path(__file__).parents[2] / "catalog.yaml"


@pytest.fixture(scope="module")
def catalog():
    return read_catalog(SHIPPED)


def test_it_lints_clean_and_notes_what_is_to_be_surveyed(catalog):
    found = lint_catalog(SHIPPED)

    assert found.of(Level.error) == []
    assert found.of(Level.warning) == []
    assert {problem.key for problem in found.of(Level.note)} == {"unverified"}
    assert len(found.of(Level.note)) == 27


def test_the_phases_are_9_12_10_and_upkeep(catalog):
    assert [(phase.id, phase.kind, phase.sites) for phase in catalog.phases] == [
        ("2021", PhaseKind.new, 9),
        ("2022", PhaseKind.new, 12),
        ("2023", PhaseKind.new, 10),
        ("2024-2025", PhaseKind.upkeep, 0),
    ]
    assert Counter(site.phase for site in catalog.sites) == {"2021": 9, "2022": 12, "2023": 10}


def test_it_says_that_it_is_not_the_official_list(catalog):
    head = SHIPPED.read_text(encoding="utf-8").split("version:")[0]

    assert set(catalog.programme.notice) == {"vi", "en", "zh-Hans"}
    for word in ("MINH HỌA", "ILLUSTRATIVE", "示例", "90/KH-UBND"):
        assert word in head


def test_every_site_has_three_names_of_its_own(catalog):
    for language in ("vi", "en", "zh-Hans"):
        names = [site.name[language] for site in catalog.sites]
        assert len(set(names)) == 31


def test_nothing_is_claimed_that_is_not_known(catalog):
    for site in catalog.sites:
        assert site.state is SiteState.planned
        assert site.contractor is None
        assert site.planned == {}
        ranking = site.ranking
        if ranking.level == "unknown":
            assert ranking.note is not None
            assert ranking.source is None
        else:
            assert ranking.source or ranking.note
        assert (site.location.certainty is LocationClass.sourced) is (
            site.id in ("tam-thanh", "nhi-thanh", "cua-khau-huu-nghi", "mau-son")
        )


def test_a_placeholder_is_the_middle_of_its_commune_and_covers_all_of_it(catalog):
    for site in catalog.sites:
        location, commune = site.location, communes()[site.admin.commune_code]
        assert position(location.lat, location.lon, commune).inside, site.id
        if location.certainty is LocationClass.placeholder:
            assert (location.lat, location.lon) == (commune.lat, commune.lon)
            half_km = (commune.north - commune.south) / 2 * KM_PER_DEGREE
            assert location.radius_m >= half_km * 1000


def test_something_is_due_for_every_site(catalog):
    for site in catalog.sites:
        assert len(due(catalog, site)) >= 2, site.id
    by_id = {site.id: site for site in catalog.sites}
    panoramas = {each.id: each.count for each in due(catalog, by_id["chi-lang"])}["panoramas"]
    assert panoramas == 12


def test_a_command_touches_only_the_lines_of_its_site_and_the_head_of_the_log(tmp_path):
    path = tmp_path / "catalog.yaml"
    before = SHIPPED.read_text(encoding="utf-8")
    path.write_text(before, encoding="utf-8")

    record(
        path,
        Actor("An", Role.manager),
        lambda book: Proposal("mau-son", "set", SiteState.on_hold, reason="mưa"),
    )

    new = path.read_text(encoding="utf-8")
    lines = list(difflib.ndiff(before.splitlines(), new.splitlines()))
    assert [line for line in lines if line.startswith("- ")] == ["-     state: planned"]
    added = [line for line in lines if line.startswith("+ ")]
    assert added[-1] == "+     state: on_hold"
    assert len(added) == 4  # audit, entries, head, state


def test_every_kind_has_a_name_in_both_languages(catalog):
    for site in catalog.sites:
        assert set(KINDS[site.kind]) == {"vi", "en"}
    assert kind_name("cave", "vi") == "hang động"
    assert kind_name("đèo", "en") == "đèo"
    assert kind_name(None, "vi") == ""


def test_what_stands_behind_hashes_can_be_used_as_it_stands():
    text = SHIPPED.read_text(encoding="utf-8")
    before, _, rest = text.partition("  # people:\n")
    block, mark, after = ("  # people:\n" + rest).partition("  #\n")
    plain = "".join(line.replace("# ", "", 1) for line in block.splitlines(keepends=True))

    found = lint_text(before + plain + mark + after)

    assert found.of(Level.error) == []
    assert found.of(Level.warning) == []
    assert "\n  people:\n    - name: Nguyễn Văn A\n" in before + plain
