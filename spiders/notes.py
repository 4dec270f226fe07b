"""What readers note for their next poll, where it is JSON."""

import json
from typing import Any


def load_notes(memory: str) -> dict[str, Any]:
    """Nothing, when there is nothing yet or when it is what the reader of another kind noted for a source of this name:
    feeds keep no JSON."""
    try:
        notes = json.loads(memory)
    except ValueError:
        return {}
    return notes if isinstance(notes, dict) else {}
