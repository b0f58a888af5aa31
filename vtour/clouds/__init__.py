"""Point clouds: reading every format in chunks, and the store that stages meet in."""
