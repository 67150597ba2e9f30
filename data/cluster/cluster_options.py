"""Options of work that this machine or a Spark cluster can do, with the same result."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from evenhand.data.errors import ConfigurationError, OptionError
from evenhand.data.options import HARDWARE, Options, option

WorkEngine = Literal["local", "spark"]

# What Spark takes. It would start Java, and print its trace, before it says that a name is wrong.
_MASTERS = re.compile(
    r"local(\[(\*|[1-9]\d*)(\s*,\s*\d+)?\])?"
    r"|local-cluster\[\s*\d+\s*,\s*\d+\s*,\s*\d+\s*\]"
    r"|spark://[^\s,/]+:\d+(,[^\s,/]+:\d+)*"
    r"|k8s://\S+"
    r"|yarn"
)


@dataclass(frozen=True, kw_only=True)
class ClusterOptions(Options):
    """Where work is done.

    Raises:
        ConfigurationError: There is a master, and no Spark.
        OptionError: It is none that Spark could have.
    """

    engine: WorkEngine = option(
        "local",
        "Where the work is done: on this machine, or on a Spark cluster, with the same result.",
        HARDWARE,
        decides=False,
    )
    master: str | None = option(
        None,
        "The Spark cluster, such as spark://host:7077.",
        HARDWARE,
        metavar="URL",
        unset="what spark-submit or Spark's configuration says, or this machine",
        decides=False,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.engine == "local" and self.master is not None:
            raise ConfigurationError(
                "a master is for the engine spark",
                where="`master`",
                remedy="leave it out, or give `engine` spark",
            )
        if self.master is not None and not _MASTERS.fullmatch(self.master):
            raise OptionError(
                "master", "spark://host:7077, yarn, k8s://host:443 or local[4]", self.master
            )
