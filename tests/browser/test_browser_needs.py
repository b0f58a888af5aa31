"""A run that must be complete fails where it would else leave out tests."""

import pytest

from tests.browser import wall
from tests.browser.needs import lacks
from vtour.errors import ResourceError

SETTINGS = [
    ({}, pytest.skip.Exception),
    ({"CI": "false", "VTOUR_REQUIRE_BROWSER": "0"}, pytest.skip.Exception),
    ({"CI": "true"}, pytest.fail.Exception),
    ({"VTOUR_REQUIRE_BROWSER": "1"}, pytest.fail.Exception),
]


@pytest.fixture
def environment(monkeypatch):
    def use(settings):
        for name in ("CI", "VTOUR_REQUIRE_BROWSER"):
            monkeypatch.delenv(name, raising=False)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)

    return use


@pytest.mark.parametrize(("settings", "outcome"), SETTINGS)
def test_what_is_missing_is_a_failure_only_where_all_must_run(environment, settings, outcome):
    environment(settings)
    with pytest.raises(outcome, match="no browser"):
        lacks("no browser")


@pytest.mark.parametrize(("settings", "outcome"), SETTINGS[1:3])
def test_a_plain_model_stands_in_only_where_a_skip_may(
    environment, settings, outcome, monkeypatch, tmp_path
):
    def no_node(*_):
        raise ResourceError("no Node")

    environment(settings)
    monkeypatch.setattr(wall, "write_web_mesh", no_node)
    if outcome is pytest.skip.Exception:
        wall.write_finest(tmp_path / "site.glb", wall.wall_mesh(8))
        assert (tmp_path / "site.glb").is_file()
    else:
        with pytest.raises(outcome, match="no Node"):
            wall.write_finest(tmp_path / "site.glb", wall.wall_mesh(8))
