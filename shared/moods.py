"""The moods that people choose from, each with its coordinates on the circumplex of valence and arousal."""

from collections.abc import Mapping
from colorsys import hls_to_rgb
from math import dist, hypot
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

Point: TypeAlias = tuple[float, float]  # (valence, arousal), each -1…1
Quadrant: TypeAlias = Literal["pleasant_activated", "pleasant_calm", "unpleasant_calm", "unpleasant_activated"]

# People with the common colour blindnesses can tell amber, green, blue and magenta apart. The lightnesses give every
# shade a contrast of 3:1 on white and on black.
HUE_AND_LIGHTNESS: Mapping[Quadrant, tuple[float, float]] = {
    "pleasant_activated": (42, 0.36),
    "pleasant_calm": (152, 0.30),
    "unpleasant_calm": (214, 0.54),
    "unpleasant_activated": (336, 0.50),
}


class Mood(NamedTuple):
    name: str
    valence: float
    arousal: float
    emoji: str

    @property
    def point(self) -> Point:
        return self.valence, self.arousal

    @property
    def quadrant(self) -> Quadrant:
        if self.valence > 0:
            return "pleasant_activated" if self.arousal > 0 else "pleasant_calm"
        return "unpleasant_activated" if self.arousal > 0 else "unpleasant_calm"

    @property
    def colour(self) -> str:
        """The quadrant decides the hue; the coordinates within it decide the shade."""
        hue, lightness = HUE_AND_LIGHTNESS[self.quadrant]
        turn = 24 * (abs(self.arousal) - abs(self.valence))
        depth = 0.10 * (0.8 - hypot(*self.point))
        rgb = hls_to_rgb((hue + turn) % 360 / 360, lightness + depth, 0.75)
        return "#" + "".join(f"{round(255 * channel):02x}" for channel in rgb)


# Coordinates are set by hand, in steps of 0.05. No mood is on an axis, so every one has a quadrant.
_PLACED = (
    Mood("happy", 0.85, 0.40, "😊"),
    Mood("joyful", 0.90, 0.50, "😄"),
    Mood("excited", 0.70, 0.80, "🤩"),
    Mood("enthusiastic", 0.70, 0.60, "🙌"),
    Mood("energetic", 0.60, 0.75, "⚡"),
    Mood("proud", 0.70, 0.30, "🏅"),
    Mood("inspired", 0.70, 0.45, "💡"),
    Mood("playful", 0.70, 0.50, "😜"),
    Mood("curious", 0.45, 0.30, "🧐"),
    Mood("hopeful", 0.60, 0.15, "🌱"),
    Mood("loved", 0.85, 0.15, "🥰"),
    Mood("confident", 0.65, 0.25, "😎"),
    Mood("content", 0.65, -0.40, "🙂"),
    Mood("calm", 0.55, -0.65, "😌"),
    Mood("peaceful", 0.70, -0.60, "🍃"),
    Mood("relaxed", 0.60, -0.65, "🧘"),
    Mood("comfortable", 0.60, -0.50, "🧸"),
    Mood("satisfied", 0.65, -0.25, "👍"),
    Mood("relieved", 0.50, -0.35, "😅"),
    Mood("grateful", 0.75, -0.05, "🙏"),
    Mood("okay", 0.05, -0.10, "😐"),
    Mood("sad", -0.70, -0.35, "😢"),
    Mood("lonely", -0.65, -0.30, "🥺"),
    Mood("tired", -0.20, -0.75, "😴"),
    Mood("bored", -0.35, -0.60, "🥱"),
    Mood("numb", -0.40, -0.65, "😶"),
    Mood("hopeless", -0.85, -0.40, "😔"),
    Mood("disappointed", -0.55, -0.20, "😞"),
    Mood("exhausted", -0.40, -0.80, "😫"),
    Mood("drained", -0.45, -0.70, "😪"),
    Mood("angry", -0.70, 0.70, "😠"),
    Mood("frustrated", -0.60, 0.45, "😤"),
    Mood("annoyed", -0.45, 0.40, "😑"),
    Mood("anxious", -0.55, 0.60, "😰"),
    Mood("stressed", -0.60, 0.60, "😣"),
    Mood("worried", -0.50, 0.40, "😟"),
    Mood("afraid", -0.75, 0.65, "😨"),
    Mood("overwhelmed", -0.60, 0.50, "😵"),
    Mood("irritable", -0.50, 0.50, "🙄"),
    Mood("jealous", -0.55, 0.40, "😒"),
    Mood("restless", -0.30, 0.50, "😬"),
    Mood("hurt", -0.65, 0.10, "💔"),
    Mood("guilty", -0.60, 0.05, "😓"),
    Mood("ashamed", -0.70, 0.10, "😳"),
)

MOODS: Mapping[str, Mood] = MappingProxyType({mood.name: mood for mood in _PLACED})
PLEASANT: tuple[str, ...] = tuple(mood.name for mood in _PLACED if mood.valence > 0)  # what plans and feeds lead to


def distance(a: Point, b: Point) -> float:
    return dist(a, b)


def nearest(valence: float, arousal: float) -> Mood:
    return min(_PLACED, key=lambda mood: distance(mood.point, (valence, arousal)))
