"""Panoramas: photo sets to spheres."""
