"""What a process does before its first answer, each in a process of its own."""

import subprocess
import sys

from infra.registry import ROOT

COLLECTIONS = """
import gc
import functions
looks = []
gc.callbacks.append(lambda phase, _: looks.append(phase))
import functions.checkin.main
print(len(looks))
"""
FIRST_REQUEST = """
import gc
import functions.checkin.main
from shared.services import services
services()
print(gc.get_freeze_count() > 10_000, gc.get_threshold()[0])
"""
LISTS_READ = """
from shared.safety.announcements import announcement_lists
from shared.safety.gate import find_codes
find_codes("We walked to the market, bought bread and apples, and met the neighbours.")
print(announcement_lists.cache_info().currsize)
"""


def printed(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_start_looks_for_no_garbage() -> None:
    """What it makes stays, so that looking would only take time."""
    assert printed(COLLECTIONS) == "0"


def test_python_looks_among_newer_objects_from_the_first_request_on() -> None:
    """What the start has made is left out for good."""
    assert printed(FIRST_REQUEST) == "True 50000"


def test_an_ordinary_note_needs_the_announcements_of_no_language() -> None:
    """They are read by language, when a text has one of its keys: reading all takes longer than the rest of a start."""
    assert printed(LISTS_READ) == "0"
