"""Communes: the packaged list, names however they are written, boxes."""

import unicodedata

import pytest

from vtour.rollout.communes import (
    Commune,
    codes_like,
    commune,
    communes,
    communes_like,
    has_no_tones,
    has_tones_of,
    is_in_province,
    is_name_of,
    km_outside_box,
    plain_name,
    position,
)


def test_all_65_communes_have_a_code_names_and_a_box_around_their_point():
    assert len(communes()) == 65
    for code, each in communes().items():
        assert code == each.code
        assert len(code) == 5
        assert each.name.split()[0] in ("Xã", "Phường")
        assert each.name_en.split()[-1] in ("Commune", "Ward")
        assert each.south < each.lat < each.north
        assert each.west < each.lon < each.east


def test_a_commune_by_its_code():
    tam_thanh = commune("05986")

    assert tam_thanh is not None
    assert (tam_thanh.name, tam_thanh.name_en) == ("Phường Tam Thanh", "Tam Thanh Ward")
    assert commune("99999") is None


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Phường Tam Thanh", "tam thanh"),
        ("  TAM   THANH ", "tam thanh"),
        ("P. Tam Thanh", "tam thanh"),
        ("Tam Thanh Ward", "tam thanh"),
        ("xã Đồng Đăng", "dong dang"),
        ("Xã Quý Hòa", "quy hoa"),
        ("Xã Quý Hoà", "quy hoa"),
        ("Thành phố Lạng Sơn", "lang son"),
        ("Xã Xuân Dương", "xuan duong"),
    ],
)
def test_names_are_compared_without_accents_case_and_kind(written, plain):
    assert plain_name(written) == plain


def test_decomposed_letters_are_the_same_letters():
    assert plain_name("Phươ\u0300ng Tam Thanh") == "tam thanh"


def test_a_name_finds_its_commune_and_a_mistyped_one_those_like_it():
    assert [each.code for each in communes_like("ky lua")] == ["06187"]
    assert "05986" in [each.code for each in communes_like("Tam Thank")]
    assert communes_like("Hà Nội xyz") == []


def test_a_wrong_code_finds_those_like_it():
    assert "05986" in [each.code for each in codes_like("05968")]


def test_the_name_of_a_commune_in_either_language_is_its_name():
    ky_lua = communes()["06187"]

    assert is_name_of("Kỳ Lừa", ky_lua)
    assert is_name_of("Ky Lua Ward", ky_lua)
    assert not is_name_of("Tam Thanh", ky_lua)


BOX = Commune("00000", "Xã Thử", "Trial Commune", 21.5, 106.5, 106.0, 21.0, 107.0, 22.0)


@pytest.mark.parametrize(
    ("lat", "lon", "km"),
    [
        (21.5, 106.5, 0.0),
        (21.0, 106.0, 0.0),  # on the corner
        (22.1, 106.5, 11.12),  # a tenth of a degree of a great circle of 40,030 km
        (21.5, 107.1, 10.35),  # times the cosine of 21.5 degrees, 0.9304
        (20.9, 105.9, 15.22),  # root of 11.12 squared and of 11.12 * cos 20.9 = 10.39 squared
    ],
)
def test_how_far_outside_a_box(lat, lon, km):
    assert km_outside_box(lat, lon, 106.0, 21.0, 107.0, 22.0) == pytest.approx(km, abs=0.01)
    assert position(lat, lon, BOX).km == pytest.approx(km, abs=0.01)
    assert position(lat, lon, BOX).inside is (km == 0)
    assert position(lat, lon, BOX).area == "box"


def test_an_outline_counts_before_the_box():
    class Far:
        def km_outside(self, lat, lon):
            return 3.5

    found = position(21.5, 106.5, BOX, Far())

    assert (found.area, found.km, found.inside) == ("outline", 3.5, False)


def test_known_wrong_coordinates_are_outside_the_province_or_the_commune():
    assert not is_in_province(10.95, 108.21)  # Đồng Lâm as one public map has it
    assert not is_in_province(106.74, 21.85)  # swapped
    assert is_in_province(21.85557, 106.74680)
    assert position(21.85557, 106.74680, communes()["05986"]).inside  # Tam Thanh cave
    assert not position(21.85557, 106.74680, communes()["06463"]).inside


@pytest.mark.parametrize(
    ("name", "of", "same"),
    [
        ("XÃ TÂN THÀNH", "06445", True),
        ("Xã Tân Thanh", "06445", False),
        ("xã Tân Thành", "06445", True),
        ("Phường Đông Kinh", "05977", True),
        ("P. Đông Kinh", "05977", True),
        ("Dong Kinh", "05977", False),
        ("Đong Kinh", "05977", False),
    ],
)
def test_accents_tell_communes_apart(name, of, same):
    assert has_tones_of(name, commune(of)) is same
    assert has_tones_of(unicodedata.normalize("NFD", name), commune(of)) is same


def test_a_name_typed_without_accents():
    assert has_no_tones("Xã Tan Thanh")
    assert not has_no_tones("Xa Tân Thanh")
