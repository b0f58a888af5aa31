"""Communes of an annex: accents decide, and what was typed without them is only concluded."""

import pytest

from vtour.rollout.annex.places import commune_of


@pytest.mark.parametrize(
    ("name", "commune", "fault", "note"),
    [
        ("XÃ TÂN THÀNH", "Xã Tân Thành", None, None),
        ("XÃ TÂN THANH", None, "annex_commune", None),
        ("xã Văn Quán", None, "annex_commune", None),
        ("Tan Thanh", "Xã Tân Thành", None, "annex_inferred"),
        ("P. Tam Thanh", "Phường Tam Thanh", None, None),
    ],
)
def test_commune_of_a_name(name, commune, fault, note):
    found = commune_of(name, "", "", "20", former=False)
    assert (found.commune and found.commune.name, found.fault, found.note) == (commune, fault, note)
    assert bool((found.admin or {}).get("inferred")) == (note is not None)
