"""Alerts, their pages and the log lines that they count agree."""

import re

from infra.registry import ROOT

ALERTS = (ROOT / "infra/terraform/alerts.tf").read_text(encoding="utf-8")
IN_TABLES = re.findall(r"^    ([a-z][a-z0-9-]+) += \{ severity", ALERTS, re.MULTILINE)
ALONE = re.findall(r'google_monitoring_alert_policy" "\w+" \{\n  display_name += "([a-z-]+)"', ALERTS)
PAGES = {page.stem for page in (ROOT / "docs/operations/alerts").glob("*.md")}
MESSAGES = re.findall(r'jsonPayload\.message=\(?((?:\\"\w+\\"(?: OR )?)+)', ALERTS) + re.findall(
    r'message = ("\w+")', ALERTS
)
NAMES = {name for group in MESSAGES for name in re.findall(r"[a-z_]+", group)}
OF_SAFETY = {"gate_broken", "support_broken", "support_not_recorded", "harm_reported", "hand_over_not_sent"}


def test_every_alert_has_a_page() -> None:
    """It says what to do. Severities of the same alert share one."""
    assert len(IN_TABLES) > 15
    assert {re.sub(r"-p[123]$", "", name) for name in [*IN_TABLES, *ALONE]} == PAGES


def test_what_an_alert_counts_is_logged() -> None:
    """A message that is renamed in the code takes its alert along."""
    code = "".join(
        path.read_text("utf-8") for folder in ("functions", "shared") for path in (ROOT / folder).rglob("*.py")
    )

    assert len(NAMES) > 10
    assert [name for name in sorted(NAMES) if f'"{name}"' not in code] == []


def test_what_a_person_may_wait_for_in_danger_raises_an_alert() -> None:
    """Nobody reads logs all day."""
    assert NAMES >= OF_SAFETY
