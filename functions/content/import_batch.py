"""The items read from one provider in one run."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from functions.content.errors import BadResponse
from functions.content.models import Provider, ProviderItem
from functions.content.provider_client import describe_error
from shared import logs
from shared.moods import Point


class ImportBatch:
    """Valid items, each once, and the number of invalid ones."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.items: dict[str, ProviderItem] = {}
        self.skipped = 0

    def add(self, item: ProviderItem) -> None:
        earlier = self.items.get(item.provider_id)
        self.items[item.provider_id] = earlier.with_flavours(item.flavours) if earlier else item

    def refine(self, provider_id: str, leads: Point) -> None:
        if item := self.items.get(provider_id):
            self.items[provider_id] = item.model_copy(update={"leads": leads})

    @contextmanager
    def skip_invalid(self) -> Iterator[None]:
        """An invalid item or page inside this block is counted and logged; the import goes on."""
        try:
            yield
        except ValidationError as error:
            self._skip(describe_error(error))
        except BadResponse as error:
            self._skip(str(error))

    def _skip(self, reason: str) -> None:
        self.skipped += 1
        logs.warn("content_skipped", provider=self.provider, reason=reason)
