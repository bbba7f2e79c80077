"""What has come from a provider so far."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from functions.content.errors import BadAnswer
from functions.content.models import Item, Provider
from functions.content.provider_client import fault
from shared import logs
from shared.moods import Point


class Harvest:
    """Whole items only, each once. What was of no use is counted."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.items: dict[str, Item] = {}
        self.skipped = 0

    def add(self, item: Item) -> None:
        known = self.items.get(item.provider_id)
        self.items[item.provider_id] = known.as_well(item) if known else item

    def refine(self, provider_id: str, leads: Point) -> None:
        if item := self.items.get(provider_id):
            self.items[provider_id] = item.model_copy(update={"leads": leads})

    @contextmanager
    def or_skip(self) -> Iterator[None]:
        """What goes wrong in here costs one item, or one page, and not the import."""
        try:
            yield
        except ValidationError as error:
            self._skip(fault(error))
        except BadAnswer as error:
            self._skip(str(error))

    def _skip(self, reason: str) -> None:
        self.skipped += 1
        logs.warn("content_skipped", provider=self.provider, reason=reason)
