"""What a command tells instead of a traceback."""


class UserError(Exception):
    """One line that says what is wrong, and one that says what to do about it."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.remedy = remedy
