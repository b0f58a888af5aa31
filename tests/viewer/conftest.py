import json

import pytest
from sample_packages import write_package

from viewer import create_app

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' data: blob:; media-src 'self'; connect-src 'self' blob:; "
    "worker-src 'self' blob:; font-src 'self'; frame-ancestors 'self'"
)


@pytest.fixture
def page_policy():
    """The policy of design section 7, written out."""
    return POLICY


@pytest.fixture
def packages(tmp_path):
    folder = tmp_path / "packages"
    write_package(folder / "box")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "box" / "secret.txt").write_text("secret")  # in the package, not in its list
    return folder


@pytest.fixture
def static(tmp_path):
    """A front end as Vite leaves it: hashed names, packed siblings, a manifest."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / ".vite").mkdir()
    (folder / "assets/tour-abc.js").write_text("let plain;")
    (folder / "assets/tour-abc.js.br").write_bytes(b"packed by brotli")
    (folder / "assets/three-def.js").write_text("let three;")
    (folder / "assets/tour-abc.css").write_text("a{}")
    chunks = {
        "src/tour.ts": {
            "file": "assets/tour-abc.js",
            "css": ["assets/tour-abc.css"],
            "imports": ["_three.js"],
        },
        "_three.js": {"file": "assets/three-def.js"},
        "src/index.ts": {"file": "assets/three-def.js"},
    }
    (folder / ".vite/manifest.json").write_text(json.dumps(chunks))
    return folder


@pytest.fixture
def app(packages, static):
    return create_app([packages], static=static)


@pytest.fixture
def client(app):
    return app.test_client()
