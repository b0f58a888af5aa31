"""The rollout's JSON API: every answer against its own description, and nothing personal."""

import re
from datetime import UTC, datetime

import jsonschema
import pytest

from tests.rollout.rollout_sample import write_rollout
from viewer import create_app
from viewer.rollout_kpi import MEANINGS
from vtour.schema.catalog import SiteState

API = "/api/v1"
OGC = f"{API}/ogc"
ITEMS = f"{OGC}/collections/sites/items"
ANSWERS = ["/sites", "/sites/{site_id}", "/sites.geojson", "/kpi", "/kpi/dictionary", "/ogc",
           "/ogc/conformance", "/ogc/collections", "/ogc/collections/sites",
           "/ogc/collections/sites/items", "/ogc/collections/sites/items/{site_id}"]  # fmt: skip
PLACED = ["tam-thanh", "nhi-thanh", "den-ky-cung", "ai-chi-lang", "huu-nghi"]
UNPLACED = "chua-bac-nga"


@pytest.fixture
def client(tmp_path, packages, static):
    catalog = write_rollout(tmp_path / "rollout")
    return create_app([packages], static=static, catalog=catalog).test_client()


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


def test_every_route_is_described_and_every_description_is_a_route(client, document):
    rules = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for rule in client.application.url_map.iter_rules()
        if rule.rule.startswith(API) and not rule.endpoint.endswith(("nothing", "_with_slash"))
    }

    assert rules == set(document["paths"])
    operations = [item["get"]["operationId"] for item in document["paths"].values()]
    assert len(set(operations)) == len(operations)


@pytest.mark.parametrize("lang", ["", "?lang=vi", "?lang=en", "?lang=fr"])
@pytest.mark.parametrize("path", ANSWERS)
def test_answers_are_as_described(client, document, path, lang):
    if path == "/ogc/conformance":
        lang = ""
    for site in ("tam-thanh", "nhi-thanh", UNPLACED) if "{" in path else ("",):
        response = client.get(API + path.replace("{site_id}", site) + lang)

        assert response.status_code == 200
        check(document, response, API + path)
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        again = client.get(
            API + path.replace("{site_id}", site) + lang,
            headers={"If-None-Match": response.headers["ETag"]},
        )
        assert again.status_code == 304


@pytest.mark.parametrize("path", ["/sites/{site_id}", "/ogc/collections/sites/items/{site_id}"])
@pytest.mark.parametrize("site", ["nope", "TAM-THANH", "..", "%2e%2e"])
def test_unknown_site_is_a_problem_document(client, document, path, site):
    response = client.get(API + path.replace("{site_id}", site))

    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"
    if site != "..":
        check(document, response, API + path)


@pytest.mark.parametrize("path", [p for p in ANSWERS if p != "/ogc/conformance"])
def test_language_that_is_none(client, document, path):
    response = client.get(API + path.replace("{site_id}", "tam-thanh") + "?lang=<b>")

    assert response.status_code == 400
    check(document, response, API + path)


def test_nothing_personal_is_told(client):
    for path in ANSWERS:
        for site in ("tam-thanh", "nhi-thanh"):
            text = client.get(API + path.replace("{site_id}", site)).get_data(as_text=True)
            for kept in ("Trần Bình", "Lê Chi", "Nguyễn An", "p.pdf", "records/", "@"):
                assert kept not in text, (path, kept)


def test_sites_say_where_they_are_and_placeholders_do_not(client):
    sites = {each["id"]: each for each in client.get(f"{API}/sites").get_json()["sites"]}

    assert list(sites) == [*PLACED, UNPLACED]
    assert sites["tam-thanh"]["location"] == {
        "lat": 21.85557, "lon": 106.7468, "certainty": "sourced", "source": "showcaves.com",
        "border_zone": False,
    }  # fmt: skip
    assert sites[UNPLACED]["location"] == {
        "certainty": "placeholder", "radius_m": 5000.0, "border_zone": False
    }  # fmt: skip
    assert sites["tam-thanh"]["reached"]["accepted"] == "2021-07-12"
    assert sites["nhi-thanh"]["late"]["planned"] == "2021-10-01"
    assert sites["tam-thanh"]["gates_waived"] == ["links"]


def test_site_tells_measures_digests_and_waivers(client):
    site = client.get(f"{API}/sites/tam-thanh?lang=en").get_json()

    assert site["deliverables"][0]["measures"][0] == {
        "measure": "ground_sampling_distance", "unit": "m", "max": 0.02, "found": 0.012,
        "passed": True,
    }  # fmt: skip
    assert [each["package"] for each in site["acceptances"]] == ["a" * 64]
    assert [each["reason"] for each in site["waivers"]] == ["một liên kết ngoài hỏng"]
    assert site["history"][0]["state"] == "published"
    assert site["package"]["bytes"] == 48_000_000


