"""What the files of a vocabulary may say."""

import re

from service.library.fields import ID, NAME, SEMVER, Anything, Base, Choice, Inside, Many, Named, Number, Text, YesNo

SETTING = re.compile(r"[a-z][a-z0-9_]*")

ExtendsText = Base.from_dict({"extends": Text(shape=SEMVER, form="a version such as 1.0.0", required=True)}, name="Extends")

ParameterText = Base.from_dict(
    {"value": Number(required=True), "unit": Text(limit=20, required=True), "meaning": Text(required=True), "basis": Text(required=True)},
    name="Parameter",
)
ParametersText = Base.from_dict({"parameters": Named(Inside(ParameterText), required=True)}, name="Parameters")

CodeText = Base.from_dict(
    {
        "system": Text(required=True),
        "code": Text(limit=60, required=True),
        "display": Text(limit=300),
        "verified_by": Text(required=True),
        "match": Choice("prefix"),
        "qualifier": Text(limit=100),
        "note": Text(),
    },
    name="Code",
)
ValueSetText = Base.from_dict(
    {
        "id": Text(shape=ID, form="an id in lower case with hyphens", required=True),
        "title": Text(required=True),
        "purpose": Text(required=True),
        "codes": Many(Inside(CodeText), required=True),
    },
    name="ValueSet",
)

FactText = Base.from_dict(
    {
        "kind": Choice("presence", "number", "date", "words", required=True),
        "meaning": Text(required=True),
        "picker": Text(shape=NAME, form="the name of a picker", required=True),
        "codes": Many(Text(shape=ID, form="the id of a value set or of a finding")),
        "with": Named(Anything(), shape=SETTING),
        "unit": Text(limit=20),
        "range": Many(Number()),
        "words": Many(Text(limit=60)),
        "silence": Choice("unknown", "no"),
        "undated": Choice("unknown", "new", "never", "open"),
        "for_alarms": YesNo(),
    },
    name="Fact",
)
FactsText = Base.from_dict({"facts": Named(Inside(FactText), required=True)}, name="Facts")
