"""Panoramas: stitched, blurred, levelled, cut into tiles."""
