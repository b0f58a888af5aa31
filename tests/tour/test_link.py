"""Stage ``links`` on work folders: walls of a mesh, points, orders, and what site.yaml says."""

import json

import numpy as np
import pytest
from node_folders import standpoint, write_node_folder, write_standpoints, write_walls
from work_folders import PHOTO, write_work_folder

from vtour.errors import InputError
from vtour.tour.link import LinkOptions, link_nodes
from vtour.workspace import Workspace

# Two rooms, four nodes each at eye height, around a wall along x = 0 with a door at z = 0.
# Through the door see each other: a4 and b4, and the corners across, a2 and b3, a3 and b2.
ROOMS = {
    "a1": (-4, 1.6, 0), "a2": (-2, 1.6, -2), "a3": (-2, 1.6, 2), "a4": (-1.5, 1.6, 0),
    "b1": (4, 1.6, 0), "b2": (2, 1.6, -2), "b3": (2, 1.6, 2), "b4": (1.5, 1.6, 0),
}  # fmt: skip
WALL = [(0, -6, 0, -0.6), (0, 0.6, 0, 6)]
AROUND = [(-6, -6, 6, -6), (6, -6, 6, 6), (6, 6, -6, 6), (-6, 6, -6, -6)]
SHUT = (0, -0.6, 0, 0.6)


def rooms(tmp_path, *walls, site_yaml=None, **world):
    points = [standpoint(node, place) for node, place in ROOMS.items()]
    work = write_node_folder(tmp_path, points, site_yaml, **world)
    if walls:
        write_walls(work.mesh, *walls)
    return work


def linked(work, **options):
    report = link_nodes(work, work, LinkOptions(**options))
    found = json.loads(work.ways.read_text(encoding="utf-8"))
    ways = [(way["from_node"], way["to"]) for way in found["links"]]
    assert sorted(ways) == sorted((b, a) for a, b in ways)
    return report, {(a, b) for a, b in ways if a < b}, found


def crossing(pairs):
    return {(a, b) for a, b in pairs if a[0] != b[0]}


def test_ways_go_through_the_door_and_through_no_wall(tmp_path):
    report, pairs, found = linked(rooms(tmp_path, *WALL, *AROUND))

    assert crossing(pairs) == {("a4", "b4"), ("a2", "b3"), ("a3", "b2")}
    assert report.measures["node_components"].value == 1
    assert report.measures["nodes"].value == 8
    assert report.measures["links"].value == len(pairs)
    assert report.measures["links_barred"].value >= 2
    assert found["left_out"]["a2 - b2"] == "something between them"
    assert report.warnings == []


def test_rooms_without_a_door_are_joined_and_that_is_said(tmp_path):
    report, pairs, _ = linked(rooms(tmp_path, *WALL, *AROUND, SHUT))

    assert crossing(pairs) == {("a4", "b4")}  # the shortest
    assert report.measures["node_components"].value == 2
    (said,) = report.warnings
    assert said.startswith("a4 - b4: joined through a wall, check")


def test_without_a_wall_there_are_more_ways(tmp_path):
    _, pairs, _ = linked(rooms(tmp_path, *AROUND))

    assert crossing(pairs) >= {("a4", "b4"), ("a2", "b2"), ("a3", "b3")}


def test_a_handful_at_most_and_every_way_has_its_length(tmp_path):
    _, pairs, found = linked(rooms(tmp_path, *AROUND), max_links=3)

    for node in ROOMS:
        assert sum(node in pair for pair in pairs) <= 3
    for way in found["links"]:
        apart = np.subtract(ROOMS[way["from_node"]], ROOMS[way["to"]])
        assert way["distance"] == pytest.approx(np.linalg.norm(apart), abs=1e-3)
        assert way["source"] == "sfm"


def test_scale_and_heading_of_the_world_change_nothing(tmp_path):
    _, pairs, _ = linked(rooms(tmp_path, *WALL, *AROUND))
    small = write_node_folder(
        tmp_path / "small",
        [standpoint(node, np.array(place) * 0.01) for node, place in ROOMS.items()],
        scale="unknown",
        scale_source="none",
    )
    write_walls(small.mesh, *(np.array(wall) * 0.01 for wall in (*WALL, *AROUND)))
    report, again, _ = linked(small)

    assert again == pairs
    assert "node_spacing" not in report.measures  # metres of nothing


def test_a_valley_is_linked_beyond_the_limit_in_metres(tmp_path):
    places = {"a": (0, 0, 0), "b": (60, 0, 0), "c": (120, 0, 0), "d": (180, 0, 0)}
    work = write_node_folder(tmp_path, [standpoint(n, p) for n, p in places.items()])
    report, pairs, _ = linked(work)

    assert pairs == {("a", "b"), ("b", "c"), ("c", "d")}
    assert report.measures["node_components"].value == 1
    assert report.measures["node_spacing"].value == 60


def test_doubtful_places_are_not_judged_by_walls(tmp_path):
    work = rooms(tmp_path, *WALL, *AROUND, SHUT)
    write_standpoints(
        work,
        [standpoint(n, p, placed_by="gps", sigma_m=5.0) for n, p in ROOMS.items()],
    )
    report, pairs, found = linked(work)

    assert len(crossing(pairs)) > 1 and report.warnings == []
    assert {way["source"] for way in found["links"]} == {"gps"}


SITE = "id: box\n"


