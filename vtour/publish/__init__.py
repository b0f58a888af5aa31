"""What is published and how the viewer finds it."""
