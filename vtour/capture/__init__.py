"""What came from the site: photos, their quality, the inventory."""