def test_manual_links_win(tmp_path):
    site = SITE + "links: {add: [[a1, panoramas/b1.jpg]], remove: [[b4.jpg, a4]]}\n"
    report, pairs, found = linked(rooms(tmp_path, *WALL, *AROUND, site_yaml=site))

    assert ("a1", "b1") in pairs and ("a4", "b4") not in pairs
    manual = {way["from_node"] for way in found["links"] if way["source"] == "manual"}
    assert manual == {"a1", "b1"}
    assert found["left_out"]["a4 - b4"] == "removed in site.yaml"
    assert report.warnings == []


def test_what_people_cut_off_is_said(tmp_path):
    cut = ", ".join(f"[a1, {node}]" for node in ROOMS if node != "a1")
    site = SITE + f"links: {{remove: [{cut}]}}\n"
    report, pairs, _ = linked(rooms(tmp_path, *AROUND, site_yaml=site))

    assert not any("a1" in pair for pair in pairs)
    assert any(
        "2 parts of the tour are not linked to each other, such as a1" in t for t in report.warnings
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("links: {add: [[a1, b11]]}", "links.add: 'b11' leads to nowhere, did you mean 'b1'"),
        ("links: {remove: [[zzzz, a1]]}", "links.remove: 'zzzz' leads to nowhere, expected a node"),
        ("links: {add: [[a1, a1.jpg]]}", "links.add: 'a1' to itself"),
        ("links: {add: [[a1, a2]], remove: [[a2, a1]]}", "a1 - a2 is added and removed"),
        ("order: [a1, b7]", "order: 'b7' leads to nowhere"),
        ("order: [a1, panoramas/a1.jpg]", "there twice"),
    ],
)
def test_a_link_to_nowhere(tmp_path, fields, said):
    work = rooms(tmp_path, site_yaml=SITE + fields + "\n")
    with pytest.raises(InputError) as caught:
        link_nodes(work, work)

    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_without_geometry_the_order_is_a_chain(tmp_path):
    points = [standpoint(node, (0, 0, 0), placed_by="order") for node in "abcd"]
    work = write_node_folder(tmp_path, points, SITE + "order: [d, a]\nlinks: {add: [[d, c]]}\n")
    report, pairs, found = linked(work)

    assert pairs == {("a", "d"), ("a", "b"), ("c", "d")}  # d a b c, and b-c connects nothing new
    assert all("distance" not in way for way in found["links"])
    by_hand = {way["from_node"] for way in found["links"] if way["source"] == "manual"}
    assert by_hand == {"c", "d"}
    assert {way["source"] for way in found["links"]} == {"manual", "order"}
    assert "node_components" not in report.measures


def test_a_site_without_panoramas_has_no_links(tmp_path):
    work = write_work_folder(tmp_path, "id: box\nlinks: {add: [[a, b]]}\n")
    report, pairs, _ = linked(work)

    assert pairs == set() and report.measures == {}


def test_the_same_inputs_give_the_same_bytes(tmp_path):
    work = rooms(tmp_path, *WALL, *AROUND)
    texts = []
    for name in ("one", "two"):
        out = Workspace(tmp_path / name)
        link_nodes(work, out)
        texts.append(out.ways.read_bytes())
    assert texts[0] == texts[1]


def write_spheres(work, seen):
    """A model of panoramas: ``seen`` maps a node to the (n, 3) points that it sees."""
    import pycolmap

    model = pycolmap.Reconstruction()
    camera = pycolmap.Camera(
        model="EQUIRECTANGULAR", width=200, height=100, params=[200, 100], camera_id=1
    )
    model.add_camera_with_trivial_rig(camera)
    places = {point: np.array(ROOMS[point], float) for point in seen}
    for number, (node, points) in enumerate(seen.items(), start=1):
        pose = pycolmap.Rigid3d(pycolmap.Rotation3d(np.eye(3)), -places[node])
        image = pycolmap.Image(
            name=f"panoramas/{node}.jpg", camera_id=1, image_id=number,
            points2D=pycolmap.Point2DList([pycolmap.Point2D([1.0, 1.0]) for _ in points]),
        )  # fmt: skip
        model.add_image_with_trivial_frame(image, pose)
        for index, xyz in enumerate(points):
            track = pycolmap.Track()
            track.add_element(number, index)
            model.add_point3D(np.asarray(xyz, float), track)
    work.spheres.mkdir()
    model.write_binary(str(work.spheres))


def patch(x, z=0.0):
    """Points of a piece of wall across the way along x."""
    return [
        (x, 1.6 + dy, z + dz)
        for dy in np.linspace(-0.1, 0.1, 5)
        for dz in np.linspace(-0.1, 0.1, 5)
    ]


@pytest.mark.parametrize(
    ("seen_from_a4", "components"),
    [
        (patch(0), 2),  # a wall between a4 at x = -1.5 and b4 at x = 1.5
        (patch(0) + patch(5), 1),  # a pole between them, and the far wall
        (patch(0)[:8], 1),  # too few to tell
    ],
)
def test_without_a_mesh_the_points_that_panoramas_see_tell(tmp_path, seen_from_a4, components):
    points = [standpoint(node, ROOMS[node]) for node in ("a4", "b4")]
    work = write_node_folder(tmp_path, points)
    write_spheres(work, {"a4": seen_from_a4, "b4": []})
    report, pairs, _ = linked(work)

    assert pairs == {("a4", "b4")}
    assert report.measures["node_components"].value == components
    assert len(report.warnings) == components - 1


def test_photo_names_are_no_nodes(tmp_path):
    work = rooms(tmp_path, site_yaml=SITE + f"order: [{PHOTO}]\n")
    with pytest.raises(InputError, match="leads to nowhere"):
        link_nodes(work, work)
