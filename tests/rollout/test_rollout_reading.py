"""catalog.yaml as text: what is no YAML of ours, and values against the contract, with places."""

import pytest
from catalogs import TEXT

from vtour.rollout.catalog_file import Reading


def lines(text, language="en"):
    return [problem.line("catalog.yaml", language) for problem in Reading(text, "").problems]


def test_the_sample_keeps_to_the_contract():
    reading = Reading(TEXT, "catalog.yaml")

    assert reading.problems == []
    assert reading.catalog is not None
    assert [site.id for site in reading.catalog.sites] == ["den-ky-cung", "tam-thanh", "nhi-thanh"]


LOCATION = "{class: unverified, lat: 21.8524, lon: 106.7613}"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            LOCATION,
            "{class: unverified, lat: 21,8524, lon: 106,7613}",
            "catalog.yaml:27:43: den-ky-cung: location.8524: unknown field: a comma ends a value "
            "here, numbers take a decimal point",
        ),
        (
            LOCATION,
            "{class: unverified, lat: '21,8524', lon: 106.7613}",
            "catalog.yaml:27:40: den-ky-cung: location.lat: found '21,8524', expected a number "
            "with a decimal point",
        ),
        (
            "captured: 2021-06-01",
            "captured: 2021-13-01",
            "catalog.yaml:29:25: den-ky-cung: planned.captured: found '2021-13-01', expected a "
            "date such as 2026-11-30",
        ),
        (
            "captured: 2021-06-01",
            "captured: 01/06/2021",
            "catalog.yaml:29:25: den-ky-cung: planned.captured: found '01/06/2021', expected a "
            "date such as 2026-11-30",
        ),
        (
            "state: planned ",
            "state: finished ",
            "catalog.yaml:31:12: den-ky-cung: state: found 'finished', expected 'planned', ",
        ),
        (
            "{ground_sampling_distance: {max: 0.02}}",
            "{ground_sample_distance: {max: 0.02}}",
            "catalog.yaml:17:22: deliverables[0]: threshold of 'ground_sample_distance': no such "
            "measure, expected ground_sampling_distance",
        ),
        ("# the end", "extra:", "catalog.yaml:53:1: extra: unknown field"),
        (
            "    state: planned ",
            "    stat: planned ",
            "catalog.yaml:31:5: den-ky-cung: stat: unknown field",
        ),
    ],
)
def test_what_does_not_keep_to_the_contract_is_named_with_its_place(old, new, line):
    assert old in TEXT

    found = lines(TEXT.replace(old, new, 1))

    assert any(line in each for each in found), found


def test_the_same_in_vietnamese():
    found = lines(TEXT.replace("captured: 2021-06-01", "captured: 2021-13-01"), "vi")

    assert found == [
        "catalog.yaml:29:25: den-ky-cung: planned.captured: thấy '2021-13-01', "
        "cần một ngày như 2026-11-30"
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("version: 1\nversion: 1\n", "catalog.yaml:2:1: key 'version' is written twice"),
        ("version: 1\n\tprogramme:\n", "catalog.yaml:2:1: no valid YAML: a tab, expected spaces"),
        ("a: &a [1]\nb: *a\n", "catalog.yaml:1:4: anchor (&), expected a plain value"),
        ("a: *a\n", "catalog.yaml:1:4: alias (*), expected the value itself"),
        ("a: !!python/object/apply:os.system [x]\n", "catalog.yaml:1:4: tag "),
        ("a: 1\n---\nb: 2\n", "catalog.yaml:2:1: second document, expected only one"),
        ("a: [" + "[" * 40, "more than 32 levels deep"),
        ("a: {b: 1", "catalog.yaml:2:1: no valid YAML: a comma or the closing brace is missing"),
        ("a: b: c\n", "catalog.yaml:1:5: no valid YAML: a colon where none can be"),
        ("a:\n  b: 1\n c: 2\n", "catalog.yaml:3:2: no valid YAML: expected a field"),
        ('a: "b\n', "no valid YAML: a quote is not closed"),
        ("a: @b\n", "catalog.yaml:1:4: no valid YAML: a text that begins so"),
        ("? [a]\n: b\n", "catalog.yaml:1:3: found a key that is no plain text"),
        ("", "catalog.yaml: found no mapping, expected version, programme, phases"),
        ("- a\n", "catalog.yaml: found no mapping, expected version, programme, phases"),
    ],
)
def test_what_is_no_yaml_of_ours_is_named_with_its_place(text, line):
    found = lines(text)

    assert len(found) == 1
    assert line in found[0]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("id: nhi-thanh", "id: Nhị Thanh", "thấy 'Nhị Thanh', cần dạng chữ thường không dấu, "),
        ("'05986', commune: Phường Tam Thanh}\n    location: {", "'5986', commune: x}\n    "
         "location: {", "thấy '5986', cần dạng 5 chữ số, ví dụ '05986'"),
        ("state: planned ", "state: xong ", "thấy 'xong', cần một trong: 'planned', 'permitted', "),
    ],
)  # fmt: skip
def test_forms_and_choices_are_told_in_vietnamese(old, new, line):
    assert old in TEXT

    (found,) = lines(TEXT.replace(old, new, 1), "vi")

    assert line in found
    assert " or " not in found


def test_a_bomb_of_aliases_is_refused_where_it_begins():
    bomb = "a: &a [x, x]\n" + "".join(
        f"{name}: &{name} [*{before}, *{before}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )

    assert lines(bomb) == ["catalog.yaml:1:4: anchor (&), expected a plain value"]
