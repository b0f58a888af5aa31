"""Tours that were made for other viewers: read, never run, and brought to a folder of captures."""
