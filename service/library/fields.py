"""marshmallow fields for documents whose scalars are all text, with errors that carry the allowed choices."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

from service.library.problems import Path, Report

SEMVER = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})")
NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?")
ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
NAME = re.compile(r"[a-z][a-z0-9_]*")
YES_NO = {"yes": True, "true": True, "no": False, "false": False}


class Reason(str):
    """An error text that remembers what was written and what would have been allowed."""

    got: str = ""
    choices: tuple[str, ...] = ()


def reason(text: str, got: str = "", choices: tuple[str, ...] = ()) -> Reason:
    """Make an error text with its choices."""
    made = Reason(text)
    made.got, made.choices = got, choices
    return made


def fault(text: str, got: str = "", choices: tuple[str, ...] = ()) -> ValidationError:
    """Make the error a field raises."""
    return ValidationError([reason(text, got, choices)])


class Base(Schema):
    """A mapping of known keys; any other key is refused and the known ones are listed."""

    class Meta:
        unknown = RAISE

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.error_messages["type"] = "must be a mapping of keys"
        self.error_messages["unknown"] = reason("unknown key", choices=tuple(self.fields))


class _Said(fields.Field[Any]):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(error_messages={"required": "is missing"}, **kwargs)


class Text(_Said):
    """Text that is not empty. `limit` caps its length, `shape` its form, `markup` forbids HTML."""

    def __init__(self, limit: int = 2000, shape: re.Pattern[str] | None = None, form: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.limit, self.shape, self.form = limit, shape, form

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise fault("must be text")
        text = " ".join(value.split())
        if not text:
            raise fault("is empty")
        if len(text) > self.limit:
            raise fault(f"is longer than {self.limit} characters")
        if self.shape and not self.shape.fullmatch(text):
            raise fault(f"{text!r} is not {self.form}")
        return text


class Plain(Text):
    """Text for a card: Markdown without HTML."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if re.search(r"<[a-zA-Z/!]", text):
            raise fault("must not hold HTML")
        return text


class Choice(Text):
    """One word of a fixed list."""

    def __init__(self, *choices: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choices = choices

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text not in self.choices:
            raise fault(f"{text!r} is not one of the choices", text, self.choices)
        return text


class YesNo(Text):
    """yes or no (true and false are read alike)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text not in YES_NO:
            raise fault(f"{text!r} is neither yes nor no", text, ("yes", "no"))
        return YES_NO[text]


class Day(Text):
    """A calendar day as YYYY-MM-DD."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            if len(text) != 10:
                raise ValueError
            return date.fromisoformat(text)
        except ValueError:
            raise fault(f"{text!r} is not a day written as YYYY-MM-DD") from None


class Number(Text):
    """A decimal number."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not NUMBER.fullmatch(text):
            raise fault(f"{text!r} is not a number")
        return Decimal(text)


class Anything(_Said):
    """A value that is looked at later, when the fact it belongs to is known."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return value


class Many(fields.List[Any]):
    """A list that is not empty and repeats nothing."""

    def __init__(self, inner: fields.Field[Any], **kwargs: Any) -> None:
        super().__init__(inner, error_messages={"required": "is missing", "invalid": "must be a list"}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        items = super()._deserialize(value, attr, data, **kwargs)
        if not items:
            raise fault("is an empty list: leave the key out")
        if len({repr(item) for item in items}) < len(items):
            raise fault("names something twice")
        return items


class Inside(fields.Nested):
    """A mapping with its own schema."""

    def __init__(self, schema: type[Schema], **kwargs: Any) -> None:
        super().__init__(schema, error_messages={"required": "is missing"}, **kwargs)


class Named(_Said):
    """A mapping from names of the author's choice to values of one kind."""

    def __init__(self, inner: fields.Field[Any], shape: re.Pattern[str] = NAME, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner, self.shape = inner, shape

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, Mapping):
            raise fault("must be a mapping of names")
        result, errors = {}, {}
        for name, body in value.items():
            try:
                if not self.shape.fullmatch(name):
                    raise fault("is not a name: lower-case letters, digits and one kind of joint")
                result[name] = self.inner.deserialize(body, name, value)
            except ValidationError as error:
                errors[name] = error.messages
        if errors:
            raise ValidationError(errors)
        return result


def check(schema: type[Schema], data: Mapping[str, Any], report: Report) -> dict[str, Any] | None:
    """The typed document, or None with every fault of it noted in `report`."""
    try:
        return dict(schema().load(data))
    except ValidationError as error:
        _note(error.messages, (), report)
        return None


def _note(messages: Any, path: Path, report: Report) -> None:
    if isinstance(messages, dict):
        for key, inner in messages.items():
            _note(inner, path if key == "_schema" else (*path, key), report)
        return
    for text in messages:
        choices = text.choices if isinstance(text, Reason) else ()
        got = text.got if isinstance(text, Reason) else ""
        report.add(path, str(text), got=got or (str(path[-1]) if choices and path else ""), choices=choices)
