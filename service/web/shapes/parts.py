"""What shapes are made of."""

from typing import Any

from marshmallow import Schema, fields, validate


def text(meaning: str = "", *, required: bool = True, **more: Any) -> fields.String:
    """A text with its meaning."""
    return fields.String(required=required, metadata={"description": meaning} if meaning else {}, **more)


def one_of(*choices: str) -> fields.String:
    """One of these words."""
    return fields.String(required=True, validate=validate.OneOf(choices))


def list_of(shape: type[Schema] | fields.Field[Any], *, required: bool = True) -> fields.List[Any]:
    """A list of shapes or of plain fields."""
    return fields.List(fields.Nested(shape) if isinstance(shape, type) else shape, required=required)
