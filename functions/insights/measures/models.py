"""The requests and answers about measures. Docstrings appear in the OpenAPI document."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from shared.csv_table import Encoding
from shared.http import RequestModel, ResponseModel, Text
from shared.http.date_range import LocalDate
from shared.http.uploads import LineError
from shared.measures import LARGEST, MAX_NAME, measure_name
from shared.safety import Support
from shared.written_dates import DateOrder

MeasureName = Annotated[
    Text,
    Field(description=f"Up to {MAX_NAME} letters, digits, spaces, dots and hyphens."),
    AfterValidator(measure_name),
]


class MeasureDraft(RequestModel):
    name: MeasureName
    value: Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]
    day: LocalDate | None = Field(default=None, alias="date", description="Today, if you omit it.")


class MeasureDayQuery(RequestModel):
    day: LocalDate = Field(alias="date")


class MeasureValue(ResponseModel):
    date: date
    value: float


class Measure(ResponseModel):
    measure_id: UUID
    name: str
    items: list[MeasureValue]


class MeasureUse(ResponseModel):
    """`measure_id` stands for the name in URLs."""

    measure_id: UUID
    name: str
    first_day: date
    last_day: date


class Measures(ResponseModel):
    items: list[MeasureUse]


class MeasureImport(ResponseModel):
    """Values are counted once for each name and day. At most 100 errors are listed."""

    rows: int
    measures: list[str]
    imported: int
    replaced: int
    unchanged: int
    errors: list[LineError]
    errors_total: int
    date_order: DateOrder | None
    encoding: Encoding
    support: Support | None = None
