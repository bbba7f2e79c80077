"""The page that the link in the mail opens, for a parent or guardian.

Opening it changes nothing, because mail programs open links by themselves. The buttons send a form, also twice.
"""

from hashlib import sha256
from html import escape

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.responses import HTMLResponse

from functions.account.guardian import queries
from functions.account.guardian.answers import NEXT, Answer, ShownState, shown_state
from functions.account.guardian.queries import Question
from functions.account.guardian.texts import GUARDIAN_TEXTS, VERSION, GuardianTexts, PageState
from shared.clock import utc_now
from shared.http import PublicCall
from shared.http.pages import page_response

STYLE = """
:root { --ink: #1f2430; --page: #fff; --faint: #586174; --line: #cfd5df; --accent: #0b6e4f; color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eef1f6; --page: #14171d; --faint: #a7b1c2; --line: #3a4150; --accent: #5fd3a6; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 1.05rem/1.5 system-ui, sans-serif; }
main { max-width: 38rem; margin: 0 auto; padding: 1.5rem 1.1rem 3rem; }
h1 { margin: 0 0 1rem; font-size: 1.6rem; line-height: 1.25; }
h2 { margin: 1.4rem 0 .2rem; font-size: 1.1rem; color: var(--accent); }
p { margin: 0 0 .6rem; }
form { display: flex; flex-wrap: wrap; gap: .8rem; margin-top: 1.6rem; }
button { flex: 1 1 12rem; min-height: 3rem; padding: .6rem 1rem; border: 2px solid var(--accent); border-radius: .6rem;
  background: var(--page); color: var(--ink); font: inherit; font-weight: 600; cursor: pointer; }
button:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
"""


class _GuardianLink(StringConvertor):
    regex = "[A-Za-z0-9_-]{43}"


register_url_convertor("guardian", _GuardianLink())


async def show_guardian_page(call: PublicCall) -> HTMLResponse:
    """The page that says what is asked, or what was answered."""
    return _response(call, await _state_after(call, None))


async def allow_as_guardian(call: PublicCall) -> HTMLResponse:
    """Allow it. Sent again, it changes nothing; after a refusal neither."""
    return _response(call, await _state_after(call, "allow"))


async def refuse_as_guardian(call: PublicCall) -> HTMLResponse:
    """Do not allow it, or take back what was allowed. Sent again, it changes nothing."""
    return _response(call, await _state_after(call, "refuse"))


async def _state_after(call: PublicCall, answer: Answer | None) -> PageState | None:
    """The state of the question once the answer, if there is one, is stored. None if there is no such question."""
    now, digest, database = utc_now(), sha256(call.path["guardian_link"].encode()).digest(), call.services.database

    async def attempt() -> PageState | None:
        async with database.service() as conn:
            question = await queries.lock_question(conn, digest)
            state = shown_state(question.state, question.asked_at, now) if question else None
            if question and state and answer and (after := NEXT.get((state, answer))):
                queries.store_answer(conn, question.person, after, VERSION, now)
                state = shown_state(after, question.asked_at, now)
        return _on_page(question, state)

    return await database.retry(attempt)


def _on_page(question: Question | None, state: ShownState | None) -> PageState | None:
    """The state as the page tells it: a yes may have no effect, at an age or in a country where it does not count."""
    return "without_effect" if question and state == "allowed" and not question.age.accepts_guardian else state


def _response(call: PublicCall, state: PageState | None) -> HTMLResponse:
    language = GUARDIAN_TEXTS.code(call.headers.get("accept-language"))
    texts = GUARDIAN_TEXTS.texts(language)
    title, content = _question(call, texts) if state == "asked" else _result(call, texts, state)
    status = 410 if state in {None, "expired"} else 200
    response = page_response(language, title, content, style=STYLE, forms="'self'", status=status)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _question(call: PublicCall, texts: GuardianTexts) -> tuple[str, str]:
    parts = "".join(f"<h2>{escape(part.title)}</h2>\n<p>{escape(part.text)}</p>\n" for part in texts.parts)
    buttons = _button(call, "allow", texts.allow) + _button(call, "refuse", texts.refuse)
    return texts.title, f'<p>{escape(texts.intro)}</p>\n{parts}<form method="post">{buttons}</form>'


def _result(call: PublicCall, texts: GuardianTexts, state: PageState | None) -> tuple[str, str]:
    result = texts.results[state or "gone"]
    withdrawal = f'\n<form method="post">{_button(call, "refuse", texts.withdraw)}</form>'
    form = withdrawal if state in {"allowed", "without_effect"} else ""
    return result.title, f"<p>{escape(result.text)}</p>{form}"


def _button(call: PublicCall, answer: Answer, label: str) -> str:
    address = f"{call.services.settings.public_url}/account/guardian/{call.path['guardian_link']}/{answer}"
    return f'<button formaction="{escape(address)}">{escape(label)}</button>'
