"""Files of packages over HTTP: names, types, ETags, ranges; and what is refused."""

import hashlib
import json

import pytest
from sample_packages import change_manifest, write_package

from viewer import create_app
from viewer.ranges import RangeError, range_from_header
from viewer.replies import media_type

THUMB = "/t/box/files/model/site.thumb.glb"


@pytest.fixture
def thumb(packages):
    return (packages / "box/model/site.thumb.glb").read_bytes()


def fetch(client, headers=None, url=THUMB, method="GET"):
    with client.open(url, method=method, headers=headers or {}, buffered=True) as response:
        return response


def etag_of(data):
    return f'"{hashlib.sha256(data).hexdigest()}"'


def test_file_with_its_type_and_digest(client, thumb):
    response = fetch(client)

    assert response.data == thumb
    assert response.headers["Content-Type"] == "model/gltf-binary"
    assert response.headers["ETag"] == etag_of(thumb)
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cache-Control"] == "public, no-cache"


def test_address_with_the_digest_is_kept_for_ever(client, thumb):
    digest = hashlib.sha256(thumb).hexdigest()

    assert "immutable" in fetch(client, url=f"{THUMB}?v={digest[:16]}").headers["Cache-Control"]
    for wrong in (digest[:15], "0" * 16, ""):
        cache = fetch(client, url=f"{THUMB}?v={wrong}").headers["Cache-Control"]
        assert cache == "public, no-cache"


def test_manifest_is_served_byte_for_byte(client, packages):
    data = (packages / "box/tour.json").read_bytes()
    response = fetch(client, url="/t/box/files/tour.json")

    assert response.data == data
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["ETag"] == f'"{hashlib.sha256(data).hexdigest()[:32]}"'


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.glb", "model/gltf-binary"),
        ("a.GLB", "model/gltf-binary"),
        ("tour.json", "application/json"),
        ("a.webp", "image/webp"),
        ("a.jpg", "image/jpeg"),
        ("a.mp3", "audio/mpeg"),
        ("a.m4a", "audio/mp4"),
        ("a.mp4", "video/mp4"),
        ("a.vtt", "text/vtt; charset=utf-8"),
        ("a.usdz", "model/vnd.usdz+zip"),
        ("a.wasm", "application/wasm"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.exe", "application/octet-stream"),
        ("a", "application/octet-stream"),
    ],
)
def test_media_types(name, expected):
    assert media_type(name) == expected


@pytest.mark.parametrize(
    ("header", "start", "stop"),
    [
        ("bytes=0-3", 0, 4),
        ("bytes=4-", 4, None),
        ("bytes=-5", -5, None),
        ("bytes=2-999999999", 2, None),
        ("bytes=-999999999", 0, None),
        ("BYTES=0-0", 0, 1),
    ],
)
def test_range(client, thumb, header, start, stop):
    response = fetch(client, {"Range": header})
    part = thumb[start:stop]
    first = thumb.index(part) if start else 0

    assert response.status_code == 206
    assert response.data == part
    last = first + len(part) - 1
    assert response.headers["Content-Range"] == f"bytes {first}-{last}/{len(thumb)}"
    assert int(response.headers["Content-Length"]) == len(part)
    assert response.headers["ETag"] == etag_of(thumb)


@pytest.mark.parametrize("header", ["bytes=999999999-", "bytes=-0", "bytes=" + "9" * 30 + "-"])
def test_range_past_the_end(client, thumb, header):
    response = fetch(client, {"Range": header})

    assert response.status_code == 416
    assert response.headers["Content-Range"] == f"bytes */{len(thumb)}"
    assert response.data == b""


@pytest.mark.parametrize("header", ["bytes=3-1", "lines=0-3", "bytes=0-1,4-5", "bytes=-", "x", ""])
def test_range_that_is_none_gives_the_whole_file(client, thumb, header):
    response = fetch(client, {"Range": header})

    assert (response.status_code, response.data) == (200, thumb)


def test_if_range(client, thumb):
    wanted = {"Range": "bytes=0-3"}
    same = fetch(client, {**wanted, "If-Range": etag_of(thumb)})
    assert (same.status_code, same.data) == (206, thumb[:4])
    dates = ("Wed, 21 Oct 2026 07:28:00 GMT", "Mon, 1 Jan 99999999999 00:00:00 GMT")
    for other in ('"other"', f"W/{etag_of(thumb)}", *dates, "nonsense"):
        response = fetch(client, {**wanted, "If-Range": other})
        assert (response.status_code, response.data) == (200, thumb), other


@pytest.mark.parametrize("form", ["{etag}", "W/{etag}", '"a", {etag}', "*"])
def test_not_modified(client, thumb, form):
    response = fetch(client, {"If-None-Match": form.format(etag=etag_of(thumb))})

    assert (response.status_code, response.data) == (304, b"")
    assert response.headers["ETag"] == etag_of(thumb)
    assert "Content-Type" not in response.headers or not response.data


def test_not_modified_wins_over_range(client, thumb):
    headers = {"If-None-Match": etag_of(thumb), "Range": "bytes=0-3"}

    assert fetch(client, headers).status_code == 304


def test_if_match(client, thumb):
    assert fetch(client, {"If-Match": '"other"'}).status_code == 412
    assert fetch(client, {"If-Match": etag_of(thumb)}).status_code == 200


