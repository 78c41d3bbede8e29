"""The version of the code. pyproject.toml takes it from here."""

VERSION = "0.1.0"
