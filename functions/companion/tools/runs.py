"""How a tool runs: what it is given, what comes of it, and how it fails."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from functions.companion.models import ToolFaultCode, ToolOutput
from shared.consents import Purpose
from shared.db import Connection
from shared.people import LocalProfile


class ToolRun(NamedTuple):
    conn: Connection
    reply_id: UUID
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
