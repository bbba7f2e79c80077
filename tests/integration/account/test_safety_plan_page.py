"""GET /account/safety-plan.html."""

from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples

from tests.conftest import Client, ClientFactory
from tests.integration.account.plans import NOTHING, PLAN, plans, put_anew

TAGS = {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "time", "section", "strong"}
TAGS |= {"ul", "li", "a", "bdi"}
PHONE = "+49 171 5550134"


class Document(HTMLParser):
    """The tags of a page, the text of its headings, entries and style sheet, and its links."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.texts: dict[str, list[str]] = {"h1": [], "h2": [], "li": [], "style": []}
        self.directions: list[str | None] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag in self.texts:
            self._open.append(tag)
            self.texts[tag].append("")
        if tag == "li":
            self.directions.append(dict(attrs).get("dir"))

    def handle_endtag(self, tag: str) -> None:
        if tag in self.texts:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]][-1] += data


@pytest.fixture
def account(client_for: ClientFactory) -> Client:
    return client_for("account")


async def page_of(client: Client, plan: dict[str, Any] = PLAN) -> Document:
    await put_anew(client, plan)
    response = await client.get("/safety-plan.html")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    return Document(response.text)


def entries_of(plan: dict[str, Any]) -> list[str]:
    """The entries as the page shows them, in the order of the steps."""
    entries = [entry for name in PLAN for entry in plan[name]]
    return [entry if isinstance(entry, str) else shown(entry) for entry in entries]


def shown(contact: dict[str, str]) -> str:
    return ", ".join(contact[part] for part in ("name", "phone", "hours") if part in contact)


async def test_a_page_has_the_six_steps_in_order(account: Client) -> None:
    """Below what to do in danger. Numbers that a phone can dial are links."""
    await account.patch("/profile", json={"country": "DE"})

    page = await page_of(account)

    assert page.texts["h1"] == ["My safety plan"]
    assert page.texts["h2"][0] == "If I am in danger now"
    assert len(page.texts["h2"]) == 7
    assert page.texts["li"][-len(entries_of(PLAN)) :] == entries_of(PLAN)
    assert {"tel:112", "tel:08001110111", "tel:+491715550134", "tel:0305550123"} <= {*page.links}


async def test_steps_without_entries_are_omitted(account: Client) -> None:
    """Their headings as well."""
    page = await page_of(account, NOTHING | {"alone": ["Walk"]})

    assert page.texts["h2"] == ["If I am in danger now", "What I can do by myself"]


@pytest.mark.parametrize("phone", ["ask Jonas", "112 or 911", "javascript:alert(1)", "+", "1 (2"])
async def test_only_a_number_becomes_a_link(account: Client, phone: str) -> None:
    """Anything else is shown as it is. A link dials digits, and nothing else."""
    page = await page_of(account, NOTHING | {"people": [{"name": "Jonas", "phone": phone}]})

    assert page.texts["li"][-1] == f"Jonas, {phone}"
    assert [link for link in page.links if not link.startswith("https://")][1:] in ([], ["tel:12"])


async def test_two_numbers_become_two_links(account: Client) -> None:
    """The text is shown as it is."""
    phone = "+44 (0)20 7946 0018 / ٠٣٠ ٩٨٧٦٥٤٣"

    page = await page_of(account, NOTHING | {"people": [{"name": "Jonas", "phone": phone}]})

    assert page.texts["li"][-1] == f"Jonas, {phone}"
    assert page.links[-2:] == ["tel:+442079460018", "tel:0309876543"]


@examples(max_examples=60)
@given(plan=plans)
async def test_no_text_becomes_markup(account: Client, plan: dict[str, Any]) -> None:
    """Each entry is shown to the letter, in a direction of its own, whatever it contains."""
    page = await page_of(account, plan)

    entries = entries_of(plan)
    assert page.texts["li"][-len(entries) :] == entries
    assert page.directions[-len(entries) :] == ["auto"] * len(entries)
    assert page.tags <= TAGS
    assert not [name for name in page.attributes if name.startswith("on") or name in {"src", "style"}]


async def test_a_page_may_apply_its_own_style_sheet_only(account: Client) -> None:
    """The policy has the digest of the style sheet, and allows nothing else. There is one policy."""
    await account.put("/safety-plan", json=PLAN)
    response = await account.get("/safety-plan.html")

    [style] = Document(response.text).texts["style"]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    [policy] = response.headers.get_list("Content-Security-Policy")
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("locale", "accepted", "language"),
    [
        ("de-AT", "en", "de"),
        ("en", "de", "en"),
        ("pt-BR", "fr, de-CH;q=0.8, en;q=0.7", "de"),
        ("pt-BR", "fr", "en"),
        ("pt-BR", "DE-ch", "de"),
        ("pt-BR", "*;q=,;, ,-", "en"),
        ("pt-BR", None, "en"),
    ],
)
async def test_a_page_is_in_the_language_of_its_person(
    account: Client, locale: str, accepted: str | None, language: str
) -> None:
    """The profile decides, then the browser, as far as there are texts. Otherwise it is English."""
    await account.patch("/profile", json={"locale": locale})
    await account.put("/safety-plan", json=PLAN)

    response = await account.get("/safety-plan.html", headers={"Accept-Language": accepted} if accepted else {})

    title = {"en": "My safety plan", "de": "Mein Sicherheitsplan"}[language]
    assert Document(response.text).texts["h1"] == [title]
    assert f'<html lang="{language}">' in response.text
    assert response.headers["Content-Language"] == language


@pytest.mark.parametrize(("country", "number", "line"), [("GB", "999", "116 123"), (None, "112", "findahelpline.com")])
async def test_a_page_has_the_help_lines_of_the_country(
    account: Client, country: str | None, number: str, line: str
) -> None:
    """Or a directory of all countries, if the profile names none."""
    await account.patch("/profile", json={"country": country})

    page = await page_of(account)

    assert f"tel:{number}" in page.links
    assert line in " ".join(page.texts["li"])


async def test_a_page_tells_the_persons_date_of_the_last_change(account: Client) -> None:
    """By their time zone. Kiritimati is a day ahead of Niue, always."""
    dates = set()
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):
        await account.patch("/profile", json={"timezone": zone})
        await account.put("/safety-plan", json=PLAN)
        dates.add((await account.get("/safety-plan.html")).text.partition("<time>")[2][:10])

    assert len(dates) == 2
