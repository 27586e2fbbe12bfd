"""A provider's own types (an OpenAPI document), by which what is said to the sandbox and what it says are judged."""

import functools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pos.sandbox.records import Object

FORM = "application/x-www-form-urlencoded"
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


class Contract:
    """One document beside this module. It is read when it is first needed, and `mend` makes it stricter before."""

    def __init__(self, file: str, mend: Callable[[Any], None]) -> None:
        self._path, self._mend = Path(__file__).with_name(file), mend
        self.schema_of = functools.cache(self._schema_of)
        self.judge = functools.cache(self._judge)
        self.judge_of = functools.cache(self._judge_of)

    @functools.cached_property
    def document(self) -> Object:
        read: Object = json.loads(self._path.read_text())
        self._mend(read)
        return read

    @property
    def is_read(self) -> bool:
        return "document" in vars(self)

    def _schema_of(self, method: str, template: str) -> Object:
        """What may be said: the form of a POST, the query of a GET."""
        operation = self.document["paths"][template][method.lower()]
        if method == "POST":
            schema: Object = operation["requestBody"]["content"][FORM]["schema"]
            return schema
        asked = {each["name"]: each["schema"] for each in operation["parameters"] if each["in"] == "query"}
        return {"type": "object", "properties": asked, "additionalProperties": False}

    def _judge(self, method: str, template: str) -> Any:
        """Finds what is wrong with the typed parameters of a request."""
        return self._validator(self.schema_of(method, template))

    def _judge_of(self, name: str) -> Any:
        """Finds what is wrong with an object of this name."""
        return self._validator({"$ref": f"#/components/schemas/{name}"})

    def _validator(self, schema: Object) -> Any:
        # Imported late: only who uses the sandbox has it in memory.
        import jsonschema_rs

        return jsonschema_rs.validator_for({**schema, "components": self.document["components"]})

    def typed(self, schema: Object, raw: Any) -> Any:
        """Gives the texts of a form the types that the schema wants; what does not fit stays, and is judged as it is."""
        if "$ref" in schema:
            return self.typed(self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], raw)
        if "anyOf" in schema:
            return self._first_that_fits(schema["anyOf"], raw)
        kind = schema.get("type")
        if isinstance(raw, dict) and kind == "array" and all(name.isdigit() for name in raw):
            return [self.typed(schema["items"], raw[name]) for name in sorted(raw, key=int)]
        if isinstance(raw, dict) and kind == "object":
            known, others = schema.get("properties", {}), schema.get("additionalProperties") or {}
            return {name: self.typed(known.get(name, others), value) for name, value in raw.items()}
        return _scalar(kind, raw) if isinstance(raw, str) else raw

    def _first_that_fits(self, choices: list[Object], raw: Any) -> Any:
        for choice in choices:
            typed = self.typed(choice, raw)
            if typed is not raw or (isinstance(raw, str) and raw in choice.get("enum", ())):
                return typed
        return raw


def _scalar(kind: str | None, raw: str) -> Any:
    if kind == "integer" and _INTEGER.fullmatch(raw):
        return int(raw)
    if kind == "number" and _DECIMAL.fullmatch(raw):
        return float(raw)
    if kind == "boolean" and raw in ("true", "false"):
        return raw == "true"
    return raw