def test_head_has_the_length_and_no_body(client, thumb):
    response = fetch(client, {"Range": "bytes=0-3"}, method="HEAD")

    assert (response.status_code, response.data) == (200, b"")
    assert int(response.headers["Content-Length"]) == len(thumb)


@pytest.mark.parametrize(
    ("header", "size", "expected"),
    [("bytes=0-0", 1, (0, 1)), ("bytes=-1", 1, (0, 1)), ("bytes=5-7", 6, (5, 6))],
)
def test_range_of_a_size(header, size, expected):
    found = range_from_header(header, size)

    assert (found.start, found.stop) == expected


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-1", "bytes=0-0"])
def test_empty_file_has_no_range(header):
    with pytest.raises(RangeError):
        range_from_header(header, 0)


REFUSED = [
    "../secret.txt",
    "../../secret.txt",
    "%2e%2e/secret.txt",
    "%2e%2e%2fsecret.txt",
    "..%2f..%2fsecret.txt",
    "%252e%252e%252fsecret.txt",
    "..%5csecret.txt",
    "..%5c..%5csecret.txt",
    "model/../../secret.txt",
    "model/%2e%2e/secret.txt",
    "./tour.json",
    "model//site.thumb.glb",
    "/etc/passwd",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "secret.txt",
    "tour.json%00",
    "tour.json%00.glb",
    "model/site.thumb.glb/",
    "model/site.thumb.glb%20",
    "model/SITE.thumb.glb",
    "model/",
    "model",
    ".",
    "..",
    "C:/secret.txt",
    "file:///etc/passwd",
    "%c0%ae%c0%ae/secret.txt",
    "\uff0e\uff0e/secret.txt",
    "~/secret.txt",
]


@pytest.mark.parametrize("name", REFUSED)
def test_every_other_name_is_refused(client, name):
    response = fetch(client, url=f"/t/box/files/{name}")

    assert response.status_code in (404, 308)
    assert b"secret" not in response.data.replace(b"secret.txt", b"")
    assert b"root:" not in response.data


@pytest.mark.parametrize("name", ["..", "%2e%2e", "box/..", "box%2f..", ".", "%00", "box%00"])
def test_tour_ids_are_no_paths(client, name):
    assert fetch(client, url=f"/t/{name}/files/secret.txt").status_code == 404


@pytest.mark.parametrize("name", [*REFUSED, "assets/../../secret.txt", "assets/..%2f.vite%2fx",
    ".vite/manifest.json", "assets/tour-abc.js.br", "assets/", "assets/.hidden"])  # fmt: skip
def test_front_end_files_are_only_hashed_assets(client, name):
    response = fetch(client, url=f"/static/{name}")

    assert response.status_code in (404, 308)


def test_a_link_that_leaves_the_package_is_refused(packages, static, tmp_path):
    package = packages / "box"
    (package / "model/link.glb").symlink_to(tmp_path / "secret.txt")
    change_manifest(package, lambda value: value["files"].update({"model/link.glb": "0" * 64}))
    client = create_app([packages], static=static).test_client()

    assert fetch(client, url="/t/box/files/model/link.glb").status_code == 404


def test_file_that_is_gone_is_a_problem_document(client, packages):
    (packages / "box/model/site.thumb.glb").unlink()
    response = fetch(client)

    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"
    assert json.loads(response.data)["status"] == 404


def test_package_replaced_while_serving(client, packages, thumb):
    old = fetch(client, url="/t/box/files/tour.json").data
    write_package(packages / "new", "box", credit="Another")
    (packages / "box").rename(packages.parent / "old")
    (packages / "new").rename(packages / "box")

    new = fetch(client, url="/t/box/files/tour.json").data
    assert new != old and b"Another" in new
    assert fetch(client).data == thumb
    tour = client.get("/api/v1/tours/box").get_json()
    assert tour["credit"] == "Another"
    assert tour["version"] == hashlib.sha256(new).hexdigest()


def test_package_removed_while_serving(client, packages):
    assert fetch(client).status_code == 200
    (packages / "box").rename(packages.parent / "elsewhere")

    assert fetch(client).status_code == 404
    assert client.get("/api/v1/tours").get_json()["tours"] == []


def test_static_assets_packed_and_for_ever(client):
    plain = fetch(client, url="/static/assets/tour-abc.js")
    packed = fetch(client, {"Accept-Encoding": "br"}, url="/static/assets/tour-abc.js")
    refused = fetch(client, {"Accept-Encoding": "br;q=0"}, url="/static/assets/tour-abc.js")

    assert plain.data == refused.data == b"let plain;"
    assert packed.data == b"packed by brotli"
    assert packed.headers["Content-Encoding"] == "br"
    assert packed.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "immutable" in packed.headers["Cache-Control"]
    assert plain.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("url", [THUMB, "/t/box/files/tour.json", "/t/box/files/nope"])
def test_other_methods_are_problem_documents(client, url):
    answer = client.post(url, data=b"x")

    assert (answer.status_code, answer.content_type) == (405, "application/problem+json")


@pytest.mark.parametrize("url", [THUMB, "/api/v1/tours"])
def test_other_origins_may_send_conditions(client, url):
    asked = {"Origin": "https://portal.example", "Access-Control-Request-Method": "GET"}
    answer = client.options(url, headers=asked)

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "If-None-Match" in answer.headers["Access-Control-Allow-Headers"]


def test_pages_are_not_open_to_other_origins(client):
    answer = client.options("/t/box", headers={"Origin": "https://portal.example"})

    assert "Access-Control-Allow-Origin" not in answer.headers
