"""The graph of a tour as facts, as text and as a picture."""

import json
import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from click.testing import CliRunner
from node_folders import standpoint, turned, write_node_folder, write_walls

from vtour.cli.main import cli
from vtour.errors import InputError
from vtour.files import write_json
from vtour.tour.graph import graph_facts, read_graph, section_of
from vtour.tour.graph_picture import label_boxes, round_length, sheet_of, svg_of_graph
from vtour.tour.package import build_package
from vtour.workfolder import remember

# gate lies 3 m east and 4 m north of yard, and 12 m above: 13 m away. yard looks east.
POINTS = [
    standpoint("yard", (0, 1, 0), rotation=turned(90), sigma_m=0.02, sigma_deg=0.1),
    standpoint("gate", (3, 13, -4), source="panoramas/Cổng <1>.jpg"),
    standpoint("hall", (9, 9, 9), placed_by="order"),
]
PAIRS = [("yard", "gate"), ("gate", "hall")]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def work(tmp_path):
    return write_node_folder(tmp_path, POINTS, pairs=PAIRS)


def run(*arguments):
    return CliRunner().invoke(cli, ["tour", "graph", *map(str, arguments)])


def test_direction_and_length_of_a_link(work):
    facts = graph_facts(read_graph(work.root))

    there, back, *nowhere = facts["links"]
    assert there == {
        "from": "yard",
        "to": "gate",
        "source": "sfm",
        "distance": 13.0,
        "bearing_deg": pytest.approx(math.degrees(math.atan2(3, 4)), abs=0.05),
        "yaw_deg": pytest.approx(math.degrees(math.atan2(3, 4)) - 90, abs=0.05),
        "rise": 12.0,
    }
    assert back["bearing_deg"] == pytest.approx(180 + 36.87, abs=0.05)
    assert all(link["distance"] is None and link["yaw_deg"] is None for link in nowhere)
    assert facts["parts"] == [["yard", "gate", "hall"]]
    assert facts["nodes"][2]["position"] is None


def test_text(work):
    write_json(work.ways, {**json.loads(work.ways.read_text()), "left_out": {"yard - hall": "far"}})
    text = run(work.root).stdout

    assert "3 nodes, 2 links, all connected; metres, north known" in text
    assert "yard (Yard): at 0.00, 1.00, 0.00, by sfm, ± 0.02 m, ± 0.1°" in text
    assert "  to gate, 13.00 m, 37° NE, 53° left in the picture, up 12.00, sfm" in text
    assert "hall (Hall): no place known, in the order" in text
    assert "near and not linked: 1\n  yard - hall: far" in text


def test_names_are_those_of_site_yaml_while_the_captures_are_there(tmp_path):
    site = "id: x\nnodes: {yard: {name: {vi: Sân trước}}}\n"
    work = write_node_folder(tmp_path, POINTS, site, pairs=PAIRS)
    assert "yard (Yard): at" in run(work.root).stdout  # nothing tells where the captures are
    remember(work, None, ())
    text = run(work.root).stdout
    assert "yard (Sân trước): at" in text and "gate (Cổng <1>)" in text
    work.captures.rename(tmp_path / "elsewhere")
    assert "yard (Yard): at" in run(work.root).stdout


def test_a_package_says_the_same_of_nodes_and_links(work):
    build_package(work, work)
    of_work, of_package = (graph_facts(read_graph(p)) for p in (work.root, work.package))

    assert sorted(of_package["links"], key=str) == sorted(of_work["links"], key=str)
    assert of_package["start"] == "yard"


def test_unknown_scale_and_north_are_not_made_up(tmp_path):
    unknown = {"scale": "unknown", "scale_source": "none", "north": "unknown"}
    work = write_node_folder(tmp_path, POINTS, pairs=PAIRS, **unknown)
    text = run(work.root).stdout

    assert "scale unknown, north unknown" in text
    assert "  to gate, 13.00, 53° left in the picture, up 12.00, sfm" in text
    picture = svg_of_graph(read_graph(work.root))
    assert ">N</text>" not in picture and " m</text>" not in picture


