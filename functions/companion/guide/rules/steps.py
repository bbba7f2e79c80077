"""Where the guide goes after a message."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from functions.companion.guide.flows import PARTING, QUOTED, FlowBook, FlowStep, GuideState, Heard, Move, Remarks

LAST_TURN = 14  # by which a talk ends
MOST_PRACTICES = 3
MOST_BRIEF = 2  # answers in a row, after which the guide stops asking open questions
MOST_ASKED = 3  # times that it asks for a topic, before it only listens
MOST_REMARKS = 2  # on one step
PRESSING = 2  # the urgency of topics that may be dangerous
UNHELPFUL = frozenset({"question", "advice", "medicine"})  # remarks that say what a script cannot do
LISTEN, APP, NEAR, QUIET, VIOLENCE = "listen", "app", "near", "quiet", "violence"
SAFE_FLOWS = frozenset({"safe", VIOLENCE})  # in which "I am safe" is an answer
CLOSING = frozenset({NEAR, "safe", VIOLENCE, "worried", "medical", "overload"})  # whose end says what helps in danger
AFTERWARDS = frozenset({"safe", "eased", "hours", "parted"})  # states of danger after which the conversation goes on
OTHERS = "others"  # the state of danger in which somebody else is dangerous


class Talk(NamedTuple):
    """A talk on its way from one state to the next."""

    book: FlowBook
    state: GuideState
    heard: Heard

    @property
    def steps(self) -> Mapping[str, FlowStep]:
        return self.book.steps(self.state.flow)

    @property
    def step(self) -> FlowStep:
        return self.steps[self.state.step]

    @property
    def urgency(self) -> int:
        """How urgent the topic of the message is. Only what is dangerous goes before the wish for no questions."""
        urgent = self.book.flows[self.heard.topic].urgent if self.heard.topic else 0
        is_quiet = self.state.quiet or self.heard.wish == QUIET
        return 0 if is_quiet and urgent < PRESSING else urgent

    def to(self, step: str, flow: str | None = None, **changes: Any) -> GuideState:  # noqa: ANN401 - fields of the state
        place = {"version": self.book.version, "flow": flow or self.state.flow, "step": step}
        update = {**place, "asked": 1, "brief": 0, **changes}
        return self.state.model_copy(update=update)

    def topic(self, name: str, remark: str | None = None) -> Move:
        if name == APP:
            return self._about_app()
        flow = self.book.flows[name]
        changes: dict[str, Any] = {"kind": None, "minutes": None}
        changes |= {"home": name} if flow.stays else {}
        changes |= {"turn": 1} if flow.urgent else {}
        state = self.to(self._signed(name) or "begin", name, **changes)
        return Move(state, None if flow.urgent >= PRESSING else remark, answers=True)

    def _signed(self, flow: str) -> str | None:
        """The step of a flow to which a sign in the message leads."""
        return next((step for step, of in self.book.steps(flow).items() if of.sign in self.heard.signs), None)

    def by_sign(self) -> Move | None:
        """A new talk, however long the one before was."""
        step = self._signed(self.state.flow)
        return Move(self.to(step, turn=1)) if step else None

    def _about_app(self) -> Move:
        """What is asked about the app, or the question for it."""
        choices = self.book.steps(APP)["begin"].choices
        step = next((target for name, target in choices.items() if name in self.heard.choices), "begin")
        return Move(self.to(step, APP))

    def after_danger(self) -> Move:
        """A new talk, however long the one before was."""
        return Move(self.to("begin", "safe", turn=1))

    def farewell(self) -> Move:
        is_near = self.state.flow in CLOSING
        return Move(self.to("close")) if is_near else Move(self.to("farewell", "start"))

    def spared(self, step: str) -> str:
        """The step, or for those who want nothing to try the next one that offers nothing."""
        while self.state.no_offers and self.steps[step].offers:
            step = self.steps[step].next or "close"
        return step

    def unasked(self) -> Move | None:
        """The reply to somebody who wants no questions, or nothing to try: it has neither."""
        if self.heard.wish == QUIET:
            is_near = self.state.flow in CLOSING
            return Move(self.to("close", quiet=True) if is_near else self.to("begin", QUIET, quiet=True))
        if self.heard.wish == "no_offers":
            return Move(self.to(self.spared(self.state.step)), "no_offers")
        return None

    @property
    def asked_for(self) -> Move | None:
        """What the person asks the guide to show, in any topic: a passage of the help, or a practice."""
        if self.heard.wish == "practical":
            return Move(self.to("article", APP))
        if self.heard.wish in QUOTED:
            return Move(self.to(self.heard.wish, APP))
        if self.heard.wish != "practice":
            return None
        if len(self.state.practices) >= MOST_PRACTICES and "close" in self.steps:
            return Move(self.to("close"))
        topics = (self.heard.topic, self.state.flow, LISTEN)
        flow = next(name for name in topics if name and "practice" in self.book.steps(name))
        asked = {"kind": self.heard.kind, "minutes": self.heard.minutes}
        return Move(self.to("practice", flow, **asked))

    def again(self, remark: str | None) -> Move:
        if self.step.article:  # a passage is quoted for its question only
            return Move(self.to(self.step.next or "close"), remark)
        is_pressing = self.book.flows[self.state.flow].urgent >= PRESSING
        said = None if is_pressing and remark in UNHELPFUL else remark
        return Move(self.to(self.state.step, asked=self.state.asked + 1, brief=self.state.brief), said)


def advance(book: FlowBook, state: GuideState | None, heard: Heard, danger: str | None = None) -> Move:
    """The move that answers a message. Without a state, or after an end, a new talk begins.

    `danger` is the state that the reply before has set, if that was about danger: after a talk about it, the guide
    stays with the next hours, unless the person wants something else.
    """
    old = _existing(book, state) if state else None
    new = Talk(book, _fresh(book, old, heard), heard)
    if danger == OTHERS:
        new = new._replace(state=new.state.model_copy(update={"home": VIOLENCE}))
    if old is None or danger in {*AFTERWARDS, OTHERS}:
        return _opening(new, near=danger in AFTERWARDS - {"parted"})
    talk = Talk(book, old.model_copy(update={"turn": old.turn + 1, "reflected": False} | _wanted(heard)), heard)
    if move := talk.by_sign():
        return move
    if not talk.step.targets:
        return _opening(new, is_new=False)
    if move := _interruption(talk):
        return move
    if _leaves_article(talk):
        talk = talk._replace(state=talk.to("ask", "start", asked=0))
    return _opening(talk) if talk.state.flow == "start" else _answer(talk)


def may_reflect(book: FlowBook, before: GuideState | None, move: Move) -> bool:
    """Whether a reply may begin with the person's own words: after an answer, and not twice in a row."""
    is_spoken = move.answers and not move.remark and not book.flows[move.state.flow].plain
    return is_spoken and not (before and before.reflected)


