"""The statements of the local channels, as `mend_service`."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import LiteralString

from functions.notify.channels.ports import Mail, Push
from shared.db import Connection

INSERT_PUSH: LiteralString = """
    INSERT INTO local.pushes (token, key, title, body, link, until)
    VALUES (%(token)s, %(key)s, %(title)s, %(body)s, %(link)s, %(expires_at)s)
"""
INSERT_MAIL: LiteralString = """
    INSERT INTO local.mails (address, key, subject, text, html, unsubscribe)
    VALUES (%(to)s, %(key)s, %(subject)s, %(text)s, %(html)s, %(unsubscribe)s)
"""


def insert_pushes(conn: Connection, pushes: Sequence[Push]) -> None:
    for push in pushes:
        conn.queue(INSERT_PUSH, asdict(push))


def insert_mails(conn: Connection, mails: Sequence[Mail]) -> None:
    for mail in mails:
        conn.queue(INSERT_MAIL, asdict(mail))