def test_parts_and_one_way_links_are_said(work):
    write_json(work.ways, {"links": [{"from_node": "yard", "to": "gate", "source": "manual"}]})
    text = run(work.root).stdout

    assert "2 parts that are not connected" in text and "part 2: hall" in text
    assert "manual, one way" in text
    assert "<polygon" in svg_of_graph(read_graph(work.root))


def test_the_drawing_is_sound_and_holds_every_name(work):
    write_walls(work.mesh, (-5, 2, 5, 2))
    picture = svg_of_graph(read_graph(work.root))
    root = ET.fromstring(picture)

    words = [item.text for item in root.iter(f"{SVG}text")]
    assert {"Yard", "Cổng <1>", "Hall", "N"} <= set(words)
    assert any(word.endswith(" m") for word in words)
    assert [item.get("class") for item in root.iter(f"{SVG}circle")][:3] == [
        "node first",
        "node",
        "node nowhere",
    ]


def test_north_is_up_and_east_is_right(work):
    sheet = sheet_of(read_graph(work.root))
    (x0, y0), (x1, y1) = sheet.places["yard"], sheet.places["gate"]

    assert x1 > x0 and y1 < y0
    assert (x1 - x0) / (y0 - y1) == pytest.approx(3 / 4)
    assert sheet.places["hall"][1] > y0


def test_files_and_json(work, tmp_path):
    first, again = tmp_path / "a.svg", tmp_path / "b.svg"
    for path in (first, again):
        assert run(work.root, "--out", path).exit_code == 0
    assert first.read_bytes() == again.read_bytes()

    result = run(work.root, "--json", "--out", first)
    assert json.loads(result.stdout)["nodes"][0]["id"] == "yard"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda w: w.standpoints.unlink(), "no tour.json and no standpoints.json in it"),
        (
            lambda w: (write_json(w.standpoints, {"standpoints": []}), write_json(w.ways, {})),
            "no node, expected a tour",
        ),
        (
            lambda w: write_json(
                w.ways, {"links": [{"from_node": "yard", "to": "x", "source": "sfm"}]}
            ),
            "link yard - x: leads to nowhere",
        ),
        (lambda w: w.ways.write_text("{"), "expected links"),
    ],
)
def test_bad_input_is_one_line(work, damage, said):
    damage(work)
    result = run(work.root)

    assert result.exit_code == 2 and said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_an_output_that_is_no_svg(work, tmp_path):
    result = run(work.root, "--out", tmp_path / "a.png")

    assert result.exit_code == 2 and "expected .svg" in result.stderr
    with pytest.raises(InputError, match="not a folder"):
        read_graph(tmp_path / "nothing")


def test_section_of_a_triangle():
    vertices = np.array([[0, 0, 0], [4, 0, 0], [0, 2, 6], [0, 9, 0]], float)

    # The plane y = 1 cuts both long sides of the first triangle in their middles.
    (piece,) = section_of(vertices, np.array([[0, 1, 2]]), 1.0)
    assert sorted(piece.tolist()) == [[0, 3], [2, 3]]
    for faces in ([[1, 2, 0]], [[2, 0, 1]], [[2, 1, 0]]):
        (turned_piece,) = section_of(vertices, np.array(faces), 1.0)
        assert sorted(turned_piece.tolist()) == [[0, 3], [2, 3]]
    assert len(section_of(vertices, np.array([[0, 1, 2]]), 3.0)) == 0


def test_labels_stand_around_their_node():
    boxes = list(label_boxes(np.array([100.0, 100.0]), 50.0))

    assert len(boxes) == 8
    for left, top, right, bottom in boxes:
        assert not (left < 100 < right and top < 100 < bottom)


@pytest.mark.parametrize(("most", "length"), [(7.2, 5), (1.0, 1), (0.31, 0.2), (49, 20)])
def test_a_round_length(most, length):
    assert round_length(most) == pytest.approx(length)
