"""A pattern that a text must match, with the rule in words: an error shows the words and not the pattern."""

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema
from pydantic_core.core_schema import chain_schema, custom_error_schema, str_schema

RULE_IN_WORDS = "pattern"  # the type of its errors, whose message is ours


@dataclass(frozen=True)
class Pattern:
    """An annotation of a text. It comes after the limits of its length: `Annotated[str, Field(...), Pattern(...)]`."""

    regex: str
    rule: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        matching = custom_error_schema(
            str_schema(pattern=self.regex), custom_error_type=RULE_IN_WORDS, custom_error_message=self.rule
        )
        return chain_schema([handler(source), matching])

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": self.regex}