def test_geojson_has_no_geometry_for_placeholders(client):
    response = client.get(f"{API}/sites.geojson")
    features = {each["id"]: each for each in response.get_json()["features"]}

    assert response.mimetype == "application/geo+json"
    assert features["tam-thanh"]["geometry"] == {
        "type": "Point", "coordinates": [106.7468, 21.85557]
    }  # fmt: skip
    assert features[UNPLACED]["geometry"] is None
    assert response.get_json()["notice"].startswith("Danh sách minh họa")


def test_kpi_agree_with_the_catalogue_by_hand(client):
    told = client.get(f"{API}/kpi").get_json()["values"]
    values = {(v["name"], v.get("phase"), v.get("state")): v.get("value") for v in told}

    assert len(values) == len(told)
    assert values["sites_listed", None, None] == 6 and values["sites_expected", "2021", None] == 3
    assert values["sites_in_state", "2021", "published"] == 1
    assert values["sites_in_state", None, "planned"] == 2
    assert values["sites_accepted", None, None] == 1
    assert values["models", None, None] == 2 and values["panoramas", None, None] == 18
    assert values["package_bytes", None, None] == 96_000_000
    assert values["published_models", None, None] == 1
    assert values["days_in_state_mean", None, "captured"] == 14  # every step took 14 days
    assert values["first_pass_of", None, None] >= 1
    by_state = sum(values["sites_in_state", None, str(state)] for state in SiteState)
    assert by_state == values["sites_listed", None, None]


def test_dictionary_explains_every_figure(client):
    figures = client.get(f"{API}/kpi/dictionary").get_json()["figures"]
    told = client.get(f"{API}/kpi").get_json()["values"]
    meanings = {each["name"]: each for each in figures}

    assert list(meanings) == list(MEANINGS) and {v["name"] for v in told} == set(meanings)
    for value in told:
        meaning = meanings[value["name"]]
        assert value["unit"] == meaning["unit"]
        assert {"phase", "state"} & set(value) <= set(meaning["by"])
    for meaning in figures:
        assert set(meaning["definition"]) == set(meaning["title"]) == {"vi", "en"}
    english = client.get(f"{API}/kpi/dictionary?lang=en").get_json()["figures"]
    assert english[0]["title"] == "Sites planned"


# OGC API Features, part 1 (17-069r4): what its requirements ask for.


def links_of(value):
    return {each["rel"]: each for each in value["links"]}


def ids(client, query=""):
    response = client.get(f"{ITEMS}?limit=100{query}")
    assert response.status_code == 200, response.get_json()
    return [each["id"] for each in response.get_json()["features"]]


def test_landing_page_links_to_everything(client):
    for address in (OGC, f"{OGC}/"):
        links = links_of(client.get(address).get_json())
        for rel in ("self", "service-desc", "service-doc", "conformance", "data"):
            found = client.get(links[rel]["href"], headers={"Accept": links[rel]["type"]})
            assert found.status_code == 200 and found.mimetype == links[rel]["type"], rel


def test_conformance_names_core_and_geojson(client):
    classes = client.get(f"{OGC}/conformance").get_json()["conformsTo"]

    base = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
    assert classes == [base + "core", base + "geojson"]


def test_every_link_has_rel_and_type_and_leads_somewhere(client):
    for path in ANSWERS[5:]:
        value = client.get(API + path.replace("{site_id}", "tam-thanh")).get_json()
        found = value.get("links", []) + [
            link for each in value.get("collections", []) for link in each["links"]
        ]
        for link in found:
            assert link["rel"] and link["type"]
            answer = client.get(link["href"])
            assert answer.status_code == 200 and answer.mimetype == link["type"], link


def test_collection_is_the_same_in_the_list_and_alone(client):
    (listed,) = client.get(f"{OGC}/collections").get_json()["collections"]
    alone = client.get(f"{OGC}/collections/sites").get_json()

    assert listed == alone
    assert listed["id"] == "sites" and listed["itemType"] == "feature"
    assert listed["crs"] == ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"]
    assert links_of(alone)["items"]["type"] == "application/geo+json"
    west, south, east, north = listed["extent"]["spatial"]["bbox"][0]
    assert (west, south, east, north) == (106.53, 21.6, 106.7613, 21.972)  # without the placeholder
    assert listed["extent"]["temporal"]["interval"] == [
        ["2021-05-03T02:00:00Z", "2021-07-26T02:00:00Z"]
    ]


def test_items_come_page_by_page(client):
    address, seen, pages = f"{ITEMS}?limit=2", [], 0
    while address:
        page = client.get(address).get_json()
        assert page["numberMatched"] == 6 and page["numberReturned"] == len(page["features"])
        seen += [each["id"] for each in page["features"]]
        address = links_of(page).get("next", {}).get("href")
        pages += 1
    assert seen == [*PLACED, UNPLACED] and pages == 3
    last = client.get(f"{ITEMS}?limit=4&offset=4&state=planned").get_json()
    assert last["features"] == [] and last["numberMatched"] == 2
    assert "state=planned" in links_of(last)["prev"]["href"]


