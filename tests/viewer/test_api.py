"""The JSON API: every answer against its own OpenAPI description."""

import re

import jsonschema
import pytest
from sample_packages import change_manifest, write_package

from viewer import create_app

API = "/api/v1"
NODE = {
    "id": "yard",
    "name": {"vi": "Sân", "en": "Yard"},
    "pose": {"position": [0, 1.6, 0], "rotation": [0, 0, 0, 1]},
    "panorama": {
        "tile_size": 512,
        "formats": ["webp"],
        "base": "model/poster.webp",
        "template": "panoramas/yard/{level}/{col}_{row}.{ext}",
        "levels": [{"width": 2048, "cols": 4, "rows": 2}],
    },
    "links": [{"to": "gate", "source": "sfm"}],
}
MEDIA = {"uri": "model/poster.webp", "type": "image/webp", "alt": {"en": "A box"}}


@pytest.fixture
def full(packages, static):
    """A server whose one tour has everything that the API can tell."""

    def fill(value):
        value["nodes"] = [NODE]
        value["hotspots"][0]["media"] = [MEDIA]

    change_manifest(packages / "box", fill)
    return create_app([packages], static=static).test_client()


@pytest.fixture
def document(client):
    return client.get(f"{API}/openapi.json").get_json()


def check(document, response, path):
    """The answer is of a kind that the description of this path tells."""
    described = document["paths"][path]["get"]["responses"][str(response.status_code)]
    if "$ref" in described:
        described = document["components"]["responses"][described["$ref"].rsplit("/", 1)[1]]
    content = described["content"][response.mimetype]
    whole = {**content["schema"], "components": document["components"]}
    jsonschema.Draft202012Validator(whole).validate(response.get_json())


def test_description_is_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    text = str(document)
    for name in set(re.findall(r"#/components/schemas/(\w+)", text)):
        assert name in document["components"]["schemas"]
    operations = [item["get"]["operationId"] for item in document["paths"].values()]
    assert len(set(operations)) == len(operations)


def test_every_route_is_described_and_every_description_is_a_route(app, document):
    rules = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(API) and rule.endpoint != "api.nothing"
    }

    assert rules == set(document["paths"])


def test_paths_name_their_parameters(document):
    for path, item in document["paths"].items():
        named = {p["name"] for p in item["get"]["parameters"] if p["in"] == "path"}
        assert named == set(re.findall(r"\{(\w+)\}", path))


@pytest.mark.parametrize("lang", ["", "?lang=vi", "?lang=zh-Hans", "?lang=fr"])
@pytest.mark.parametrize("path", ["", "/{tour_id}"] + [f"/{{tour_id}}/{p}" for p in (
    "models", "nodes", "hotspots")])  # fmt: skip
def test_answers_are_as_described(full, document, path, lang):
    path = f"{API}/tours{path}"
    response = full.get(path.replace("{tour_id}", "box") + lang)

    assert response.status_code == 200
    check(document, response, path)


@pytest.mark.parametrize("rest", ["", "/models", "/nodes", "/hotspots"])
@pytest.mark.parametrize("tour_id", ["nope", "BOX", "..", "%2e%2e"])
def test_unknown_tour_is_a_problem_document(client, document, tour_id, rest):
    response = client.get(f"{API}/tours/{tour_id}{rest}")

    assert response.status_code == 404
    check(document, response, f"{API}/tours/{{tour_id}}{rest}")
    problem = response.get_json()
    assert problem["status"] == 404 and problem["title"] == "Not Found"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("lang", ["<script>", "e", "en_US", "x" * 200, "vi;q=1"])
def test_language_that_is_none(client, document, lang):
    response = client.get(f"{API}/tours", query_string={"lang": lang})

    assert response.status_code == 400
    check(document, response, f"{API}/tours")
    assert "expected a language tag" in response.get_json()["detail"]


@pytest.mark.parametrize("path", ["", "/", "/nope", "/tours/", "/tours/box/", "/tours/box/x"])
def test_other_addresses_are_problem_documents(client, path):
    response = client.get(f"{API}{path}", follow_redirects=True)

    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused_and_the_right_ones_named(client, method):
    response = client.open(f"{API}/tours", method=method)

    assert response.status_code == 405
    assert response.mimetype == "application/problem+json"
    assert "GET" in response.headers["Allow"]


