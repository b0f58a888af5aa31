"""Stations laid onto each other: surfaces, pairs, loops, and whether to believe them."""
