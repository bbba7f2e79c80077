"""How many tokens a text has at most, without asking anybody."""

from pydantic_core import to_json

from shared.ai.port import ModelRequest


def token_bound(text: str) -> int:
    """At least as many tokens as a text has, for every tokenizer: a token is made of one byte or more."""
    return len(text.encode())


def request_bound(request: ModelRequest) -> int:
    """At least as many tokens as all texts of a request have."""
    tools = [tool._asdict() for tool in request.tools]
    return (
        token_bound(request.system)
        + sum(token_bound(message.text) for message in request.messages)
        + sum(len(to_json(sent)) for sent in (tools, list(request.rounds), request.schema) if sent)
    )
