"""The chart of factors: the effect of each that goes with moods, with its interval, and what the others lack."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from functions.insights.charts.table import ChartTable
from functions.insights.charts.texts import ChartTexts
from functions.insights.factor_models import Factor, FactorEffect, Factors
from shared import svg
from shared.svg import THEMES, Size, Theme, ThemeName

LEFT, RIGHT, TOP, BOTTOM = 16, 16, 48, 16
ROW, ROW_WITH_EFFECT = 42, 66
MOST_ROWS = 15
NARROWEST_REACH = 2.0  # points


class Frame(NamedTuple):
    width: int
    reach: float  # points from the middle to either end
    colours: Theme
    texts: ChartTexts

    @property
    def room(self) -> int:
        return self.width - LEFT - RIGHT

    def x(self, points: float) -> float:
        return round(LEFT + 6 + (points / self.reach + 1) / 2 * (self.room - 12), 1)


def draw_factors(factors: Factors, theme: ThemeName, width: int, texts: ChartTexts) -> str:
    rows = _shown(factors)[:MOST_ROWS]
    frame = Frame(width, _reach(rows), THEMES[theme], texts)
    heading = svg.shortened(texts.factors.title, frame.room)
    parts = [svg.label(LEFT, 26, heading, frame.colours.ink, 'font-weight="600"')]
    if not rows:
        parts.append(svg.label(LEFT, TOP + 16, svg.shortened(texts.empty, frame.room), frame.colours.muted))
    top = TOP
    for factor in rows:
        parts += _draw_row(factor, top, frame)
        top += _height(factor)
    size = Size(width, max(top, TOP + ROW) + BOTTOM)
    return svg.document(size, frame.colours, texts.factors.title, description(factors, texts), parts)


def factors_table(factors: Factors, texts: ChartTexts) -> ChartTable:
    rows = [[factor.factor, str(factor.days), _known(factor, texts)] for factor in _shown(factors)]
    return ChartTable(texts.factors.title, description(factors, texts), texts.factors.columns, rows)


def description(factors: Factors, texts: ChartTexts) -> str:
    shown = _shown(factors)
    if not shown:
        return texts.empty
    return texts.factors.description.format(found=sum(bool(factor.effects) for factor in shown), count=len(shown))


def _known(factor: Factor, texts: ChartTexts) -> str:
    """What is known of a factor, or what is missing. It never asks for more or fewer days with a factor."""
    words, needs = texts.factors, factor.needs
    if factor.effects:
        return "; ".join(texts.effect(effect) for effect in factor.effects)
    if needs is None:
        return words.not_looked_at
    if needs.days_with:
        return words.needs_with.format(days=needs.days_with)
    if needs.days_without:
        return words.needs_without
    return words.needs_entries.format(days=needs.days) if needs.days else words.nothing_found


def _shown(factors: Factors) -> list[Factor]:
    """Factors that are not hidden, the ones with an effect first."""
    return sorted((factor for factor in factors.items if not factor.hidden), key=lambda each: not each.effects)


def _height(factor: Factor) -> int:
    return ROW_WITH_EFFECT if _drawn(factor) else ROW


def _drawn(factor: Factor) -> Sequence[FactorEffect]:
    """The effect that is drawn. That on a single mood is not in points, so it is only told in words."""
    return [effect for effect in factor.effects if effect.mood is None][:1]


def _reach(rows: Sequence[Factor]) -> float:
    ends = [abs(end) for factor in rows for effect in _drawn(factor) for end in (effect.low, effect.high)]
    return max([NARROWEST_REACH, *ends])


def _draw_row(factor: Factor, top: float, frame: Frame) -> Iterator[str]:
    colours = frame.colours
    days = frame.texts.factors.days.format(days=factor.days)
    beside = svg.text_width(days) + 12
    has_days = frame.room > 2 * beside
    name = svg.shortened(factor.factor, frame.room - beside * has_days)
    yield svg.label(LEFT, top + 14, name, colours.ink, 'font-weight="600"')
    if has_days:
        yield svg.label(frame.width - RIGHT, top + 14, days, colours.muted, 'text-anchor="end"')
    yield svg.label(LEFT, top + 32, svg.shortened(_known(factor, frame.texts), frame.room), colours.muted)
    for effect in _drawn(factor):
        yield from _draw_effect(effect, top + 48, frame)


def _draw_effect(effect: FactorEffect, y: float, frame: Frame) -> Iterator[str]:
    colours, x = frame.colours, frame.x
    yield svg.rule(x(-frame.reach), y, x(frame.reach), y, f'stroke="{colours.faint}" stroke-width="1"')
    yield svg.rule(x(0), y - 8, x(0), y + 8, f'stroke="{colours.muted}" stroke-width="2"')
    yield svg.rule(x(effect.low), y, x(effect.high), y, f'stroke="{colours.accent}" stroke-width="4"')
    yield svg.dot(x(effect.effect), y, colours, 6)
