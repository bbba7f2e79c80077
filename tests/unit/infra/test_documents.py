"""Documents that name what the code declares."""

import re
from pathlib import Path

import pytest

from functions.account.privacy.data_map import data_map
from infra.registry import ROOT

LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def test_the_page_of_operations_has_every_rule_of_retention() -> None:
    """With its table and for how long rows are kept."""
    rows = (ROOT / "docs/operations.md").read_text(encoding="utf-8").splitlines()

    missing = [
        rule.table
        for rule in data_map().rules.values()
        if not any(f"| `{rule.table}` | {rule.keep}" in row for row in rows)
    ]

    assert missing == []


@pytest.mark.parametrize("page", sorted((ROOT / "infra/privacy").glob("*.md")), ids=lambda page: page.name)
def test_a_link_of_a_template_leads_to_a_file(page: Path) -> None:
    """Where the template lies. In the page that is made from it, the link is another one."""
    targets = LINK.findall(page.read_text(encoding="utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_variable_of_terraform_is_explained() -> None:
    text = (ROOT / "infra/terraform/variables.tf").read_text(encoding="utf-8")
    blocks = re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.DOTALL | re.MULTILINE)

    assert [name for name, block in blocks if "description" not in block] == []
    assert len(blocks) > 10


def test_the_page_of_ranking_names_every_module() -> None:
    """And none that does not exist."""
    text = (ROOT / "docs/ranking.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+\.py)`", text.partition("## ")[0]))

    assert named == {path.name for path in (ROOT / "shared/ranking").glob("[!_]*.py")}
