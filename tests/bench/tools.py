"""Programs for the command line that flow logs are often read with: GNU awk and angle-grinder."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from engines import WIDTH, Run
from measure import measure
from queries import Query

# What a missing value looks like in a log, and in an answer.
_TEXT = "function text(value) { return value == \"-\" ? \"\" : value }"
# `sed` reads to the end, so that `sort` is not cut off.
_TOP = "sort -t, -k{column},{column}nr | sed -n 1,{count}p"

# For each query: the program, then what the shell does with its rows. Awk has no sort of its own that keeps up.
_AWK: dict[str, tuple[str, str]] = {
    "Q1": ('$13 == "REJECT" { n[$4]++ } END { for (k in n) print text(k) "," n[k] }',
           _TOP.format(column=2, count=20)),
    "Q2": ("""$10 != "-" { k = $4 "," $5; v = $10 + 0; s[k] += v; c[k]++
                if (!(k in a) || v < a[k]) a[k] = v; if (v > b[k]) b[k] = v }
              $10 == "-" { none[text($4) "," text($5)] }
              END { for (k in s) printf "%s,%.17g,%d,%d\\n", k, s[k] / c[k], a[k], b[k]
                    for (k in none) if (!(k in s)) print k ",,," }""", "cat"),
    "Q3": ("""$10 != "-" { b[text($4) "," text($5)] += $10 }
              END { for (k in b) print k "," b[k] }""", _TOP.format(column=3, count=10)),
    "Q4": ("$8 == 17 { n[$4]++ } END { for (k in n) print text(k) \",\" n[k] }", "cat"),
    "Q5": ("""{ k = int($11 / 300); n[k]++ } $10 != "-" { b[k] += $10 }
              END { for (k in n) print strftime("%Y-%m-%d %H:%M:%S", k * 300, 1) "," b[k] "," n[k] }""",
           "cat"),
    "Q6": ("""$13 == "REJECT" && $7 != "-" && !(($4, $7) in seen) { seen[$4, $7]; d[$4]++ }
              END { for (k in d) print text(k) "," d[k] }""", _TOP.format(column=2, count=20)),
    "Q7": ("""{ n[$3]++ } $10 != "-" { b[$3] += $10 }
              END { for (k in n) print k "," n[k] "," b[k] }""", "sort -t, -k3,3nr"),
}
_AWK_Q8 = (
    "sort -s -k11,11nr {logs} | sed -n 1,20p | "
    "gawk '{{ print strftime(\"%Y-%m-%d %H:%M:%S\", $11, 1) \",\" $0 }}'"
)

_PARSE = (
    '* | parse "* * * * * * * * * * * * * *" as version, account, eni, srcaddr, dstaddr, srcport, '
    "dstport, protocol, packets, bytes, start, end, action, status"
)
# What angle-grinder can say; for each query also how a row of its answer is written.
_AG: dict[str, tuple[str, str]] = {
    "Q1": ('where action == "REJECT" | count as n by srcaddr | sort by n desc | limit 20',
           "{srcaddr},{n}"),
    "Q3": ("sum(bytes) as b by srcaddr, dstaddr | sort by b desc | limit 10",
           "{srcaddr},{dstaddr},{b}"),
    "Q4": ("where protocol == 17 | count as n by srcaddr", "{srcaddr},{n}"),
    "Q6": ('where action == "REJECT" | count_distinct(dstport) as d by srcaddr | sort by d desc '
           "| limit 20", "{srcaddr},{d}"),
}


@dataclass(frozen=True)
class Tool:
    """A program whose answer a line of the shell writes; timed as a whole, as flowql is."""

    name: str
    program: str
    lines: dict[str, str]

    def there(self) -> bool:
        """Whether the program is installed."""
        return shutil.which(self.program) is not None

    def answers(self, query: Query) -> bool:
        """Whether there is a way to ask it this."""
        return query.name in self.lines

    def run(
        self, query: Query, logs: list[Path], threads: int, output: Path, width: int = WIDTH
    ) -> Run:
        """See `Engine`; it takes what threads it takes, and more fields than it asks for."""
        del threads, width
        files = " ".join(shlex.quote(str(path)) for path in logs)
        line = self.lines[query.name].replace("{logs}", files)
        target = shlex.quote(str(output))
        # The first line of an answer is its heading, which is not looked at.
        shell = f"export LC_ALL=C; set -o pipefail; (echo head; {line}) > {target}"
        done = measure(["bash", "-c", shell])
        return Run(done.seconds, done.peak)


def tools() -> list[Tool]:
    """The programs that are installed."""
    return [tool for tool in (_awk(), _angle_grinder()) if tool.there()]


def version(tool: Tool) -> str:
    """What the program says of its version."""
    said: Optional[str] = measure([tool.program, "--version"]).output
    words = (said or "").replace(",", " ").split()
    return next((word for word in words if word[0].isdigit()), "?")


def _awk() -> Tool:
    """GNU awk."""
    lines = {
        name: f"gawk {shlex.quote(_TEXT + program)} {{logs}} | {rest}"
        for name, (program, rest) in _AWK.items()
    }
    lines["Q8"] = _AWK_Q8.format(logs="{logs}")
    return Tool("GNU awk", "gawk", lines)


def _angle_grinder() -> Tool:
    """angle-grinder; it writes a missing value as the log does."""
    lines = {}
    for name, (query, row) in _AG.items():
        words = f"agrind -o {shlex.quote('format=' + row)} {shlex.quote(f'{_PARSE} | {query}')}"
        lines[name] = f"cat {{logs}} | {words} | sed -e 's/^-,/,/' -e 's/,-,/,,/'"
    return Tool("angle-grinder", "agrind", lines)
