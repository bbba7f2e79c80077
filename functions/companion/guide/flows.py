"""The models of the guide: its flows, what it says, the words that it knows, and where a conversation stands."""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from shared.languages import TextModel

Wordings = Sequence[str]
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
PARTING = frozenset({"bye", "parting"})  # wishes
# Wishes that a certain help article answers, by a sign of the same name.
QUOTED = ("people", "reads", "deletion", "price")
ALONE = frozenset({"misread", "no_offers"})  # remarks that are all of the reply
TOLD_GOODBYE = "told_goodbye"  # the sign of the goodbye of somebody else
UNNAMED = frozenset({"did"})  # a choice that no question names: that the person has tried it
PERSON = "person"  # the hint of a message that speaks of somebody
LISTEN = "listen"  # the flow of whoever names no topic
LISTENING_STEPS = frozenset({"begin", "second", "third", "fourth", "fifth", "sixth"})  # at which it asks openly
PRESSING = 2  # the urgency of topics that may be dangerous


class FlowStep(TextModel):
    """A reply of the guide. `next` follows any answer, or one that is none of the choices. Without either, it ends."""

    next: str | None = None
    choices: Mapping[str, str] = {}  # the next step by the name of the choice
    practice: bool = False  # it offers an item of the catalogue
    offers: bool = False  # something to try: left out for those who want nothing of that kind
    article: bool = False  # it quotes a help article, and is reached by a question about the app
    quotes: str | None = None  # the article; without it, the one that suits the question best
    sign: str | None = None  # in a message, which leads here from every step of the flow
    any_answer: bool = False  # it asks only once, whatever is answered

    @property
    def targets(self) -> set[str]:
        return {*self.choices.values(), *filter(None, [self.next])}


class Flow(TextModel):
    """A topic. It has all common steps, unless it names its own: then those, and the steps for many that it `uses`."""

    steps: Mapping[str, FlowStep] = {}
    uses: Sequence[str] | None = None
    plain: bool = False  # it says nothing about what the person wrote
    gentle: bool = False  # it says its lead also after the person's own words
    light: bool = False  # who parts is not told of help lines
    urgent: int = 0  # it interrupts the flows that are less urgent
    stays: bool = False  # a talk comes back to it, whatever else was spoken of
    back: str = "begin"  # the step at which it comes back
    police: bool = False  # the emergency number is that of the police, where an ambulance has another one
    mood: str | None = None  # which its practices suit
    kinds: frozenset[str] = frozenset()  # of its practices


class FlowBook(TextModel):
    version: int
    common: Mapping[str, FlowStep]
    answers: Mapping[str, FlowStep]  # steps that answer what people ask in several flows
    flows: Mapping[str, Flow]
    minor_hints: frozenset[str]  # that count only where no other hint does
    light_hints: frozenset[str]  # after which the guide may say the person's own words about them

    def steps(self, name: str) -> Mapping[str, FlowStep]:
        """The steps of a flow, and then those for many flows that it uses."""
        flow = self.flows[name]
        uses = flow.uses if flow.uses is not None else () if flow.steps else self.common
        for_many = {**self.common, **self.answers}
        return {**flow.steps, **{step: for_many[step] for step in uses}}


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
    no_offers: Wordings
    late: Wordings
    explain: Wordings
    young: Wordings
    normal: Wordings
    outlook: Wordings
    others_mind: Wordings
    how_to_say: Wordings
    tested: Wordings
    itself: Wordings
    corrected: Wordings
    resolved: Wordings


class HintTexts(TextModel):
    """What the guide says about a hint: when it is new, and what it asks about it where it only listens."""

    heard: Wordings
    questions: Wordings  # each is asked once in a conversation. {who} is the person


class FlowTexts(TextModel):
    remarks: Remarks
    hints: Mapping[str, HintTexts]
    people: Mapping[str, str]  # how the guide names somebody: "your boss"
    own_practice: Wordings  # where the catalogue has none that suits
    local_emergency: str  # in place of the emergency number of a country that is not known
    poison_lines: str  # the poison centres of a country
    no_poison_line: str  # where none is known
    leads: Mapping[str, Wordings]  # before the first question of a flow, unless it begins with the person's own words
    common: Mapping[str, Wordings]
    flows: Mapping[str, Mapping[str, Wordings]]

    def step(self, flow: str, step: str) -> Wordings:
        return self.flows.get(flow, {}).get(step) or self.common[step]


class UnreadTexts(TextModel):
    """What the guide says in a language that it does not read."""

    reviewed_by: str | None
    introduction: str
    ways: str
    kept: tuple[str, ...]
    practices: tuple[str, ...]
    people: str
    close: tuple[str, ...]
    exercise: tuple[str, ...]  # how people ask for something to try, as `plain_letters` has it


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
    nouns: frozenset[str]  # in German. Who writes one of them in lower case may do so with others
    unsure: frozenset[str]  # a sentence with one of these is not turned, or must not be said to a person
    fillers: frozenset[str]  # sentences that say nothing

    @property
    def grammar(self) -> str:
        """The language by whose rules words are turned."""
        return "de" if self.verbs else "en"


