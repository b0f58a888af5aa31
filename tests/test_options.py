from dataclasses import dataclass
from enum import StrEnum

import pytest

from vtour.errors import OptionError
from vtour.options import StageOptions, option, with_text_values


class Kind(StrEnum):
    fast = "fast"
    good = "good"


@dataclass(frozen=True, kw_only=True)
class TileOptions(StageOptions):
    tile_px: int = option(512, "Edge of a tile.", unit="px", minimum=64, maximum=4096)
    share: float = option(0.5, "A share.", minimum=0)
    flat: bool = option(False, "A switch.")
    kind: Kind = option(Kind.good, "A choice.")


def test_a_value_out_of_range_names_the_option_the_value_and_the_range():
    with pytest.raises(OptionError, match=r"tile_px=8: expected 64 to 4096 px"):
        TileOptions(tile_px=8)


def test_an_open_range_has_one_end():
    with pytest.raises(OptionError, match=r"share=-1: expected 0 to"):
        TileOptions(share=-1)


def test_text_values_take_the_type_of_the_default():
    changed = with_text_values(
        TileOptions(), {"tile_px": "64", "share": "0.25", "flat": "true", "kind": "fast"}
    )
    assert changed == TileOptions(tile_px=64, share=0.25, flat=True, kind=Kind.fast)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("tile_px", "many", "tile_px=many: expected a whole number"),
        ("flat", "yes", "flat=yes: expected true or false"),
        ("kind", "best", "kind=best: expected fast, good"),
        (
            "tile-px",
            "3",
            "unknown, expected one of tile_px, share, flat, kind; did you mean tile_px?",
        ),
        ("size", "3", "option 'size': unknown, expected one of tile_px, share, flat, kind"),
        ("tile_px", "1", "tile_px=1: expected 64 to 4096 px"),
        ("share", "nan", "share=nan: expected a finite number"),
        ("share", "inf", "share=inf: expected a finite number"),
    ],
)
def test_bad_text_values(name, text, message):
    with pytest.raises(OptionError, match=message):
        with_text_values(TileOptions(), {name: text})
