"""The JSON Schema of the stream's entries, made from the types that write them."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict

from crawler.models import Alert, HealthNotice, Update
from crawler.payload import KINDS, VERSION


class _Entries(BaseModel):
    """Takes the docstrings of fields along, down to those of the types within."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    alert: Alert
    update: Update
    health: HealthNotice


def write_schema() -> str:
    """As it lies in docs/alert.schema.json."""
    return json.dumps(make_schema(), indent=2, ensure_ascii=False) + "\n"


def make_schema() -> dict[str, Any]:
    """An entry is one of three kinds. Further keys are allowed: later versions of basewatch may add them."""
    types: dict[str, Any] = _Entries.model_json_schema(mode="serialization")["$defs"]
    entries = {}
    for kind, type_ in KINDS.items():
        said = types[type_.__name__]
        own = {"version": {"const": VERSION}, "kind": {"const": kind}}
        entries[kind] = {
            "type": "object",
            "description": said["description"],
            "properties": own | said["properties"],
            "required": [*own, *said["properties"]],
        }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"What the field json of an entry of basewatch:alerts holds, version {VERSION}",
        "oneOf": [{"$ref": f"#/$defs/{kind}"} for kind in entries],
        "$defs": entries | types,
    }
