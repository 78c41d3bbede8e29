"""The CDS Hooks 2.0.1 answer as JSON Schema, strict: no member the specification does not know outside `extension`."""

from typing import Any

TEXT: dict[str, Any] = {"type": "string", "pattern": r"\S"}
URL: dict[str, Any] = {"type": "string", "pattern": r"^https://[^\s<>]+$"}
UUID: dict[str, Any] = {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
SYSTEM: dict[str, Any] = {"type": "string", "pattern": "^(https?://|urn:)"}


def closed(required: str, **properties: Any) -> dict[str, Any]:
    """An object with exactly these members."""
    return {"type": "object", "required": required.split(), "properties": properties, "additionalProperties": False}


def some(items: dict[str, Any]) -> dict[str, Any]:
    """A list that is not empty."""
    return {"type": "array", "minItems": 1, "items": items}


CODING = closed("code system display", code=TEXT, system=SYSTEM, display=TEXT)
RESOURCE = {"type": "object", "required": ["resourceType", "status"]}
CONDITION = {"type": "object", "required": ["resourceType", "clinicalStatus", "verificationStatus", "code"]}
ACTION = closed("type description resource", type={"const": "create"}, description=TEXT, resource={"anyOf": [RESOURCE, CONDITION]})
SUGGESTION = closed("label uuid actions", label=TEXT, uuid=UUID, isRecommended={"const": True}, actions=some(ACTION))
OURS = closed(
    "rule version digest urgency asOf",
    rule=TEXT,
    version={"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
    digest={"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
    urgency={"enum": ["emergency", "same-day", "soon", "routine"]},
    asOf=TEXT,
    status={"enum": ["draft", "retired"]},
    folded=some(TEXT),
)
CARD = {
    **closed(
        "uuid summary detail indicator source extension",
        uuid=UUID,
        summary={"type": "string", "minLength": 1, "maxLength": 139, "pattern": r"^[^\n\r\u2028\u2029]+$"},
        detail=TEXT,
        indicator={"enum": ["info", "warning", "critical"]},
        source=closed("label topic", label=TEXT, url=URL, topic=CODING),
        suggestions=some(SUGGESTION),
        selectionBehavior={"enum": ["at-most-one", "any"]},
        overrideReasons=some(CODING),
        links=some(closed("label url type", label=TEXT, url=URL, type={"const": "absolute"})),
        extension=closed("org.postfusion", **{"org.postfusion": OURS}),
    ),
    "dependentRequired": {"suggestions": ["selectionBehavior"], "selectionBehavior": ["suggestions"]},
}
ANSWER = closed("cards", cards={"type": "array", "items": CARD})
