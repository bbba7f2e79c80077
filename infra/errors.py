"""Errors that a command prints instead of a traceback."""


class UserError(Exception):
    """The message says what is wrong, in one line. `remedy` says what to do, in another."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.remedy = remedy
