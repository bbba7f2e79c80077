"""Errors of `notify`."""

from shared.errors import Unavailable


class MailNotSent(Unavailable):
    """No provider takes mails just now. It is tried again."""

    code = "mail_not_sent"
