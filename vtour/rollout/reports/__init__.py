"""Reports of a programme for people and their programs: XLSX, CSV, GeoJSON, ICS, HTML."""
