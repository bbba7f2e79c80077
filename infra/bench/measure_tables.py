"""The largest tables that the import of measures accepts. Each has other values than the one before."""

import json
from itertools import count

_values = count()


def _day(number: int) -> str:
    """One of 1,680 days."""
    return f"{2020 + number % 5}-{1 + number // 5 % 12:02}-{1 + number // 60 % 28:02}"


def measures() -> bytes:
    """A line for each value. Nearly all days have another one."""
    value = next(_values)
    rows = (f"{_day(i)},Measure {1 + i // 1680},{value}" for i in range(20_000))
    return "\n".join(["date,name,value", *rows]).encode()


def wide_measures() -> tuple[bytes, bytes]:
    """A line for each day with a column for each measure, and the names of the columns."""
    names = [f"Measure {number}" for number in range(1, 51)]
    cells = ",".join([f"{next(_values)}"] * len(names))
    table = "\n".join([",".join(["date", *names]), *(f"{_day(i)},{cells}" for i in range(1_000))])
    return table.encode(), json.dumps({"date": "date"} | {name: name for name in names}).encode()
