"""Errors of `account`."""

from shared.errors import TooManyRequests


class TooManyHarmReports(TooManyRequests):
    """You have sent 20 reports within a day. They will be read. Please send the next one tomorrow."""

    code = "too_many_harm_reports"
