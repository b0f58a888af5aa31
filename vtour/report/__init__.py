"""What report.html shows, one part a module: read from what stages wrote, drawn without scripts."""
