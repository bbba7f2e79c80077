"""Pages of HTML for a browser, which hold their style sheet and run no scripts."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from typing import Literal, TypeAlias

from starlette.responses import HTMLResponse

Forms: TypeAlias = Literal["'none'", "'self'"]

PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1 dir="auto">{title}</h1>
{content}
</main>
</body>
</html>
"""


def page_response(  # noqa: PLR0913 - what pages differ by
    language: str, title: str, content: str, *, style: str, forms: Forms = "'none'", status: int = 200
) -> HTMLResponse:
    """A page. The content is HTML, below the title."""
    page = PAGE.format(language=language, title=escape(title), style=style, content=content)
    headers = {"Content-Language": language, "Content-Security-Policy": page_policy(style, forms)}
    return HTMLResponse(page, status, headers)


@cache
def page_policy(style: str, forms: Forms = "'none'") -> str:
    """A Content-Security-Policy: this style sheet is all that a browser may apply, so no text could become active."""
    return (
        f"default-src 'none'; style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}';"
        f" base-uri 'none'; form-action {forms}; frame-ancestors 'none'"
    )
