"""Texts of a word or two, such as a search or the label of a factor."""

SHORTEST_LATIN, SHORTEST_OTHER = 18, 6  # characters of a text that the scorer alone may judge
LONE_WORDS = frozenset({  # a hint if they are all that somebody writes
    "suicide", "suicidal", "suicidal thoughts", "self harm", "selfharm", "self injury", "kill myself", "kms",
    "suizid", "suizidal", "suizidgedanken", "selbstmord", "selbst mord", "selbstmordgedanken", "freitod",
    "selbstverletzung", "selbst verletzung", "selbstverletzen", "ritzen", "umbringen", "nicht mehr leben",
    "suicidaire", "autolyse", "automutilation", "me suicider", "suicidio", "suicidarme", "autolesion", "autolesiones",
    "autolesionismo", "autolesionarmi", "suicidarmi", "suicidar", "automutilacao", "autolesao", "zelfmoord",
    "zelfdoding", "zelfbeschadiging", "automutilatie", "samobojstwo", "samookaleczanie", "samookaleczenie",
    "mysli samobojcze", "intihar", "intihar etmek", "kendine zarar verme",
    "самоубийство", "суицид", "самоповреждение", "селфхарм", "самогубство", "суїцид", "самоушкодження",
    "انتحار", "الانتحار", "ايذاء النفس", "خودکشی", "आत्महत्या", "खुदकुशी", "ख़ुदकुशी",
    "自杀", "自残", "自尽", "轻生", "想自杀", "自伤", "リストカット", "自傷", "自殺願望", "死にたい", "자살", "자해",
})  # fmt: skip
_AROUND = " .,!?\u061f\u0964\u3002"


def is_lone_word(words: str) -> bool:
    """Whether normalised words are one of these, and nothing else."""
    return words.strip(_AROUND) in LONE_WORDS


def is_label(words: str) -> bool:
    """Whether a text is as short as the label of a factor, which is too little to score: "insulin" is no danger."""
    text = words.replace(" . ", "")
    return len(text) < (SHORTEST_LATIN if text.isascii() else SHORTEST_OTHER)
