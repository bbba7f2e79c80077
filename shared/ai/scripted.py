"""A model that says what it was given, for tests and for a stack without a provider."""

from collections.abc import AsyncGenerator, Callable, Iterable

from shared.ai.port import ModelEvent, ModelRequest


class ScriptedModel:
    """Replies with what `script` returns for a request. `requests` are those that it got."""

    def __init__(self, script: Callable[[ModelRequest], Iterable[ModelEvent]]) -> None:
        self.requests: list[ModelRequest] = []
        self._script = script

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.requests.append(request)
        for event in self._script(request):
            yield event

    async def count(self, _: ModelRequest) -> int | None:
        return None
