"""The truth about a taxi CSV made by taxi_gen, found with Python's csv module and nothing of calve's."""

import csv
import datetime as dt
from dataclasses import dataclass

INTEGERS = (0, 3, 7, 11)
REALS = (4, 5, 6, 9, 10, 12, 13, 14, 15, 16, 17, 18)
TIMES = (1, 2)
COLUMNS = 19


@dataclass(frozen=True)
class Trip:
    pickup: dt.datetime
    passengers: int
    payment: int
    distance: float
    total_cents: int


def parse(record):
    """The trip of a record, or None when the record does not fit the columns' types."""
    if len(record) != COLUMNS:
        return None
    try:
        for i in INTEGERS:
            int(record[i])
        for i in REALS:
            float(record[i])
        times = [dt.datetime.strptime(record[i], "%Y-%m-%d %H:%M:%S") for i in TIMES]
        record[8].encode("utf-8")  # bytes that were not UTF-8 came in as lone surrogates
    except (ValueError, UnicodeEncodeError):
        return None
    return Trip(times[0], int(record[3]), int(record[11]), float(record[4]), round(float(record[18]) * 100))


def read_trips(path):
    """(the good trips, the number of broken records)."""
    with open(path, newline="", encoding="utf-8", errors="surrogateescape") as file:
        records = csv.reader(file)
        next(records)
        parsed = [parse(record) for record in records]
    return [trip for trip in parsed if trip], sum(trip is None for trip in parsed)
