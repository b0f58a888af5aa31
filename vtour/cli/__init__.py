"""Parses and prints, nothing else; a module per command."""