def test_limit_beyond_the_maximum_is_the_maximum(client):
    assert client.get(f"{ITEMS}?limit=999999").get_json()["numberReturned"] == 6


@pytest.mark.parametrize(
    ("bbox", "found"),
    [
        ("106.7,21.8,106.76,21.9", ["tam-thanh", "nhi-thanh"]),
        ("106.7468,21.85557,106.7468,21.85557", ["tam-thanh"]),  # its edge belongs to a box
        ("106.7,21.8,-10,106.76,21.9,500", ["tam-thanh", "nhi-thanh"]),
        ("-180,-90,180,90", PLACED),
        ("170,-90,-170,90", []),  # across 180 degrees
        ("106.6,-90,-170,90", ["tam-thanh", "nhi-thanh", "den-ky-cung", "huu-nghi"]),
    ],
)
def test_bbox_selects_and_matches_what_has_no_place(client, bbox, found):
    assert ids(client, f"&bbox={bbox}") == [*found, UNPLACED]


@pytest.mark.parametrize(
    ("datetime", "found"),
    [
        ("2021-07-26T02:00:00Z", ["tam-thanh"]),
        ("2021-07-26T09:00:00%2B07:00", ["tam-thanh"]),
        ("2021-07-01T00:00:00Z/2021-07-20T00:00:00Z", ["nhi-thanh"]),
        ("../2021-05-03T02:00:00Z", ["ai-chi-lang"]),
        ("/2021-05-03T02:00:00.000Z", ["ai-chi-lang"]),
        ("2021-07-01T00:00:00Z/..", ["tam-thanh", "nhi-thanh"]),
        ("2021-07-01T00:00:00Z/", ["tam-thanh", "nhi-thanh"]),
        ("2030-01-01t00:00:00z", []),
    ],
)
def test_datetime_selects_and_matches_what_has_no_time(client, datetime, found):
    assert sorted(ids(client, f"&datetime={datetime}")) == sorted([*found, "huu-nghi", UNPLACED])


def test_phase_and_state_select(client):
    assert ids(client, "&phase=2022") == ["ai-chi-lang", "huu-nghi", UNPLACED]
    assert ids(client, "&state=returned") == ["nhi-thanh"]
    assert ids(client, "&phase=2022&state=planned&bbox=0,0,1,1") == [UNPLACED]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=-1", "limit=x", "limit=1.5", "limit=", "limit=%D9%A1", "offset=-1",
        "limit=1&limit=2", "offset=1e3", "bbox=", "bbox=1,2,3", "bbox=1,2,3,4,5", "bbox=a,b,c,d",
        "bbox=1,2,3,nan", "bbox=1,2,3,inf", "bbox=106,22,107,21", "bbox=0,-91,1,1",
        "bbox=-181,0,1,1", "bbox=0,0,181,1", "bbox=1,,3,4", "datetime=", "datetime=2021",
        "datetime=2021-05-03", "datetime=2021-13-01T00:00:00Z", "datetime=2021-05-03T02:00:00",
        "datetime=../..", "datetime=/", "datetime=a/b/c", "phase=1999", "state=done",
        "datetime=2021-07-20T00:00:00Z/2021-07-01T00:00:00Z", "nope=1", "f=json",
        "bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4326",
    ],
)  # fmt: skip
def test_parameters_that_cannot_be_are_refused(client, document, query):
    response = client.get(f"{ITEMS}?{query}")

    assert response.status_code == 400
    check(document, response, ITEMS)
    assert "expected" in response.get_json()["detail"]


@pytest.mark.parametrize("path", ["", "/conformance", "/collections", "/collections/sites",
                                  "/collections/sites/items/tam-thanh"])  # fmt: skip
def test_unknown_parameters_are_refused_everywhere(client, path):
    assert client.get(f"{OGC}{path}?nope=1").status_code == 400


def test_limits_are_described(document):
    parameters = {p["name"]: p for p in document["paths"][ITEMS]["get"]["parameters"]}

    assert parameters["limit"]["schema"] == {
        "type": "integer", "minimum": 1, "maximum": 1000, "default": 10
    }  # fmt: skip
    assert parameters["bbox"]["schema"]["minItems"] == 4
    for name in ("limit", "bbox", "datetime"):
        assert parameters[name]["style"] == "form" and parameters[name]["explode"] is False


def test_other_collections_are_not_found(client):
    response = client.get(f"{OGC}/collections/nope")

    assert response.status_code == 404 and response.mimetype == "application/problem+json"


def test_times_without_a_zone_are_those_of_utc():
    from viewer.rollout_ogc import aware

    assert aware(datetime(2021, 5, 3)) == datetime(2021, 5, 3, tzinfo=UTC)