def test_a_bug_tells_the_visitor_nothing(app, monkeypatch, caplog):
    def fails(tour_id):
        raise RuntimeError("/home/secret")

    monkeypatch.setattr(app.extensions["library"], "get", fails)
    response = app.test_client().get(f"{API}/tours/box")

    assert response.status_code == 500
    assert response.mimetype == "application/problem+json"
    assert "secret" not in response.get_data(as_text=True)
    assert "/home/secret" in caplog.text


def test_texts_are_maps_or_one_language(full):
    def hotspot(query):
        return full.get(f"{API}/tours/box/hotspots{query}").get_json()["hotspots"][0]

    assert hotspot("")["title"] == {"vi": "Đỉnh", "en": "Top", "zh-Hans": "顶部"}
    assert hotspot("?lang=en")["title"] == "Top"
    assert hotspot("?lang=zh-CN")["title"] == "顶部"
    assert hotspot("?lang=vi")["media"][0]["alt"] == "A box"


def test_addresses_in_answers_lead_somewhere(full):
    tour = full.get(f"{API}/tours/box").get_json()
    models = full.get(tour["models"]).get_json()["models"]
    media = full.get(tour["hotspots"]).get_json()["hotspots"][0]["media"]
    nodes = full.get(tour["nodes"]).get_json()["nodes"]
    urls = [item["url"] for model in models for item in model["derivatives"]]
    urls += [tour["page"], tour["manifest"], tour["poster"]["url"], media[0]["url"]]
    urls += [nodes[0]["panorama"]["base"]]

    for url in urls:
        with full.get(url) as response:
            assert response.status_code == 200, url
    assert models[0]["derivatives"][0]["type"] == "model/gltf-binary"
    assert nodes[0]["panorama"]["template"].startswith("/t/box/files/panoramas/yard/{level}/")


def test_the_tiles_of_a_large_model_are_told(packages, static):
    columns = [1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1]
    tiles = {"uri": "model/tiles/tileset.json", "world_from_tileset": columns, "faces": 3_000_000}
    (packages / "box/model/tiles").mkdir()
    (packages / "box/model/tiles/tileset.json").write_text("{}")

    def fill(value):
        value["models"][0]["tiles"] = tiles

    change_manifest(packages / "box", fill)
    server = create_app([packages], static=static).test_client()
    (model,) = server.get(f"{API}/tours/box/models").get_json()["models"]
    assert model["tiles"]["faces"] == 3_000_000
    assert model["tiles"]["url"].startswith("/t/box/files/model/tiles/tileset.json")


def test_answers_have_strong_etags_and_304(client):
    first = client.get(f"{API}/tours/box")
    etag = first.headers["ETag"]
    again = client.get(f"{API}/tours/box", headers={"If-None-Match": etag})
    other = client.get(f"{API}/tours/box?lang=en", headers={"If-None-Match": etag})

    assert not etag.startswith("W/")
    assert (again.status_code, again.get_data()) == (304, b"")
    assert other.status_code == 200


def test_tours_are_sorted_and_broken_ones_named(packages, static):
    write_package(packages / "z", "arch")
    (packages / "broken").mkdir()
    (packages / "broken" / "tour.json").write_text("{")
    found = create_app([packages], static=static).test_client().get(f"{API}/tours").get_json()

    assert [tour["id"] for tour in found["tours"]] == ["arch", "box"]
    assert found["broken"][0]["folder"] == "broken"
    assert str(packages) not in str(found)


def test_page_about_the_api_names_every_path(client, document):
    page = client.get(f"{API}/docs").get_data(as_text=True)

    for path in document["paths"]:
        assert path in page


def test_a_model_made_elsewhere_has_a_title_a_picture_and_credits(packages, static, document):
    def fill(value):
        value["models"][0] |= {
            "title": {"vi": "Cổng", "en": "Gate"}, "credit": "Lan", "license": "CC0-1.0",
            "poster": value["poster"],
        }  # fmt: skip

    change_manifest(packages / "box", fill)
    server = create_app([packages], static=static).test_client()
    response = server.get(f"{API}/tours/box/models?lang=vi")
    check(document, response, f"{API}/tours/{{tour_id}}/models")
    (model,) = response.get_json()["models"]
    assert (model["title"], model["credit"], model["license"]) == ("Cổng", "Lan", "CC0-1.0")
    assert server.get(model["poster"]["url"], buffered=True).status_code == 200
