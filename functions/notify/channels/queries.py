"""What a developer's machine would have sent, as the service."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import LiteralString

from functions.notify.channels.ports import Mail, Push
from shared.db import Connection

KEEP_PUSH: LiteralString = """
    INSERT INTO local.pushes (token, key, title, body, link, until)
    VALUES (%(token)s, %(key)s, %(title)s, %(body)s, %(link)s, %(until)s)
"""
KEEP_MAIL: LiteralString = """
    INSERT INTO local.mails (address, key, subject, text, html, unsubscribe)
    VALUES (%(to)s, %(key)s, %(subject)s, %(text)s, %(html)s, %(unsubscribe)s)
"""


def keep_pushes(conn: Connection, pushes: Sequence[Push]) -> None:
    for push in pushes:
        conn.queue(KEEP_PUSH, asdict(push))


def keep_mails(conn: Connection, mails: Sequence[Mail]) -> None:
    for mail in mails:
        conn.queue(KEEP_MAIL, asdict(mail))
