"""Settings come from one environment, for what is shared and for each capability."""

import pytest

from functions.notify.settings import NotifySettings
from functions.relay.settings import RelaySettings
from shared.settings import BadSettings, Settings


def test_all_problems_are_reported_together_and_without_values() -> None:
    """Those of what is shared and those of every capability, variable by variable."""
    environ = {"POOL_SIZE": "plenty", "PUBLIC_URL": "nowhere", "LINK_SECRET": "short", "MAIL_FROM": "somebody"}

    with pytest.raises(BadSettings) as raised:
        Settings.from_mapping(environ)

    assert [name for name in environ if f"{name}: " not in str(raised.value)] == []
    assert [value for value in environ.values() if value in str(raised.value)] == []


def test_a_capability_reads_its_own_from_the_same_environment() -> None:
    """And sees none of another's; an empty variable is not set."""
    settings = Settings.from_mapping({"RELAY_SECRET": "word", "FCM_PROJECT": ""})

    assert settings.of(RelaySettings).relay_secret is not None
    assert settings.of(NotifySettings) == NotifySettings()
    assert "relay_secret" not in NotifySettings.model_fields


def test_a_secret_is_never_printed() -> None:
    """Neither by what is shared, nor by its capability."""
    settings = Settings.from_mapping(
        {"RELAY_SECRET": "open-sesame", "DATABASE_URL": "host=localhost password=open-sesame"}
    )

    assert "open-sesame" not in f"{settings!r} {settings} {settings.of(RelaySettings)!r}"


def test_a_setting_that_nobody_declares_cannot_be_given() -> None:
    """A slip of the pen in code shows at once. A variable of the environment may be anybody's."""
    with pytest.raises(ValueError, match="relay_secret"):
        Settings.model_validate({"relay_secret": "word"})
    assert Settings.from_mapping({"HOME": "somewhere"}).model_fields_set == {"environ"}
