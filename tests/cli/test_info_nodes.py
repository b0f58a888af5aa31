"""``vtour info`` on panoramas: the files of a work folder, and a package."""

from tests.tour.node_folders import standpoint, write_node_folder
from vtour.cli.info_readers import info_of
from vtour.tour.package import build_package

POINTS = [
    standpoint("yard", (0, 1, 0), placed_by="gps", sigma_m=3.0),
    standpoint("gate", (4, 1, 0)),
]


def work_of(tmp_path):
    return write_node_folder(tmp_path, POINTS, pairs=[("yard", "gate")])


def test_nodes_of_a_package(tmp_path):
    work = work_of(tmp_path)
    build_package(work, work)

    facts = info_of(work.package)
    assert facts["nodes"] == [
        {
            "id": "yard",
            "name": "Yard",
            "placed_by": "gps",
            "sigma_m": 3.0,
            "width": 128,
            "formats": ["webp"],
            "links": ["gate"],
        },
        {
            "id": "gate",
            "name": "Gate",
            "placed_by": "sfm",
            "width": 128,
            "formats": ["webp"],
            "links": ["yard"],
        },
    ]


def test_files_of_a_work_folder(tmp_path):
    work = work_of(tmp_path)

    points = info_of(work.standpoints)
    assert points["placed_by"] == {"gps": 1, "sfm": 1}
    assert points["standpoints"][0]["source"] == "panoramas/yard.jpg"
    assert info_of(work.ways)["links"] == 1
    masters = info_of(work.masters / "masters.json")
    assert masters["masters"][0]["size_px"] == [128, 64]
    tiles = info_of(work.tiles / "tiles.json")
    assert tiles["panoramas"][0] == {"id": "gate", "width": 128, "formats": ["webp"]}
