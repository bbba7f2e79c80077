"""GET /insights/charts/*.svg and *.html."""

import xml.etree.ElementTree as ET
from datetime import date

import pytest

from shared.svg import THEMES, text_width
from tests.conftest import ClientFactory
from tests.integration.insights.diary import Diary, ago, today

SVG = "{http://www.w3.org/2000/svg}"
CHARTS = ["trend", "patterns", "calendar", "factors"]
HOSTILE = '</text><script>alert("x")</script>&\x01\ud7ff'
INSIGHT = """
    INSERT INTO public.insights
        (user_id, id, kind, about, names, outcome, lag, unit, effect, effect_sd, low, high, level, n_with, n_without,
         first_day, last_day, forgets_tags, method_version, status, found_at, estimated_at, expires_at)
    VALUES (%s, gen_random_uuid(), 'factor', 'run', '{run}', 'valence', 1, 1, 2.14, 0.6, 1.2, 3.1, 0.95, 40, 60,
            '2026-01-01', '2026-06-30', false, 'test', 'new', now(), now(), 'infinity')
"""
WITHHELD = """
    UPDATE mend.insight_people SET withheld = '[
        {"kind": "factor", "factor": "medicine", "names": ["medicine"], "days_with": 0, "days_without": 9, "days": 0},
        {"kind": "factor", "factor": "wine", "names": ["wine"], "days_with": 7, "days_without": 0, "days": 0}
    ]' WHERE user_id = %s
"""


@pytest.fixture
async def filled(diary: Diary) -> Diary:
    """A year with a finding, withheld factors, and a label that is not only letters."""
    moods, labels = ["happy", "sad", "okay"], ["Run", "medicine", "wine", HOSTILE, "日本語の勉強" * 10]
    diary.write([(ago(n), moods[n % 3], 3 + n % 7, [labels[n % 5]]) for n in range(300, 0, -1) if n % 9])
    await diary.count()
    with diary.database.admin() as conn:
        conn.execute(INSIGHT, (diary.person,))
        conn.execute(WITHHELD, (diary.person,))
    return diary


async def drawn(diary: Diary, chart: str, **query: str | int) -> ET.Element:
    response = await diary.insights.get(f"/charts/{chart}.svg", params=query)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "image/svg+xml"
    return ET.fromstring(response.content)  # noqa: S314 - made by ourselves


def words(picture: ET.Element) -> list[str]:
    return ["".join(text.itertext()) for text in picture.iter(f"{SVG}text")]


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_chart_has_a_text_alternative_and_the_colours_of_its_theme(
    filled: Diary, chart: str, theme: str
) -> None:
    """It loads nothing, and no style sheet or script is in it."""
    picture = await drawn(filled, chart, theme=theme)

    texts = {part.attrib["id"]: part.text or "" for part in picture if "id" in part.attrib}
    page = next(picture.iter(f"{SVG}rect"))
    assert picture.attrib["role"] == "img"
    assert picture.attrib["aria-labelledby"].split() == ["title", "desc"]
    assert len(texts["title"]) > 5
    assert len(texts["desc"]) > 20
    assert page.attrib["fill"] == {name: colours.page for name, colours in THEMES.items()}[theme]  # type: ignore[index]
    assert not [part for part in picture.iter() for name in part.attrib if "href" in name or name == "style"]
    assert not [part for part in picture.iter() if part.tag in (f"{SVG}script", f"{SVG}style")]


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("width", [240, 640, 2000])
async def test_a_chart_fits_its_width(filled: Diary, chart: str, width: int) -> None:
    """No text and no shape reaches beyond the edges."""
    picture = await drawn(filled, chart, width=width)

    *_, drawn_width, height = map(float, picture.attrib["viewBox"].split())
    assert drawn_width == width
    for text in picture.iter(f"{SVG}text"):
        size = text_width("".join(text.itertext()), float(text.get("font-size", 13)))
        start = float(text.attrib["x"]) - {"end": size, "middle": size / 2}.get(text.get("text-anchor", ""), 0)
        assert start >= -1
        assert start + size <= width + 1
        assert float(text.attrib["y"]) < height
    for box in picture.iter(f"{SVG}rect"):
        assert float(box.get("x", 0)) + float(box.attrib["width"]) <= width
        assert float(box.get("y", 0)) + float(box.attrib["height"]) <= height


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("query", ["width=239", "width=2001", "width=wide", "theme=neon", "zoom=2"])
async def test_other_widths_and_themes_are_refused(diary: Diary, chart: str, query: str) -> None:
    """They are from 240 to 2,000, light or dark."""
    assert (await diary.insights.get(f"/charts/{chart}.svg?{query}")).status_code == 422


@pytest.mark.parametrize("chart", CHARTS)
async def test_without_entries_a_chart_says_so(diary: Diary, chart: str) -> None:
    """As a picture and as a page."""
    picture = await drawn(diary, chart)
    page = await diary.insights.get(f"/charts/{chart}.html")

    assert picture.findtext(f"{SVG}desc") == "There are no entries in this time."
    assert "There are no entries in this time." in page.text


async def test_a_line_is_interrupted_where_days_are_missing(diary: Diary) -> None:
    """A value between two gaps is a dot."""
    diary.write([(ago(n), "happy", 5, []) for n in (9, 8, 7, 5, 3, 2)])
    await diary.count()

    picture = await drawn(diary, "trend")

    lines = [line.attrib["points"].split() for line in picture.iter(f"{SVG}polyline")]
    assert [len(points) for points in lines] == [3, 1, 2]
    assert len(list(picture.iter(f"{SVG}circle"))) == 6


