"""Servers side by side under slow peers, load, kills and broken messages: `make servers`. What came of it: docs/decisions/001-server.md."""
