"""The words of the companion itself, in each language."""

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from functions.companion.models import ModuleName
from shared import people
from shared.db import Connection
from shared.languages import Languages, TextModel


class CompanionTexts(TextModel):
    openings: Mapping[ModuleName, str]  # what a conversation of a module begins with, after the disclosure
    needs_model: Mapping[str, str]  # without a model, by the module that cannot do without
    support: Mapping[str, str]  # around the passages of the help
    hand_over: Mapping[str, str]  # the mail to the team, and what the person has to know about it
    refused: str
    failures: Mapping[str, str]
    notices: Mapping[str, str]
    tools: Mapping[str, str]  # what a tool is called
    tool_faults: Mapping[str, str]  # why a call gives nothing
    partial: str
    cancelled: str
    replaced: str


COMPANION_TEXTS = Languages(Path(__file__).parent, CompanionTexts)


async def load_texts(conn: Connection, person: UUID) -> CompanionTexts:
    """The companion's own words in the person's language."""
    [profile] = (await people.load_profiles(conn, [person])).values()
    return COMPANION_TEXTS.texts(profile.locale)
