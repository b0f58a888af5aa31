"""Laser scans: read, register, clean, tiles."""
