"""The web server and the viewer: create_app(paths)."""

from viewer.app import create_app

__all__ = ["create_app"]
