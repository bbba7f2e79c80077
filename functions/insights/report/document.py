"""Prints a report as a PDF of one or two pages. Imported when the first report is printed: reportlab takes 0.1 s."""

from io import BytesIO
from itertools import pairwise

from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from functions.insights.charts.texts import ChartTexts
from functions.insights.charts.trend_chart import runs_of, value_axis
from functions.insights.report import fonts
from functions.insights.report.content import FactorLine, Report
from functions.insights.report.texts import ReportTexts

WIDTH, HEIGHT = A4
MARGIN, TOP, BOTTOM = 56, 60, 56
TITLE, HEADING, BODY, SMALL = 20, 12.5, 9.5, 8
INK, FAINT, ACCENT = "#1f2430", "#c5cbd6", "#0b6e4f"
CHART_HEIGHT = 130
NAME_WIDTH = 170


def print_report(report: Report, words: ReportTexts, texts: ChartTexts) -> bytes:
    page = _Page(words)
    page.paragraph(report.title, TITLE)
    page.paragraph(report.period, BODY)
    page.space(6)
    for text in report.introduction:
        page.paragraph(text, BODY)
    if report.trend.points:
        _draw_course(page, report, texts)
    for section in report.sections:
        page.heading(section.heading)
        for line in section.lines:
            page.paragraph(line, BODY)
    if report.trend.points:
        _draw_factors(page, report, words)
    return page.finish(report.title)


class _Page:
    """A position on a page, from the top down. It begins a new page where one is full."""

    def __init__(self, words: ReportTexts) -> None:
        fonts.register()
        self.words = words
        self.buffer = BytesIO()
        self.canvas = Canvas(self.buffer, A4, invariant=True)
        self.y = HEIGHT - TOP

    def paragraph(self, text: str, size: float) -> None:
        for line in simpleSplit(text, fonts.MAIN, size, WIDTH - 2 * MARGIN):
            self.need(1.45 * size)
            self.y -= 1.45 * size
            self.text(MARGIN, line, size)
        self.space(2)

    def heading(self, text: str) -> None:
        self.need(60)
        self.space(12)
        self.y -= HEADING
        self.text(MARGIN, text, HEADING, ACCENT)
        self.space(4)

    def text(self, x: float, text: str, size: float, colour: str = INK, font: str = fonts.MAIN) -> None:
        self.canvas.setFont(font, size)
        self.canvas.setFillColor(colour)
        self.canvas.drawString(x, self.y, text)

    def space(self, height: float) -> None:
        self.y -= height

    def need(self, height: float) -> None:
        if self.y - height < BOTTOM:
            self._end()
            self.y = HEIGHT - TOP

    def finish(self, title: str) -> bytes:
        self._end()
        self.canvas.setTitle(title)
        self.canvas.save()
        return self.buffer.getvalue()

    def _end(self) -> None:
        number = self.words.page.format(number=self.canvas.getPageNumber())
        self.y = BOTTOM - 20
        self.text(MARGIN, number, SMALL)
        self.canvas.showPage()


def _draw_course(page: _Page, report: Report, texts: ChartTexts) -> None:
    """The line of the daily means."""
    trend, canvas = report.trend, page.canvas
    axis = value_axis(trend)
    page.space(14)
    base, left, right = page.y - CHART_HEIGHT, MARGIN + 26, WIDTH - MARGIN
    canvas.setStrokeColor(FAINT)
    for tick in axis.ticks:
        page.y = base + axis.share(tick) * CHART_HEIGHT
        canvas.setLineWidth(1.2 if tick == 0 else 0.5)
        canvas.line(left, page.y, right, page.y)
        page.y -= 3
        page.text(MARGIN, texts.number(tick, 0), SMALL)
    days = max((trend.last - trend.first).days, 1)
    canvas.setStrokeColor(ACCENT)
    canvas.setLineWidth(1)
    for run in runs_of(trend):
        places = [
            (left + (p.date - trend.first).days / days * (right - left), base + axis.share(p.value) * CHART_HEIGHT)
            for p in run
        ]
        canvas.setFillColor(ACCENT)
        if len(places) == 1:
            canvas.circle(*places[0], 1.2, stroke=0, fill=1)
        canvas.lines([(*a, *b) for a, b in pairwise(places)])
    page.y = base - 14
    page.text(left, texts.day(trend.first), SMALL)
    page.canvas.drawRightString(right, page.y, texts.day(trend.last))


def _draw_factors(page: _Page, report: Report, words: ReportTexts) -> None:
    page.heading(report.factors_heading)
    page.paragraph(report.factors_introduction, BODY)
    printable = [fonts.font_of(factor.name) for factor in report.factors]
    for number, (factor, font) in enumerate(zip(report.factors, printable, strict=True), start=1):
        name = factor.name if font else words.unprintable.format(number=number)
        _draw_factor(page, factor._replace(name=name), font or fonts.MAIN)
    if None in printable:
        page.space(4)
        page.paragraph(words.unprintable_note, SMALL)


def _draw_factor(page: _Page, factor: FactorLine, font: str) -> None:
    names = simpleSplit(factor.name, font, BODY, NAME_WIDTH - 12)[:1] or [""]
    shortened = names[0] if names[0] == factor.name else f"{names[0]} …"
    for line, effect in enumerate(factor.effects):
        page.need(1.45 * BODY)
        page.y -= 1.45 * BODY
        if line == 0:
            page.text(MARGIN, shortened, BODY, font=font)
        page.text(MARGIN + NAME_WIDTH, effect, BODY)
