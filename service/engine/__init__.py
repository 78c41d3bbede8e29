"""The pure core: facts in, verdicts out. No I/O, no clock, no Flask, no FHIR, no YAML (a test reads the imports)."""
