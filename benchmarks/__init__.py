"""Figures of speed, accuracy and reliability: python -m benchmarks.<folder>.<name>."""