async def test_a_year_of_days_is_a_line_of_weeks(diary: Diary) -> None:
    """The line is the median of each week, in a band of its quartiles; the days are dots. A gap interrupts both."""
    days = [n for n in range(300) if not 100 <= n < 130]
    diary.write([(ago(n), "happy" if n % 3 else "sad", 5, []) for n in days])
    await diary.count()

    picture = await drawn(diary, "trend", granularity="day", **{"from": ago(299).isoformat()})

    [early, late] = [line.attrib["points"].split() for line in picture.iter(f"{SVG}polyline")]
    bands = [band.attrib["points"].split() for band in picture.iter(f"{SVG}polygon")]
    assert 15 <= len(late) < len(early) <= 27
    assert [len(band) for band in bands] == [2 * len(early), 2 * len(late)]
    assert len(list(picture.iter(f"{SVG}circle"))) == len(days)
    assert "Line: middle of each week. Band: half its days." in [text.text for text in picture.iter(f"{SVG}text")]


async def test_one_entry_gives_an_hour_no_colour(diary: Diary) -> None:
    """One bad morning is no pattern. Its number is there."""
    diary.write([(day, "sad", 9, []) for day in (ago(1), ago(9), ago(2))])
    await diary.count()

    boxes = [box for box in (await drawn(diary, "patterns")).iter(f"{SVG}rect") if box.get("rx") == "4"]

    assert sorted(box.attrib["fill"] == "none" for box in boxes) == [False, True]


async def test_a_year_has_a_square_for_each_day(filled: Diary) -> None:
    """Days without an entry are empty."""
    year = today().year
    days = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    entries = (await filled.get("/calendar", year=year))["coverage"]["days_with_entries"]

    squares = list((await drawn(filled, "calendar", year=year)).iter(f"{SVG}rect"))[1:]

    assert len(squares) == days + 6  # and the legend
    assert len([box for box in squares if box.attrib["fill"] == "none"]) == days - entries + 1


async def test_a_finding_has_its_interval_and_others_what_they_lack(filled: Diary) -> None:
    """Nothing asks for fewer days with a medicine, or for more days with wine."""
    texts = words(await drawn(filled, "factors"))

    assert "the day after: +2.1 points (+1.2 to +3.1)" in texts
    assert texts[texts.index("medicine") + 2] == "on nearly every day, so there is nothing to compare with"
    assert texts[texts.index("wine") + 2] == "not enough days to tell (short by 7)"
    assert not [text for text in texts if "cause" in text]


async def test_a_factor_without_a_finding_says_whether_days_are_missing(filled: Diary) -> None:
    """Once nothing is missing, it says that nothing was found."""
    enough = "UPDATE mend.insight_people SET withheld = jsonb_set(withheld, '{1,days_with}', '0') WHERE user_id = %s"

    before = (await filled.insights.get("/factors")).json()["items"]
    with filled.database.admin() as conn:
        conn.execute(enough, (filled.person,))
    after = (await filled.insights.get("/factors")).json()["items"]

    assert {item["factor"]: item["status"] for item in before}["wine"] == "withheld"
    assert {item["factor"]: item["status"] for item in after}["wine"] == "nothing_found"


async def test_hidden_factors_are_not_drawn(filled: Diary) -> None:
    """Neither in the picture nor in the table."""
    await filled.insights.patch("/factors", json={"factor": "wine", "hidden": True})

    assert "wine" not in words(await drawn(filled, "factors"))
    assert "wine" not in (await filled.insights.get("/charts/factors.html")).text


async def test_charts_speak_the_language_of_the_profile(filled: Diary, client_for: ClientFactory) -> None:
    """With its months, weekdays and decimal comma."""
    await client_for("account", filled.person).patch("/profile", json={"locale": "de-AT"})

    calendar, patterns = await drawn(filled, "calendar"), await drawn(filled, "patterns")
    factors = await filled.insights.get("/charts/factors.html")

    assert {"März", "Dez.", "kein Eintrag"} <= set(words(calendar))
    assert {"Mo", "Di"} <= set(words(patterns))
    assert "am Tag danach: +2,1 Punkte (+1,2 bis +3,1)" in factors.text
    assert '<html lang="de">' in factors.text


@pytest.mark.parametrize(("chart", "rows"), [("trend", 267), ("patterns", 84), ("calendar", None), ("factors", 5)])
async def test_a_table_has_all_numbers_of_the_picture(filled: Diary, chart: str, rows: int | None) -> None:
    """Its columns and rows have headers. No script can run in it."""
    response = await filled.insights.get(f"/charts/{chart}.html")

    text = response.text
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    assert text.count('<th scope="col">') >= 3
    assert text.count('<th scope="row"') == rows or rows is None
    assert "<script" not in text


@pytest.mark.parametrize(
    ("locale", "said", "days"),
    [("en", "Values: 1 (4.2).", "Days with an entry: 1 ("), ("de", "Werte: 1 (4,2).", "Tage mit einem Eintrag: 1 (")],
)
async def test_a_single_value_is_told_as_one(
    diary: Diary, client_for: ClientFactory, locale: str, said: str, days: str
) -> None:
    """No plural of one, and no range from a day or a value to itself."""
    await client_for("account", diary.person).patch("/profile", json={"locale": locale})
    await diary.check_in("happy", ago(1))
    day = {"from": str(ago(1)), "to": str(ago(1))}

    trend = (await diary.insights.get("/charts/trend.html", params=day)).text
    calendar = (await diary.insights.get("/charts/calendar.html", params={"year": ago(1).year})).text

    description = trend.split("<p>")[1].split("</p>")[0]
    assert said in description
    assert not any(f" {word} " in description for word in ("to", "bis"))
    assert days in calendar
