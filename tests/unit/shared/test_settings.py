"""Settings come from one environment, for what is shared and for each capability."""

import pytest

from functions.notify.settings import NotifySettings
from functions.relay.settings import RelaySettings
from shared.settings import BadSettings, Settings


def test_all_problems_are_reported_together_and_without_values() -> None:
    """One error lists the problems of the shared settings and of all capabilities, by variable."""
    environ = {"POOL_SIZE": "plenty", "PUBLIC_URL": "nowhere", "LINK_SECRET": "short", "MAIL_FROM": "somebody"}

    with pytest.raises(BadSettings) as raised:
        Settings.from_mapping(environ)

    assert [name for name in environ if f"{name}: " not in str(raised.value)] == []
    assert [value for value in environ.values() if value in str(raised.value)] == []


def test_a_capability_reads_its_own_from_the_same_environment() -> None:
    """It does not see settings of other capabilities. An empty variable counts as not set."""
    settings = Settings.from_mapping({"RELAY_SECRET": "word", "FCM_PROJECT": ""})

    assert settings.of(RelaySettings).relay_secret is not None
    assert settings.of(NotifySettings) == NotifySettings()
    assert "relay_secret" not in NotifySettings.model_fields


def test_a_secret_is_never_printed() -> None:
    """Neither the shared settings nor those of a capability print it."""
    settings = Settings.from_mapping(
        {"RELAY_SECRET": "open-sesame", "DATABASE_URL": "host=localhost password=open-sesame"}
    )

    assert "open-sesame" not in f"{settings!r} {settings} {settings.of(RelaySettings)!r}"


def test_an_undeclared_setting_is_refused() -> None:
    """A misspelt name in code fails. Unknown environment variables are ignored."""
    with pytest.raises(ValueError, match="relay_secret"):
        Settings.model_validate({"relay_secret": "word"})
    assert Settings.from_mapping({"HOME": "somewhere"}).model_fields_set == {"environ"}
