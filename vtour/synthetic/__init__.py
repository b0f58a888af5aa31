"""A deterministic sample site with exact ground truth."""
