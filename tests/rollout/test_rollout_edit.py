"""Edits of catalog.yaml: what changes, and that nothing else does."""

import difflib

import pytest
from catalogs import TEXT

from vtour.errors import InputError
from vtour.rollout.edit import as_item, edited
from vtour.schema.catalog import AuditHead
from vtour.yaml_marks import YamlText

HEAD = AuditHead(entries=1, head="0" * 64)


def changed(text, site, edit, head=HEAD):
    return edited(YamlText(text, "catalog.yaml"), {site: edit}, head).text


def added_and_removed(old, new):
    lines = list(difflib.ndiff(old.splitlines(), new.splitlines()))
    return [line for line in lines if line[:2] in ("+ ", "- ")]


def permit(site):
    site["state"] = "permitted"
    site.setdefault("history", []).append(as_item({"state": "permitted", "by": "An: #1"}))


def test_only_what_changes_changes():
    new = changed(TEXT, "den-ky-cung", permit)
    assert added_and_removed(TEXT, new) == [
        "+   audit:",
        "+     entries: 1",
        f"+     head: '{'0' * 64}'",
        "-     state: planned   # only commands change this",
        "+     state: permitted # only commands change this",
        "+     history:",
        "+       - {state: permitted, by: 'An: #1'}",
    ]


def test_texts_over_lines_and_what_looks_like_a_comment_in_them_stay():
    new = changed(TEXT, "tam-thanh", permit)
    value = YamlText(new, "new").value
    assert value["sites"][1]["description"]["vi"] == "Hang đá.\n# not a comment\n"
    assert [line[:1] for line in added_and_removed(TEXT, new)] == ["+"] * 6


def test_the_last_site_and_the_comment_after_it():
    new = changed(TEXT, "nhi-thanh", permit)
    assert new.endswith("      - {state: permitted, by: 'An: #1'}\n# the end\n")


def test_many_edits_one_after_the_other_keep_every_comment():
    text = TEXT
    for number in range(1, 20):
        text = changed(text, "tam-thanh", permit, AuditHead(entries=number, head="a" * 64))
    for comment in ("# Danh mục thử", "# of nobody", "# beside the river", "# the second one"):
        assert text.count(comment) == 1
    assert len(YamlText(text, "new").value["sites"][1]["history"]) == 19
    assert text.count("\n") == TEXT.count("\n") + 3 + 2 + 19 - 0


@pytest.mark.parametrize("indent", [0, 2, 4])
def test_dashes_stay_where_people_put_them(indent):
    pad = " " * indent
    text = (
        "version: 1\nprogramme:\n    name: {en: A}\nsites:\n"
        f"{pad}- id: a\n{pad}  tags:\n{pad}  - one\n{pad}  - two\n{pad}- id: b\n"
    )
    new = changed(text, "a", permit)
    assert [line[2:] for line in added_and_removed(text, new)] == [
        "    audit:",
        "        entries: 1",
        f"        head: '{'0' * 64}'",
        f"{pad}  state: permitted",
        f"{pad}  history:",
        f"{pad}  - {{state: permitted, by: 'An: #1'}}",
    ]


def test_windows_line_ends_stay():
    new = changed(TEXT.replace("\n", "\r\n"), "den-ky-cung", permit)
    assert new.replace("\r\n", "").count("\n") == 0
    assert new.count("\r\n") == TEXT.count("\n") + 5


def test_a_site_in_braces_is_refused_with_its_place():
    text = "version: 1\nprogramme:\n  name: {en: A}\nsites:\n  - {id: a, state: planned}\n"
    with pytest.raises(InputError, match=r"catalog\.yaml:5:5: written in braces"):
        changed(text, "a", permit)


def test_no_such_site():
    with pytest.raises(InputError, match="no site 'x'"):
        changed(TEXT, "x", permit)


@pytest.mark.parametrize("value", ["no", "1937", "21:50", "2026-11-30", "0x1F", "~", "a: b", "#a"])
def test_texts_that_yaml_takes_for_something_else_stay_texts(value):
    import yaml

    new = changed(TEXT, "tam-thanh", lambda site: site.update(note=as_item({"a": value})))
    assert YamlText(new, "new").value["sites"][1]["note"]["a"] == value
    assert yaml.safe_load(new)["sites"][1]["note"]["a"] == value


@pytest.mark.parametrize(
    "line",
    ["aerial: True", "revisit: 2026-01-01", "note: -0", "note: 1_0.5", "note: .NaN", "contractor:"],
)
def test_values_stay_as_people_wrote_them(line):
    text = TEXT.replace("    contractor: Công ty A\n", f"    {line}\n")
    new = changed(text, "den-ky-cung", permit)
    assert f"    {line}\n" in new


def test_comments_inside_the_audit_head_stay():
    first = changed(TEXT, "tam-thanh", permit)
    noted = first.replace("entries: 1\n", "entries: 1  # so many\n").replace(
        f"head: '{'0' * 64}'\n", f"head: '{'0' * 64}'\n  # who may act\n"
    )
    again = changed(noted, "tam-thanh", permit, AuditHead(entries=2, head="b" * 64))
    assert "entries: 2  # so many\n" in again
    assert "  # who may act\n" in again


def test_a_comment_that_would_be_lost_is_an_error_with_its_place():
    line = "    permits: [\n      {a: b}, # in room 203\n      {c: d} # here\n    ]\n"
    text = TEXT.replace("    contractor: Công ty A\n", line)
    with pytest.raises(InputError, match=r"catalog\.yaml:20:5: .* without losing something"):
        changed(text, "den-ky-cung", permit)


def test_what_ruamel_cannot_read_is_an_error_with_its_place():
    text = TEXT.replace("commune_code: '05977'", "commune_code: '05977'\t# x")
    with pytest.raises(InputError, match=r"catalog\.yaml:20:5: .* cannot be changed"):
        changed(text, "den-ky-cung", permit)
