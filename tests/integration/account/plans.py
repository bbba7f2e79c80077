"""A safety plan, and any other one."""

from typing import Any

import httpx
from hypothesis import strategies as st

from shared.visible import is_visible
from tests.conftest import Client

PLAN: dict[str, Any] = {
    "signs": ["I sleep less than four hours", "I stop answering messages"],
    "alone": ["Walk around the lake", "A hot shower"],
    "distractions": ["Café Mira, at the table by the window"],
    "people": [{"name": "Amara (sister)", "phone": "+49 171 5550134"}, {"name": "Jonas"}],
    "professionals": [{"name": "Dr. Okafor", "phone": "030 5550 123", "hours": "Mon to Thu, 9 to 16"}],
    "safer_place": ["Amara keeps my medicine"],
}
NOTHING: dict[str, Any] = {name: [] for name in PLAN}
CHANGED = PLAN | {"alone": ["Tea on the balcony"]}

AWKWARD = (
    "'; DROP TABLE public.safety_plans; --",
    "%s %(contents)s {0} {title} ${x}",
    "</li></style><script>alert(1)</script>",
    "&lt;b&gt; &amp; \"double\" 'single' `tick`",
    "\u202eright to left\u202c \u05d0\u05d1",
    "أمشي في الحديقة",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "e\u0301 is not \u00e9",
    "\ufeffmark \ufffe\uffff\U0010ffff",
    "\x01\x1b[31m\x7f\x80",
    "tab\tline\nfeed\u2028separator",
    " spaces around ",
)


def texts(longest: int) -> st.SearchStrategy[str]:
    """Any text with a visible character. A carriage return is left out, because HTML turns it into a line feed."""
    characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")
    any_text = st.text(characters, min_size=1, max_size=longest) | st.sampled_from(AWKWARD)
    return any_text.filter(lambda text: len(text) <= longest and is_visible(text))


notes = st.lists(texts(200), max_size=3)
people = st.lists(st.fixed_dictionaries({"name": texts(80)}, optional={"phone": texts(40)}), max_size=3)
professionals = st.lists(
    st.fixed_dictionaries({"name": texts(80)}, optional={"phone": texts(40), "hours": texts(80)}), max_size=3
)
plans = st.fixed_dictionaries(
    {
        "signs": notes,
        "alone": notes,
        "distractions": notes,
        "people": people,
        "professionals": professionals,
        "safer_place": notes,
    }
).filter(lambda plan: any(plan.values()))


async def put_anew(client: Client, plan: dict[str, Any]) -> httpx.Response:
    """Store a plan instead of the person's former one, if there is one."""
    await client.delete("/safety-plan", headers={"If-Match": "*"})
    return await client.put("/safety-plan", json=plan)
