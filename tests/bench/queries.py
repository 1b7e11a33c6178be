"""The eight benchmark queries as data: their text and the shape of their answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

TEXT, INTEGER, FLOAT, TIME = "text", "integer", "float", "time"


@dataclass(frozen=True)
class Column:
    """A column of an answer: its heading in flowql's output and how its cells are read."""

    name: str
    kind: str


@dataclass(frozen=True)
class Query:
    """A query; its answer has the `keys` columns, then the `values` columns.

    A key names one row of the answer. `order` is the index of the column that the
    rows are sorted by, downwards and with missing last, or with `ascending` the other
    way round; `top` is how many are kept. `events` says that a row is a log event,
    so that two rows may be equal.
    """

    name: str
    text: str
    keys: tuple[Column, ...]
    values: tuple[Column, ...] = ()
    order: Optional[int] = None
    top: Optional[int] = None
    events: bool = False
    ascending: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns, in the order of the answer."""
        return self.keys + self.values


_SOURCE = Column("srcAddr", TEXT)
_DESTINATION = Column("dstAddr", TEXT)

QUERIES = (
    Query(
        "Q1",
        'filter action="REJECT" | stats count(*) as n by srcAddr | sort n desc | limit 20',
        keys=(_SOURCE,),
        values=(Column("n", INTEGER),),
        order=1,
        top=20,
    ),
    Query(
        "Q2",
        "stats avg(bytes), min(bytes), max(bytes) by srcAddr, dstAddr",
        keys=(_SOURCE, _DESTINATION),
        values=(
            Column("avg(bytes)", FLOAT),
            Column("min(bytes)", INTEGER),
            Column("max(bytes)", INTEGER),
        ),
    ),
    Query(
        "Q3",
        "stats sum(bytes) as b by srcAddr, dstAddr | sort b desc | limit 10",
        keys=(_SOURCE, _DESTINATION),
        values=(Column("b", INTEGER),),
        order=2,
        top=10,
    ),
    Query(
        "Q4",
        "filter protocol=17 | stats count(*) by srcAddr",
        keys=(_SOURCE,),
        values=(Column("count(*)", INTEGER),),
    ),
    Query(
        "Q5",
        "stats sum(bytes), count(*) by bin(5m)",
        keys=(Column("bin(5m)", TIME),),
        values=(Column("sum(bytes)", INTEGER), Column("count(*)", INTEGER)),
    ),
    Query(
        "Q6",
        'filter action="REJECT" | stats count_distinct(dstPort) as d by srcAddr'
        " | sort d desc | limit 20",
        keys=(_SOURCE,),
        values=(Column("d", INTEGER),),
        order=1,
        top=20,
    ),
    Query(
        "Q7",
        "stats count(*), sum(bytes) as b by interfaceId | sort b desc",
        keys=(Column("interfaceId", TEXT),),
        values=(Column("count(*)", INTEGER), Column("b", INTEGER)),
        order=2,
    ),
    Query(
        "Q8",
        "fields @timestamp, @message | sort @timestamp desc | limit 20",
        keys=(Column("@timestamp", TIME), Column("@message", TEXT)),
        order=0,
        top=20,
        events=True,
    ),
)


def select(names: str) -> list[Query]:
    """The queries named in a comma-separated list; `ValueError` for an unknown name."""
    by_name = {query.name: query for query in QUERIES}
    wanted = [name.strip().upper() for name in names.split(",")]
    unknown = [name for name in wanted if name not in by_name]
    if unknown:
        raise ValueError(f"no query {', '.join(unknown)}; there are {', '.join(by_name)}")
    return [by_name[name] for name in wanted]
