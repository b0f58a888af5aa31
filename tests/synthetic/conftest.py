"""One tiny sample site for all tests of this folder, and the scene it was seen in."""

from pathlib import Path

import pytest

from vtour.synthetic.courtyard import Site, build_site
from vtour.synthetic.options import SyntheticOptions
from vtour.synthetic.render import Scene
from vtour.synthetic.synthesise import synthesise_site
from vtour.synthetic.truth import Truth, load_truth

TINY = SyntheticOptions(photo_px=160, panorama_px=256, photo_step=3)


@pytest.fixture(scope="session")
def site() -> Site:
    return build_site()


@pytest.fixture(scope="session")
def scene(site: Site) -> Scene:
    return Scene(site)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tiny") / "site"
    synthesise_site(out, TINY)
    return out


@pytest.fixture(scope="session")
def truth(tiny: Path) -> Truth:
    return load_truth(tiny / "truth")
