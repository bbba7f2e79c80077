"""What the patterns find in a text, before the scorer has judged it."""

from typing import NamedTuple

CONCERN = "concern_for_other"  # the code of worry about somebody else
EMERGENCY_OF_OTHER = "poisoning_of_other"  # the code of what somebody else has swallowed


class Findings(NamedTuple):
    patterns: set[str]  # codes by phrases
    signs: set[str]  # codes by signs
    words: str  # the text in one spelling, which the scorer reads
    names: set[str]  # of signs and of those that meet
    told: set[str]  # codes of worry in sentences that tell of somebody else, where no other code counts
    announced: set[str]  # codes of sentences that announce a suicide, and say nothing else

    @property
    def codes(self) -> set[str]:
        """All codes, whether the scorer doubts them or not."""
        return self.patterns | self.signs | self.announced
