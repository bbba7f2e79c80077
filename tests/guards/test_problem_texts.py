"""What an error tells a person has a translation into every language but English."""

import ast
import importlib
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path
from string import Formatter

import pytest

from shared.csv_table import ImportRefused
from shared.errors import MendError
from shared.http.fault_messages import TEMPLATES
from shared.http.problem_texts import TRANSLATIONS
from shared.labels import LABELS
from shared.pattern import RULE_IN_WORDS
from tests.guards.request_schemas import request_models, schemas_of

ROOT = Path(__file__).parents[2]
# Of programming or operating: an app does not show them to its people.
FOR_ENGINEERS = frozenset({
    "AlreadyStored", "BadSignature", "BatchTooLong", "BodyOrUrlRequired", "CallerLeft", "CommitUnknown",
    "ConsentNeeded",  # its sentence is a `Sentence`
    "ConsentTextChanged", "DeadLettersFull", "EntryDiffers", "FirebaseUnavailable", "ForgedCursor",
    "GoogleSignInFailed", "ImportRefused", "KeyInUse", "KeyReused", "LiveUnavailable",
    "MailNotSent", "MemoryDiffers", "MessageIdUsed", "MethodNotAllowed", "NoFirebase", "NoReply", "NotJson",
    "PreconditionRequired", "ResponseGone", "SecondFactorRequired", "SignInNotDeleted", "SupportAccessNeeded",
    "TokenExpired", "TooLarge", "Unauthenticated", "UnknownCategory", "UnknownPurpose", "UnsignedEvent",
    "WrongMediaType",
})  # fmt: skip


def subclasses(parent: type[Exception]) -> Iterator[type[Exception]]:
    yield parent
    for child in parent.__subclasses__():
        yield from subclasses(child)


def sentences() -> set[str]:
    """The docstrings of errors, and the first arguments of `Sentence` and of errors, where they are literal."""
    trees = {
        path: ast.parse(path.read_text()) for part in ("functions", "shared") for path in (ROOT / part).rglob("*.py")
    }
    for path, tree in trees.items():
        if any(isinstance(node, ast.ClassDef) and node.bases for node in tree.body):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    errors = {*subclasses(MendError), *subclasses(ImportRefused)}
    ours = {error for error in errors if error.__module__.split(".")[0] in {"functions", "shared"}}
    shown = {error for error in ours if error.__name__ not in FOR_ENGINEERS}
    names = {"Sentence", "RuleBroken", *(error.__name__ for error in shown)} - {"Invalid", "Forbidden", "NotFound"}
    patterns = {
        schema["custom_error_message"]
        for model in request_models()
        for schema in schemas_of(model)
        if schema.get("custom_error_type") == RULE_IN_WORDS
    }
    literal = {sentence for tree in trees.values() for sentence in _first_arguments(tree, names)}
    return {cleandoc(error.__doc__ or "") for error in shown} | literal | TEMPLATES | patterns


def _first_arguments(tree: ast.Module, names: set[str]) -> Iterator[str]:
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names and node.args:
            argument = node.args[0]
            value = constants.get(argument.id, argument) if isinstance(argument, ast.Name) else argument
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value


SENTENCES = sentences()


@pytest.mark.parametrize("language", sorted(LABELS.by_code.keys() - {"en"}))
def test_every_sentence_for_a_person_is_translated(language: str) -> None:
    """A new error, or a sentence that was reworded, needs its translation in `shared/http/texts`."""
    translations = TRANSLATIONS.by_code[language].root

    assert sorted(SENTENCES - translations.keys()) == []


@pytest.mark.parametrize("language", sorted(TRANSLATIONS.by_code))
def test_no_translation_is_left_over(language: str) -> None:
    """A translation whose English sentence is gone is deleted, and one may only name values that the sentence names."""
    translations = TRANSLATIONS.by_code[language].root

    assert sorted(translations.keys() - SENTENCES) == []
    assert [text for sentence, text in translations.items() if not values(text) <= values(sentence)] == []


def values(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}
