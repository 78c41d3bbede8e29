"""Bytes at everything that reads a body: what each reader may raise, and what it must agree upon with Python's own json."""
