"""The web server and the viewer: create_app(paths)."""
