"""The models of the guide: its flows, what it says, the words that it knows, and where a conversation stands."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from shared.languages import TextModel

Wordings = Sequence[str]


class FlowStep(TextModel):
    """A reply of the guide. `next` follows any answer, or one that is none of the choices. Without either, it ends."""

    next: str | None = None
    choices: Mapping[str, str] = {}  # the next step by the name of the choice
    practice: bool = False  # it offers an item of the catalogue
    article: bool = False  # it quotes a help article, and is reached by a question about the app

    @property
    def targets(self) -> set[str]:
        return {*self.choices.values(), *filter(None, [self.next])}


class Flow(TextModel):
    """A topic. It has all common steps, unless it names its own: then those, and the common ones that it `uses`."""

    steps: Mapping[str, FlowStep] = {}
    uses: Sequence[str] | None = None
    plain: bool = False  # it says nothing about what the person wrote
    urgent: bool = False  # it interrupts other flows
    mood: str | None = None  # which its practices suit
    kinds: frozenset[str] = frozenset()  # of its practices


class FlowBook(TextModel):
    version: int
    common: Mapping[str, FlowStep]
    flows: Mapping[str, Flow]

    def steps(self, name: str) -> Mapping[str, FlowStep]:
        """The steps of a flow, the common ones included."""
        flow = self.flows[name]
        uses = flow.uses if flow.uses is not None else () if flow.steps else self.common
        return {**{step: self.common[step] for step in uses}, **flow.steps}


class Remarks(TextModel):
    """What the guide says before a step, by the occasion."""

    reflection: Wordings
    heard: Wordings
    unclear: Wordings
    few_words: Wordings
    changed: Wordings
    question: Wordings
    advice: Wordings
    rude: Wordings
    misread: Wordings
    medicine: Wordings
    nature: Wordings
    presence: Wordings
    late: Wordings


class FlowTexts(TextModel):
    remarks: Remarks
    own_practice: Wordings  # where the catalogue has none that suits
    leads: Mapping[str, Wordings]  # before the first question of a flow, unless it begins with the person's own words
    common: Mapping[str, Wordings]
    flows: Mapping[str, Mapping[str, Wordings]]

    def step(self, flow: str, step: str) -> Wordings:
        return self.flows.get(flow, {}).get(step) or self.common[step]


class Turning(TextModel):
    """How the words of a person are turned to speak to them: by pronouns, and in German by forms of verbs too."""

    pronouns: Mapping[str, str]
    verbs: Mapping[str, str]
    beginnings: frozenset[str]  # a sentence is turned only if it begins so
    dropped: frozenset[str]  # from the beginning
    conjunctions: frozenset[str]
    subordinators: frozenset[str]
    adverbs: frozenset[str]
    third_persons: frozenset[str]
    unsure: frozenset[str]  # a sentence with one of these is not turned, or must not be said to a person
    fillers: frozenset[str]  # sentences that say nothing


class Vocabulary(TextModel):
    """Words in lower case. With a star at its end, a word stands for all that begin like it.

    Two dots stand for at most two other words. A phrase with ^ stands at the beginning of a clause, or after greetings,
    and one with $ at the end of a clause.
    """

    topics: Mapping[str, Sequence[str]]
    choices: Mapping[str, Sequence[str]]
    wishes: Mapping[str, Sequence[str]]
    practical: Sequence[str]  # what a question about the app is about that the help answers
    practices: Sequence[str]  # what somebody calls something short to do
    kinds: Mapping[str, Sequence[str]]  # of a practice
    wishing: Sequence[str]  # how people ask for either
    telling: Sequence[str]  # with which somebody tells of what they did: then it is no wish
    ordinals: Sequence[Sequence[str]]
    asking: Sequence[str]  # with which a question begins that has no question mark
    greetings: frozenset[str]
    negations: frozenset[str]
    turning: Turning


class FlowWords(TextModel):
    search: Vocabulary = Field(description="no text of it is shown, so languages may have different numbers of words")


class GuideState(BaseModel):
    """Where a conversation stands. It is stored with the reply that led there."""

    model_config = ConfigDict(frozen=True)  # a field that a later release has stored is no error

    version: int  # of the flows
    flow: str
    step: str
    turn: int = 1  # replies since the talk began
    asked: int = 1  # times that this step was asked in a row
    brief: int = 0  # answers of one or two words in a row
    reflected: bool = False  # the last reply had the person's own words
    practices: tuple[str, ...] = ()  # ids of the items that were offered, or empty texts for our own
    kind: str | None = None  # of the practice that the person has asked for
    minutes: int | None = None  # that it may take


class Heard(NamedTuple):
    """What a message says, as far as the guide can tell."""

    topic: str | None = None
    wish: str | None = None  # what the person wants of the guide beside an answer
    choices: frozenset[str] = frozenset()  # that it names, of all that there are
    number: int | None = None  # of a choice, from 0 on
    is_brief: bool = False
    has_substance: bool = False  # a word that is no greeting and nothing like it
    asks: bool = False  # a question
    kind: str | None = None  # of the practice that is asked for
    minutes: int | None = None  # that it may take


class Move(NamedTuple):
    """The next step, and what is said before it: the name of a remark, or None."""

    state: GuideState
    remark: str | None = None
    answers: bool = False  # the message answered an open question, or opened a topic
    words: str | None = None  # the person's own, turned

    def step(self, book: FlowBook) -> FlowStep:
        return book.steps(self.state.flow)[self.state.step]

    def with_words(self, words: str | None) -> "Move":
        return self._replace(words=words, state=self.state.model_copy(update={"reflected": words is not None}))

    def with_practice(self, item: str) -> "Move":
        practices = (*self.state.practices, item)
        return self._replace(state=self.state.model_copy(update={"practices": practices}))
