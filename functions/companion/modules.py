"""The modules of the companion: what a model is told, and what it may use. All else is the same."""

from collections.abc import Mapping
from typing import NamedTuple

from functions.companion.models import ModuleName


class Module(NamedTuple):
    """The prompt of a module has its name."""

    tools: frozenset[str]
    knows_profile: bool = False  # what the person wrote in it to personalise by, with their consent to `ai_lookups`
    remembers: bool = True  # what the person has asked to remember is sent
    has_articles: bool = False  # the help articles that suit the latest message are sent

    @property
    def prompts(self) -> tuple[str, ...]:
        """Beside its own prompt, those without which no model replies."""
        return (
            "system",
            "language",
            *(("memory",) if self.remembers else ()),
            *(("articles",) if self.has_articles else ()),
        )


MODULES: Mapping[ModuleName, Module] = {
    "companion": Module(
        frozenset({"read_plan", "read_moods", "read_what_helped", "propose_practice", "propose_check_in", "remember"})
    ),
    "brainstorm": Module(frozenset({"read_what_helped", "propose_practice", "remember"}), knows_profile=True),
    "planning": Module(
        frozenset({"read_plan", "read_what_helped", "propose_practice", "remember"}), knows_profile=True
    ),
    "support": Module(frozenset({"propose_hand_over"}), remembers=False, has_articles=True),
}
