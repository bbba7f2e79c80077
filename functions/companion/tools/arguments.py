"""The arguments of each tool, as a model has to write them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.companion.models import MemoryText

MAX_DAYS = 14
Feeling = Literal["sad", "lonely", "tired", "angry", "anxious", "stressed", "overwhelmed", "restless", "okay", "happy"]


class ToolArguments(BaseModel):
    model_config = ConfigDict(defer_build=True, extra="forbid", hide_input_in_errors=True)


class NoArguments(ToolArguments):
    pass


class ReadMoodsArguments(ToolArguments):
    days: Annotated[int, Field(ge=1, le=MAX_DAYS)] = 7


class ProposePracticeArguments(ToolArguments):
    feeling: Feeling = "okay"


class RememberArguments(ToolArguments):
    text: MemoryText
