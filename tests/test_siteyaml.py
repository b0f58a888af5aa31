import pytest

from vtour.errors import InputError
from vtour.schema.site import EnuPlace, GeodeticPlace, PanoramaPlace, PhotoPlace, StationPlace
from vtour.siteyaml import read_site, site_from_text
from vtour.yaml_marks import MAX_BYTES

GOOD = """\
id: den-mau
name: {vi: "Đền Mẫu", en: No, zh-Hans: 1937}
anchor: {lat: 21.85, lon: 106.76, height_m: 270}
start:
order: [gate, hall]
links: {add: [[gate, hall]]}
hotspots:
  - {id: a, at: {lat: 21, lon: 106, height: 3}, title: {vi: A}}
  - {id: b, at: {enu_m: [1, -2.5, 3e1]}, title: {vi: B}}
  - {id: c, at: {panorama: gate, yaw_deg: 10, pitch_deg: -5}, title: {vi: C}}
  - {id: d, at: {photo: ảnh 1.jpg, x_px: 3, y_px: 4.5, distance_m: 2}, title: {vi: D}}
  - id: e
    at: {station: s1, xyz_m: [1, 2, 3]}
    title: {vi: E}
    text:
      en: |
        21:50 is a time
tours:
  - {id: t, title: {en: yes}, stops: [{node: gate}, {hotspot: a}]}
"""


def test_a_full_file():
    site = site_from_text(GOOD)
    assert site.name == {"vi": "Đền Mẫu", "en": "No", "zh-Hans": "1937"}
    assert site.anchor.height_m == 270
    assert site.start is None
    assert site.links.add == [("gate", "hall")]
    assert [type(hotspot.at) for hotspot in site.hotspots] == [
        GeodeticPlace, EnuPlace, PanoramaPlace, PhotoPlace, StationPlace,
    ]  # fmt: skip
    assert site.hotspots[1].at.enu_m == [1, -2.5, 30]
    assert site.hotspots[4].text == {"en": "21:50 is a time\n"}
    assert site.tours[0].title == {"en": "yes"}


def test_it_survives_its_own_json():
    site = site_from_text(GOOD)
    assert type(site).model_validate(site.to_json()) == site


HOTSPOT = "id: a\nhotspots:\n- id: b\n  at: {%s}\n  title: {en: x}\n"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "site.yaml: found no mapping, expected 'id: ...'"),
        ("- a", "site.yaml: found no mapping"),
        ("name: {en: x}", "site.yaml:1:1: id: missing, expected a value"),
        ("id:\nname: {en: x}", "id: missing"),
        ("id: Bad Id", "site.yaml:1:5: id: found 'Bad Id', expected lower-case"),
        ("id: a\nid: b", "site.yaml:2:1: key 'id' is written twice"),
        ("id: a\nname: {vi: x,\n  vi: y}", "site.yaml:3:3: key 'vi' is written twice"),
        ("id: a\ncolour: red", "site.yaml:2:1: colour: unknown field"),
        ("id: a\nname: {vietnamese: x}", "site.yaml:2:8: name.vietnamese: found 'vietnamese'"),
        ("id: a\nname: x", "site.yaml:2:7: name: found 'x', expected a mapping"),
        ("id: a\nname: {en: [x]}", "site.yaml:2:12: name.en: expected a text"),
        ("id: a\nname: {en: ''}", "site.yaml:2:12: name.en: found '', expected at least 1"),
        ("id: a\nanchor: {lat: 91, lon: 1, height_m: 0}", "site.yaml:2:15: anchor.lat: found '91'"),
        ("id: a\nanchor: {lat: 9, lon: 1, height_m: nan}", "expected a finite number"),
        (HOTSPOT % "x: 1", "site.yaml:4:7: hotspots[0].at: expected {lat, lon, height}, {enu_m}"),
        (HOTSPOT % "lat: 1, lon: x, height: 2", "site.yaml:4:21: hotspots[0].at.lon: found 'x'"),
        (HOTSPOT % "photo: a, x_px: -1, y_px: 2", "hotspots[0].at.x_px: found '-1', expected"),
        (HOTSPOT % "enu_m: [1, 2]", "at.enu_m: found 2 items, expected 3"),
        (HOTSPOT % "photo: a, x_px: 1", "site.yaml:4:7: hotspots[0].at.y_px: missing"),
        ("id: a\nname: &x {en: b}", "site.yaml:2:7: anchor (&)"),
        ("id: a\nname: *x", "site.yaml:2:7: alias (*)"),
        ("id: !!python/name:os.system a", "site.yaml:1:5: tag tag:yaml.org"),
        ("? [a]\n: b", "site.yaml:1:3: found a key that is no plain text"),
        ("a: " + "[" * 500, "more than 32 levels deep"),
        ("a: " + "[" * 5000, "site.yaml:1:"),  # libyaml has a limit of its own since PyYAML 6.0.4
        ("id: a\ntekst:\n", "site.yaml:2:1: tekst: unknown field"),
        (
            "id: a\nanchor: {lat: 21,85, lon: 106,74}\n",
            "anchor.85: unknown field, expected decimals with a point",
        ),
        ("id: a\nanchor: {lat: '21,85', lon: 3}\n", "expected a number with a decimal point"),
        (
            "id: a\nhotspots:\n- id: x\n  at: {enu_m: [1, 2, 3]}\n  titel: {vi: b}\n",
            "hotspots[0].titel: unknown field, expected title",
        ),
        ("id: a\n\tb: c", "site.yaml:2:1: no valid YAML: a tab"),
        ('id: "a', "no valid YAML"),
        ("id: a\x07", "no valid YAML"),
        ("id: a\n---\nid: b", "site.yaml:2:1: second document"),
    ],
)
def test_an_error_names_the_place(text, error):
    with pytest.raises(InputError) as caught:
        site_from_text(text)
    assert error in str(caught.value)
    assert "\n" not in str(caught.value)


def test_hotspot_ids_are_unique():
    spot = "{id: a, at: {enu_m: [1, 2, 3]}, title: {en: x}}"
    with pytest.raises(InputError, match="hotspot id 'a' is used twice"):
        site_from_text(f"id: a\nhotspots: [{spot}, {spot}]")


def test_files(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_bytes(b"\xef\xbb\xbfid: a\r\nname: {vi: \xc4\x91}\r\n")  # as Notepad writes it
    assert read_site(path).name == {"vi": "đ"}
    path.write_bytes(b"id: a\nname: {vi: \xd0}")
    with pytest.raises(InputError, match=r"site\.yaml:2:12: byte 17 is not UTF-8"):
        read_site(path)
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(InputError, match="expected at most 1,000,000"):
        read_site(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_site(tmp_path / "none.yaml")
