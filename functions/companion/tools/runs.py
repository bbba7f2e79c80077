"""How a tool runs: what it is given, what comes of it, and how it fails."""

from datetime import datetime
from typing import Any, NamedTuple

from functions.companion.models import ToolFaultCode, ToolOutput
from functions.companion.queries import MessageRow
from shared.consents import Purpose
from shared.http import Call
from shared.people import LocalProfile


class ToolRun(NamedTuple):
    call: Call[Any, Any]
    row: MessageRow  # the reply
    profile: LocalProfile
    granted: frozenset[Purpose]
    now: datetime


class ToolOutcome(NamedTuple):
    data: object  # for the model. It is stored nowhere
    output: ToolOutput  # for the person


class ToolFault(Exception):
    """A call gives nothing. The message is the code of why."""

    def __init__(self, code: ToolFaultCode) -> None:
        super().__init__(code)
        self.code = code
