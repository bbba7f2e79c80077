"""Pages of HTML for a browser, which hold their style sheet and run no scripts."""

from base64 import b64encode
from hashlib import sha256
from typing import Literal


def page_policy(style: str, forms: Literal["'none'", "'self'"] = "'none'") -> str:
    """A Content-Security-Policy: this style sheet is all that a browser may apply, so no text could become active."""
    return (
        f"default-src 'none'; style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}';"
        f" base-uri 'none'; form-action {forms}; frame-ancestors 'none'"
    )