class Vocabulary(TextModel):
    """Words in lower case. With a star at its end, a word stands for all that begin like it.

    Two dots stand for at most two other words, and | for "or", between words or between_some_that_belong_together.
    A phrase with ^ stands at the beginning of a clause, or after greetings, and one with $ at the end of a clause.

    A sign is what phrases say together. Each of its lines names groups of phrases, all of which have to be in one
    sentence, in any order. The sign of a topic goes before the words of all topics.
    """

    spellings: Mapping[str, str]  # how people write a word, and how it stands here
    no_misspellings: frozenset[str]  # words that only look like a misspelling of one that stands here
    has_dialects: bool = False
    groups: Mapping[str, Sequence[str]]
    signs: Mapping[str, Sequence[Sequence[str]]]
    spread: frozenset[str]  # signs whose phrases may stand in several sentences
    unlike: Mapping[str, Sequence[str]]  # with which a topic, a sign or a wish is not meant
    contrary: Mapping[str, Sequence[str]]  # with which, unless denied, a topic is not meant: "I sleep well"
    topics: Mapping[str, Sequence[str]]
    hints: Mapping[str, Sequence[str]]  # what a message may say beside a topic: what goes first is asked about first
    people: Mapping[str, Sequence[str]]
    choices: Mapping[str, Sequence[str]]
    wishes: Mapping[str, Sequence[str]]
    practical: Sequence[str]  # what a question about the app is about that the help answers
    practices: Sequence[str]  # what somebody calls something short to do
    kinds: Mapping[str, Sequence[str]]  # of a practice
    wishing: Sequence[str]  # how people ask for either
    telling: Sequence[str]  # with which somebody tells of what they did: then it is no wish
    ordinals: Sequence[Sequence[str]]
    asking: Sequence[str]  # with which a question begins
    rhetorical: Sequence[str]  # questions that ask nothing
    greetings: frozenset[str]
    negations: frozenset[str]
    subjects: frozenset[str]  # over which no negation reaches
    feelings: frozenset[str]  # words that do not count where somebody else has the feeling
    oneself: frozenset[str]
    other_people: frozenset[str]
    turning: Turning

    @cached_property
    def known(self) -> frozenset[str]:
        """All words that stand here, and those that are no misspellings."""
        return frozenset(WORD.findall(self.model_dump_json().lower().replace("_", " "))) | self.no_misspellings

    @cached_property
    def telling_words(self) -> frozenset[str]:
        """The words by which topics, hints, choices and wishes are recognised."""
        lists = (self.topics, self.hints, self.choices, self.wishes, {"": self.practices})
        listed = (phrase for named in lists for phrases in named.values() for phrase in phrases)
        phrases = (phrase.replace("_", " ") for phrase in listed if not phrase.endswith("*"))
        return frozenset(word for phrase in phrases for word in WORD.findall(phrase))


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
    quiet: bool = False  # the person wants no questions
    no_offers: bool = False  # the person wants nothing to try
    home: str | None = None  # the flow to which the talk comes back
    language: str | None = None  # of the reply, where the profile has none
    light: bool = False  # the talk is about something light
    hints: tuple[str, ...] = ()  # of the talk, those of the latest message first
    person: str | None = None  # of whom it speaks
    conversation: int | None = None  # its number among those of the person, from 0 on
    said: Mapping[str, int] = {}  # how many wordings of the same thing have been said in the conversation

    @property
    def listens(self) -> bool:
        """Whether the guide only listens, and may ask about what the person has told of."""
        return self.flow == LISTEN and self.step in LISTENING_STEPS

    def left_off(self) -> "GuideState":
        """An ended talk, of which only the flow is left to which it comes back, the language, and what was said."""
        kept = self.model_dump(include={"version", "home", "language", "conversation", "said"})
        return GuideState(flow="start", step="farewell", **kept)


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
    signs: frozenset[str] = frozenset()
    hints: tuple[str, ...] = ()
    person: str | None = None  # who is spoken of
    words: str | None = None  # the person's own about the first hint, turned


class Move(NamedTuple):
    """The next step, and what is said before it: the name of a remark, or None."""

    state: GuideState
    remark: str | None = None
    answers: bool = False  # the message answered an open question, or opened a topic
    words: str | None = None  # the person's own, turned
    hint: str | None = None  # of the message, and new in the talk

    def step(self, book: FlowBook) -> FlowStep:
        return book.steps(self.state.flow)[self.state.step]

    def with_words(self, words: str | None) -> "Move":
        return self._replace(words=words, state=self.state.model_copy(update={"reflected": words is not None}))

    def with_practice(self, item: str) -> "Move":
        practices = (*self.state.practices, item)
        return self._replace(state=self.state.model_copy(update={"practices": practices}))
