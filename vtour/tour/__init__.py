"""The scene package: hotspots, manifest, validation."""
