"""Scenes as files: for the web, for augmented reality, for printers; and what checks them."""
