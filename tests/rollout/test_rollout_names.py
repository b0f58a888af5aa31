"""Everything that pages and reports call by name has one in both languages."""

import pytest

from vtour.rollout.words.names import NAMES, RANKINGS, name_of, ranking_name
from vtour.schema.catalog import (
    DeliverableKind,
    Gate,
    LocationClass,
    PermitKind,
    PhaseKind,
    Ranking,
    Role,
    SiteState,
)

KINDS = (SiteState, Role, LocationClass, DeliverableKind, PhaseKind, PermitKind, Gate)


def test_every_value_has_a_name_of_its_own():
    values = [value for kind in KINDS for value in kind]
    assert len({str(value) for value in values}) == len(values)  # they are keys of one mapping
    assert list(NAMES) == values
    for value in values:
        assert name_of(value, "vi") != name_of(value, "en")
        assert name_of(value, "zh-Hans") == name_of(value, "en")


@pytest.mark.parametrize("level", list(RANKINGS))
def test_every_level_of_a_ranking_has_a_name(level):
    assert Ranking(level=level).level == level
    assert ranking_name(level, "vi") and ranking_name(level, "fr") == ranking_name(level, "en")
