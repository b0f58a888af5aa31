"""A spreadsheet of sites, such as the annex of a plan, read into sites of a catalogue."""
