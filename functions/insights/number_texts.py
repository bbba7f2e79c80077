"""Numbers as a language writes them."""

from shared.languages import TextModel


class NumberTexts(TextModel):
    """Texts with a decimal point or comma of their own."""

    decimal_point: str

    def number(self, value: float, digits: int = 1) -> str:
        return f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}").replace(".", self.decimal_point)
