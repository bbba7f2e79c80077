"""What a person in danger is offered: a text for the grade, help lines, and the emergency number of their country."""

from collections.abc import Mapping
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from shared import logs
from shared.ages import AgeBand
from shared.languages import FALLBACK
from shared.places import device_locale, likely_country
from shared.safety import texts
from shared.safety.findings import CONCERN, EMERGENCY_OF_OTHER
from shared.safety.gate import THREAT, Grade, grade_of
from shared.safety.guide import WORRIED_ABOUT_SOMEONE, GuideName
from shared.safety.helplines import Kind, Line, emergency_number, lines_for

TEXTS = {  # other codes: by their grade
    "poisoning_now": "immediate_poison",
    CONCERN: CONCERN,
    EMERGENCY_OF_OTHER: "poison_of_other",
    THREAT: THREAT,
}
CARE = "care"  # the code of support within a care period, for a request without words of danger
VIOLENCE = "danger_from_others"  # the code and the grade
MINORS: tuple[AgeBand, ...] = ("under_13", "13_to_15", "16_to_17")
FIRST_FOR_MINORS: tuple[Kind, ...] = ("poison", "children")  # as far as they are among the lines
KINDS: Mapping[str, tuple[Kind, ...]] = {
    "poisoning_now": ("poison",),
    EMERGENCY_OF_OTHER: ("poison",),
    VIOLENCE: ("violence",),
}
ABOUT_OTHERS = {CONCERN, EMERGENCY_OF_OTHER}
WIDELY_ANSWERED = "112"  # mobile phones turn it into the local emergency number in many countries


class Support(BaseModel):
    """What the response offers a person in danger. Show `title` alone where somebody else may see the screen."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    grade: Grade | None  # None within the care period, for a request without words of danger
    title: str
    message: str
    question: str | None
    lines: tuple[Line, ...]
    emergency_number: str
    safety_plan: bool
    guide: GuideName | None = None  # of account/guides, for those who worry about someone else


def support_for(  # noqa: PLR0913 - what is known of a person
    code: str,
    variant: int,
    country: str | None,
    locale: str | None,
    *,
    safety_plan: bool = False,
    age_band: AgeBand | None = None,
    accept_language: str | None = None,
    timezone: str | None = None,
) -> Support:
    """The support for what the gate found. Data that cannot be read gives the fallback, and an alert.

    Without a country in the profile, the rest of what is known of the person tells where help is. Minors have a line
    for children first; a person of unknown age has the lines for everyone.
    """
    try:
        country = likely_country(country, locale, accept_language, timezone)
        language = locale or device_locale(accept_language) or FALLBACK
        lines = _lines(code, country, language, is_minor=age_band in MINORS)
        return _support(code, variant, country, language, lines, safety_plan=safety_plan)
    except Exception as error:  # noqa: BLE001 - whatever it is, people in danger must not go without an answer
        logs.failure("support_broken", error)
        return fallback_support()


def care_support(
    country: str | None, locale: str | None, *, safety_plan: bool = False, age_band: AgeBand | None = None
) -> Support:
    """The support within a care period, for a request without words of danger."""
    return support_for(CARE, 0, country, locale, safety_plan=safety_plan, age_band=age_band)


class SupportContext(Protocol):
    """What decides on support for a request without words of danger."""

    @property
    def in_care(self) -> bool: ...
    @property
    def question(self) -> str | None:
        """The code of what a review asks."""

    @property
    def question_variant(self) -> int | None: ...
    @property
    def country(self) -> str | None: ...
    @property
    def locale(self) -> str | None: ...
    @property
    def timezone(self) -> str: ...
    @property
    def safety_plan(self) -> bool: ...
    @property
    def age_band(self) -> AgeBand | None: ...


def support_without_words(context: SupportContext, accept_language: str | None = None) -> Support | None:
    """The support within a care period, or else the question of a review, or None."""
    code, variant = (CARE, 0) if context.in_care else (context.question, context.question_variant or 0)
    if code is None:
        return None
    return support_for(
        code,
        variant,
        context.country,
        context.locale,
        safety_plan=context.safety_plan,
        age_band=context.age_band,
        accept_language=accept_language,
        timezone=context.timezone,
    )


def fallback_support() -> Support:
    """Support that needs no data."""
    return Support(
        grade=None,
        title="A note for you",
        message=(
            "If you are in danger, or somebody near you is, please call your local emergency number now. "
            "You can find people who listen, in your country, in the directory below."
        ),
        question="Can somebody be with you right now?",
        lines=(
            Line(
                name="Find a Helpline, a directory by country",
                url="https://findahelpline.com",
                country="ZZ",
                kind="crisis",
                languages=("en",),
            ),
        ),
        emergency_number=WIDELY_ANSWERED,
        safety_plan=False,
    )


def _lines(code: str, country: str | None, locale: str, *, is_minor: bool) -> tuple[Line, ...]:
    """The help lines. Whoever is hurt by somebody may be a child, too, and other lines may be for women."""
    last: Kind | None = "children" if is_minor or code == VIOLENCE else None
    lines = lines_for(country, KINDS.get(code, ()), locale, last=last)
    if not is_minor:
        return lines
    first = [line for kind in FIRST_FOR_MINORS for line in lines if line.kind == kind]
    return (*first, *(line for line in lines if line not in first))


def _support(  # noqa: PLR0913 - what a support is made of
    code: str, variant: int, country: str | None, locale: str, lines: tuple[Line, ...], *, safety_plan: bool
) -> Support:
    grade = None if code == CARE else grade_of(code)
    number = emergency_number(country, police=code in {VIOLENCE, THREAT})
    text = texts.support_text(TEXTS.get(code, grade or CARE), locale, variant, number)
    return Support(
        grade=grade,
        title=text.title,
        message=text.message,
        question=text.question,
        lines=lines,
        emergency_number=number or WIDELY_ANSWERED,
        safety_plan=safety_plan,
        guide=WORRIED_ABOUT_SOMEONE if code in ABOUT_OTHERS else None,
    )
