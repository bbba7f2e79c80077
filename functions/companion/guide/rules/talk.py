"""A talk of the guide on its way from one state to the next."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from functions.companion.guide.flows import LISTEN, PRESSING, QUOTED, FlowBook, FlowStep, GuideState, Heard, Move

MOST_PRACTICES = 3
MOST_SAID = 2  # times in a row that the same sign leads to the same step
UNSAID = frozenset(  # remarks that help nobody in danger
    {"question", "advice", "medicine", "unclear", "normal", "outlook", "others_mind", "how_to_say", "tested", "itself"}
)
APP, NEAR, QUIET, VIOLENCE = "app", "near", "quiet", "violence"
CLOSING = frozenset(
    {
        NEAR,
        "safe",
        VIOLENCE,
        "worried",
        "medical",
        "overload",
        "first_aid",
        "threat",
        "voices",
        "self_harm",
        "baby",
        "eating",
    }
)  # whose end says what helps in danger


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
        changes |= {"light": flow.light}
        state = self.to(self._signed(name) or "begin", name, **changes)
        return Move(state, None if flow.urgent >= PRESSING else remark, answers=True)

    def _signed(self, flow: str) -> str | None:
        """The step of a flow to which a sign in the message leads."""
        return next((step for step, of in self.book.steps(flow).items() if of.sign in self.heard.signs), None)

    def by_sign(self) -> Move | None:
        """A new talk, however long the one before was. Said twice, a sign is an answer like others."""
        step = self._signed(self.state.flow)
        asked = self.state.asked + 1 if step == self.state.step else 1
        return Move(self.to(step, turn=1, asked=asked)) if step and asked <= MOST_SAID else None

    def back_home(self, home: str) -> Move:
        """Back in a flow that stays: where a sign leads, or to people if it is safe, or else to its question."""
        back, flow = self.book.flows[home].back, self.book.flows[home]
        step = self._signed(home)
        if not step and "safe" in self.heard.choices:
            step = self.book.steps(home)[back].choices.get("safe")
        return Move(self.to(step or back, home, turn=1), answers=not flow.plain)

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
        return Move(self.to("close")) if is_near else self.goodbye

    @property
    def goodbye(self) -> Move:
        """After a talk about something light, it names no help lines."""
        return Move(self.to("light_farewell" if self.state.light else "farewell", "start"))

    def spared(self, step: str) -> str:
        """The step, or for those who want nothing to try the next one that offers nothing."""
        while self.state.no_offers and self.steps[step].offers:
            step = self.steps[step].next or "close"
        return step

    def spared_to(self, step: str) -> GuideState:
        """The state at that step. Where only offers are left, those who want none may go on telling."""
        spared = self.spared(step)
        return self.to("more", QUIET) if spared == "close" != step else self.to(spared)

    def unasked(self) -> Move | None:
        """The reply to somebody who wants no questions, or nothing to try: it has neither."""
        if self.heard.wish == QUIET:
            is_near = self.state.flow in CLOSING
            return Move(self.to("close", quiet=True) if is_near else self.to("begin", QUIET, quiet=True))
        if self.heard.wish == "no_offers":
            return Move(self.spared_to(self.state.step), "no_offers")
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
        topics = (self.state.flow if self.state.flow != LISTEN else None, self.heard.topic, LISTEN)
        flow = next(name for name in topics if name and "practice" in self.book.steps(name))
        asked = {"kind": self.heard.kind, "minutes": self.heard.minutes}
        return Move(self.to("practice", flow, **asked))

    def again(self, remark: str | None) -> Move:
        if self.step.article:  # a passage is quoted for its question only
            return Move(self.to(self.step.next or "close"), remark)
        is_pressing = self.book.flows[self.state.flow].urgent >= PRESSING
        said = None if is_pressing and remark in UNSAID else remark
        return Move(self.to(self.state.step, asked=self.state.asked + 1, brief=self.state.brief), said)