def _fresh(book: FlowBook, old: GuideState | None, heard: Heard) -> GuideState:
    """The state at the beginning of a talk. What the person does not want is remembered from the talk before."""
    kept = old.model_dump(include={"quiet", "no_offers", "home", "language"}) if old else {}
    kept |= _wanted(heard)
    return GuideState(version=book.version, flow="start", step="ask", turn=1, asked=0, **kept)


def _wanted(heard: Heard) -> dict[str, bool]:
    """Whether the person wants something to try, if they say so."""
    return {"no_offers": heard.wish != "practice"} if heard.wish in {QUIET, "no_offers", "practice"} else {}


def _existing(book: FlowBook, state: GuideState) -> GuideState:
    """The state in the flows that there are now: the same step, or else the nearest by name.

    A step that is gone has become the way on of its flow, and a flow that is gone has become `listen`.
    """
    if state.flow in book.flows and state.step in book.steps(state.flow):
        return state
    flow = state.flow if state.flow in book.flows else LISTEN
    steps = book.steps(flow)
    step = next(name for name in (state.step, "choose", "second", "ask", "close") if name in steps)
    return state.model_copy(update={"flow": flow, "step": step})


def _opening(talk: Talk, *, is_new: bool = True, near: bool = False) -> Move:
    """The beginning of a talk: its topic, or the question for one. `near` if danger was spoken of just before."""
    heard, asked = talk.heard, talk.state.asked
    if move := _before_topics(talk, near=near):
        return move
    if heard.topic:
        return talk.topic(heard.topic, "medicine" if heard.wish == "medicine" else None)
    if heard.wish in PARTING or (heard.wish == "thanks" and not is_new):
        return Move(talk.to("farewell", "start"))
    remark = heard.wish if heard.wish in Remarks.model_fields else None
    if asked >= MOST_ASKED or (heard.has_substance and not remark):
        return talk.topic(LISTEN)
    if not remark and not asked:
        return Move(talk.to("ask", "start"))
    return talk.again(remark or "unclear")


def _before_topics(talk: Talk, *, near: bool) -> Move | None:
    """What goes before a topic at the beginning of a talk, unless that cannot wait."""
    heard = talk.heard
    if heard.wish == "safe" and talk.state.home != VIOLENCE:
        return talk.after_danger()
    if talk.urgency:
        return None
    if near and heard.wish not in {"change", "practical", "practice", *QUOTED}:
        return Move(talk.to("close" if heard.wish in PARTING else "begin", NEAR))
    return talk.unasked() or talk.asked_for or _coming_back(talk)


def _coming_back(talk: Talk) -> Move | None:
    """A talk without questions goes on without them, and one about violence comes back to it."""
    heard, home = talk.heard, talk.state.home
    if heard.wish in {*PARTING, "thanks"}:
        return Move(talk.to("close", home)) if home else None
    if heard.wish == "change":
        return None
    if talk.state.quiet:
        return Move(talk.to("more", QUIET))
    return talk.topic(home) if home else None


