"""Parts of the merged cloud: stations judged, blocks thinned and finished, LAZ written."""
