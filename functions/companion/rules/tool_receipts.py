"""What a receipt tells of tools: their names and numbers, never what they read."""

from collections import Counter
from collections.abc import Iterable

from functions.companion.models import ReceiptTool, StoredToolCall


def receipt_tools(calls: Iterable[StoredToolCall]) -> list[ReceiptTool]:
    """How often each tool was called, and how much it has read."""
    counts, items = Counter[str](), Counter[str]()
    for call in calls:
        counts[call.name] += 1
        items[call.name] += call.output.items if call.output else 0
    return [ReceiptTool(name=name, calls=count, items=items[name]) for name, count in counts.items()]
