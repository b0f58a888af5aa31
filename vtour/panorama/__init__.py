"""Panoramas: stitch, level, blur, cut into tiles."""
