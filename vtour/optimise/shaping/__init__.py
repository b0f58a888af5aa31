"""Scene to scene: cleaned, with fewer faces, with new charts and maps baked from the master."""
