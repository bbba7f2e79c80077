"""Names of factors: spellings that differ in letter case or spaces are one factor; a person hides or merges some."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import NamedTuple

from shared.factors import factor_name


class FactorSetting(NamedTuple):
    factor: str
    hidden: bool
    alias_of: str | None


class FactorNames:
    """What a person has set: which factors are hidden, and which are counted as another one."""

    def __init__(self, settings: Iterable[FactorSetting] = ()) -> None:
        self._settings = _by_present_name(settings)
        self._aliases: dict[str, list[str]] = defaultdict(list)
        for setting in sorted(self._settings.values(), key=attrgetter("factor")):
            if setting.alias_of:
                self._aliases[setting.alias_of].append(setting.factor)

    def name_of(self, label: str) -> str:
        """The factor that a label counts for."""
        name = factor_name(label)
        setting = self._settings.get(name)
        return (setting and setting.alias_of) or name

    def is_hidden(self, name: str) -> bool:
        setting = self._settings.get(name)
        return bool(setting and setting.hidden)

    def aliases_of(self, name: str) -> list[str]:
        return self._aliases.get(name, [])


class FactorSpellings:
    """How the person spells each factor: as on most days."""

    def __init__(self, days_by_label: Iterable[Mapping[str, int]]) -> None:
        days: Counter[str] = Counter()
        for each in days_by_label:
            days.update(each)
        rarest_first = sorted(days, key=lambda label: (-days[label], label), reverse=True)
        self._by_name = {factor_name(label): " ".join(label.split()) for label in rarest_first}

    def of(self, name: str) -> str:
        """The spelling of what `FactorNames.name_of` returns."""
        return self._by_name.get(name, name)


def _by_present_name(settings: Iterable[FactorSetting]) -> Mapping[str, FactorSetting]:
    """The settings by what names their factors now. One that was stored by an older rule yields to one by this rule."""
    stored = sorted(settings, key=lambda setting: setting.factor == factor_name(setting.factor))
    return {
        name: FactorSetting(name, setting.hidden, setting.alias_of and factor_name(setting.alias_of))
        for setting in stored
        for name in [factor_name(setting.factor)]
    }