def _leaves_article(talk: Talk) -> bool:
    """Whether a person who has read a passage of the help tells of something else."""
    heard = talk.heard
    tells = heard.has_substance and not heard.is_brief and heard.wish not in Remarks.model_fields
    return talk.step.article and tells


def _interruption(talk: Talk) -> Move | None:
    """What goes before an answer: a topic that cannot wait, an end, or what the person asks for."""
    return _pressing(talk) or _ending(talk) or _wished(talk)


def _pressing(talk: Talk) -> Move | None:
    heard, state, flows = talk.heard, talk.state, talk.book.flows
    if heard.wish == "safe" and state.flow not in SAFE_FLOWS:
        return talk.after_danger()
    if heard.topic and talk.urgency > flows[state.flow].urgent:
        return talk.topic(heard.topic)
    return None


def _ending(talk: Talk) -> Move | None:
    heard, state = talk.heard, talk.state
    is_content = state.flow in CLOSING and heard.is_brief and "stop" in heard.choices
    if heard.wish in PARTING or is_content:
        return talk.farewell()
    if move := talk.unasked():
        return move
    if state.turn < LAST_TURN:
        return None
    return Move(talk.to("farewell")) if state.flow == "start" else Move(talk.to("close"), "late")


def _wished(talk: Talk) -> Move | None:
    """What the person asks for: a passage of the help, a practice, or another topic."""
    topic, flow = talk.heard.topic, talk.state.flow
    if topic == APP != flow and talk.heard.asks and talk.heard.wish not in {"practical", *QUOTED}:
        return talk.topic(APP)
    if (move := talk.asked_for) and not (_offers_practice(talk) and _chosen(talk)):
        return move
    if talk.heard.wish == "change":
        leaving = talk._replace(state=talk.to("ask", "start", quiet=False, home=None))
        return leaving.topic(topic, "changed") if topic and topic != flow else Move(leaving.state)
    if talk.heard.wish == "misread" and not talk.book.flows[flow].urgent and talk.state.asked <= MOST_REMARKS:
        return Move(talk.to("begin", LISTEN, asked=talk.state.asked + 1), "misread")
    return None


def _offers_practice(talk: Talk) -> bool:
    """Whether the step asks if a practice is wanted, or another one."""
    return talk.step.practice or any(talk.steps[target].practice for target in talk.step.choices.values())


def _answer(talk: Talk) -> Move:
    """The step after an answer."""
    heard, state = talk.heard, talk.state
    target = _chosen(talk) if heard.wish != "medicine" else None
    if target:
        return _to(talk, target)
    if heard.wish in Remarks.model_fields and state.asked <= MOST_REMARKS:
        return talk.again(heard.wish)
    if state.flow == LISTEN and state.step in {"begin", "second"} and heard.topic not in {None, LISTEN, APP}:
        return talk.topic(heard.topic)
    if talk.step.choices:
        return _unclear_choice(talk)
    brief = state.brief + 1 if heard.is_brief else 0
    if brief >= MOST_BRIEF and "choose" in talk.steps and state.step in {"begin", "second", "third", "fourth"}:
        return Move(talk.to(talk.spared("choose")), "few_words")
    return _to(talk, talk.step.next or "close", brief=brief, answers=True)


def _chosen(talk: Talk) -> str | None:
    """The step that the message chooses. In few words, a person may also ask for something to try, or to stop."""
    heard, choices = talk.heard, talk.step.choices
    if not choices:
        ways = talk.steps["choose"].choices if heard.is_brief and "choose" in talk.steps else {}
        choices = {name: target for name, target in ways.items() if name in {"try", "stop"}}
    elif heard.number is not None and heard.number < len(choices) and talk.state.version == talk.book.version:
        return [*choices.values()][heard.number]  # after an upgrade, it may not be what the person read
    named = choices.keys() & heard.choices
    if len(named) > 1:
        named -= {"yes"}  # "something else please"
    return choices[named.pop()] if len(named) == 1 else None


def _unclear_choice(talk: Talk) -> Move:
    """The person chose nothing: the question was not clear, or they tell more."""
    may_ask_again = talk.state.asked == 1 and not talk.step.practice
    if may_ask_again and talk.heard.is_brief:
        return talk.again("unclear")
    if may_ask_again and talk.step.next == "close":
        return talk.again(None)._replace(answers=True)
    way_out = talk.step.choices.get("stop") if talk.heard.is_brief else None
    return _to(talk, way_out or talk.step.next or "close", answers=not way_out)


def _to(talk: Talk, step: str, *, brief: int = 0, answers: bool = False) -> Move:
    step = talk.spared(step)
    if talk.steps[step].practice and len(talk.state.practices) >= MOST_PRACTICES:
        step = "close"
    return Move(talk.to(step, brief=brief), None, answers)
