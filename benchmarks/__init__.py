"""Benchmarks: figures, and their ratio to a floor measured in the same run. No figure fails a test."""
