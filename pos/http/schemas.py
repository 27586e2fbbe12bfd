"""The fields that bodies are made of: strict types, bounded sizes, unknown names refused."""

import re
from datetime import UTC, datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from pos.money import MAX_AMOUNT

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_PRINTABLE_PATTERN = r"^[^\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]*$"
_MIN_YEAR, _MAX_YEAR = 2000, 2200


class Pattern(validate.Regexp):
    """A regular expression for the whole text: Python's $ alone would let a line feed pass."""

    def __call__(self, value: Any) -> Any:
        if not self.regex.fullmatch(value):
            raise ValidationError(self._format_error(value))
        return value


class Body(Schema):
    """A JSON object in which every name is known."""

    class Meta:
        unknown = RAISE


class Whole(fields.Integer):
    """An integer and nothing that looks like one: not 1.0, not "1", not true."""

    def __init__(self, *, least: int = 0, most: int = MAX_AMOUNT, **options: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(least, most), **options)

    def _validated(self, value: Any) -> Any:
        if value is not None and type(value) is not int:
            raise ValidationError("Must be a whole number, without quotes or decimals.")
        return value


class Amount(Whole):
    """Money in minor units of the store's currency, from 0 to 10^12."""


class Text(fields.String):
    """Text without control or direction-changing characters; blanks at both ends are dropped.

    Where null is allowed, an empty text is null: a tablet sends its empty fields along.
    """

    def __init__(self, *, most: int, least: int = 0, **options: Any) -> None:
        metadata = options.pop("metadata", {})
        if least:
            metadata = {"pattern": r"\S", **metadata}
        super().__init__(validate=validate.Length(least, most), metadata=metadata, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        text = str(super()._deserialize(value, attr, data, **options)).strip()
        if _CONTROL.search(text):
            raise ValidationError("Must not contain control characters.")
        return text or (None if self.allow_none else text)

    def _validate(self, value: Any) -> None:
        if value is not None:
            super()._validate(value)


class Email(fields.String):
    """An e-mail address. Its length is looked at first: the expression would take long over a long text."""

    PATTERN = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
    MOST = 254

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"maxLength": self.MOST, "pattern": self.PATTERN}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **options))
        if len(text) > self.MOST or not re.fullmatch(self.PATTERN, text):
            raise ValidationError("Write an e-mail address.")
        return text


class Mapping(fields.Dict):
    """An object with free keys. Errors point at the key itself, as a JSON pointer would."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **options)
        except ValidationError as error:
            if not isinstance(error.messages, dict):
                raise
            flat = {key: said.get("value") or said.get("key") for key, said in error.messages.items()}
            raise ValidationError(flat) from error  # type: ignore[arg-type]


class Flag(fields.Boolean):
    """true or false; not "yes", 1 or "false"."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> bool:
        if type(value) is not bool:
            raise ValidationError("Must be true or false.")
        return value


class Instant(fields.AwareDateTime):
    """An RFC 3339 instant with its offset, between the years 2000 and 2200; given in UTC with a Z.

    It is kept in UTC from here on: PostgreSQL knows no offset of 16 hours or more.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(format="iso", **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> datetime:
        instant: datetime = super()._deserialize(value, attr, data, **options)
        if not _MIN_YEAR <= instant.year < _MAX_YEAR:
            raise ValidationError(f"Must lie between {_MIN_YEAR} and {_MAX_YEAR}.")
        return instant.astimezone(UTC)

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **options: Any) -> str | None:
        return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Rate(fields.String):
    """A rate as a decimal in quotes, from "0" to "1" with at most six decimals: "0.0825" is 8.25 %."""

    PATTERN = r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$"

    def __init__(self, **options: Any) -> None:
        error = 'Must be a decimal from "0" to "1" in quotes, e.g. "0.0825" for 8.25 %.'
        super().__init__(validate=Pattern(self.PATTERN, error=error), **options)


class Page(Body):
    """Which part of a list: at most 200 rows after a cursor."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    after = fields.String(validate=validate.Length(max=200), metadata={"description": "`next` of the page before"})


def nullable(schema: type[Schema]) -> fields.Nested:
    return fields.Nested(schema, allow_none=True)
