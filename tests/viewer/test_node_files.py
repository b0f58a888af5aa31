"""Pictures of nodes over HTTP: tiles that one digest stands for, and their addresses in the API."""

import pytest

from tests.tour.node_folders import standpoint, write_node_folder
from viewer import create_app
from vtour.tour.package import build_package

FILES = "/t/old-box/files/panoramas/yard"


@pytest.fixture
def client(tmp_path, static):
    work = write_node_folder(tmp_path, [standpoint("yard", (0, 1, 0))])
    build_package(work, work)
    (work.package / "panoramas/yard/1/9_9.webp").write_bytes(b"secret")
    return create_app([work.package], static=static).test_client()


def panorama_of(client):
    answer = client.get("/api/v1/tours/old-box/nodes").get_json()
    return answer["nodes"][0]["panorama"]


def test_the_api_s_template_leads_to_tiles_that_may_be_kept_for_ever(client):
    panorama = panorama_of(client)
    assert panorama["preview"].startswith("data:image/webp;base64,")
    url = panorama["template"].format(level=1, col=3, row=1, ext="webp")
    for address in (url, panorama["thumb"], panorama["base"]):
        with client.get(address) as response:
            assert response.status_code == 200, address
            assert response.mimetype == "image/webp"
            assert "immutable" in response.headers["Cache-Control"]


def test_a_tile_without_its_version_is_asked_again(client):
    with client.get(f"{FILES}/1/3_1.webp") as response:
        etag = response.headers["ETag"]
        assert "immutable" not in response.headers["Cache-Control"]
    with client.get(f"{FILES}/1/3_1.webp", headers={"If-None-Match": etag}) as response:
        assert response.status_code == 304


@pytest.mark.parametrize(
    "name", ["1/9_9.webp", "1/4_0.webp", "2/0_0.webp", "1/0_0.jpg", "1/../../../tour.json.bak"]
)
def test_what_is_no_tile_is_not_there(client, name):
    assert client.get(f"{FILES}/{name}").status_code == 404
