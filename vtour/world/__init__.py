"""The one frame of a site: GPS, control points, scale, up."""
