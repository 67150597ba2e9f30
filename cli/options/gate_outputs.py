"""The files that `evenhand gate` writes on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evenhand.data.errors import ConfigurationError
from evenhand.data.options import OUTPUT, Options, option


@dataclass(frozen=True, kw_only=True)
class GateOutputs(Options):
    """Which files to write, each by the renderer that makes it.

    Raises:
        ConfigurationError: A file is named without a renderer, or a renderer without a file.
    """

    junit: Path | None = option(
        None, "Also write the checks as JUnit XML here.", OUTPUT, names="output"
    )
    sarif: Path | None = option(
        None, "Also write what is not met as SARIF 2.1.0 here.", OUTPUT, names="output"
    )
    markdown: Path | None = option(
        None, "Also write a summary as Markdown here.", OUTPUT, names="output"
    )
    page: Path | None = option(
        None,
        "Also write the report's page here, with what the gate decided, the date and the command, "
        "to print or to keep.",
        OUTPUT,
        names="output",
    )
    render: Sequence[str] = option(
        (),
        "Also write the file of any other renderer of gates, such as a package's.",
        OUTPUT,
        metavar="NAME=FILE",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for each in self.render:
            name, _, file = each.partition("=")
            if not name or not file:
                raise ConfigurationError(
                    f"{each!r} is not a renderer and its file",
                    where="--render",
                    expected="NAME=FILE, such as junit=gate.xml",
                )

    @property
    def files(self) -> list[tuple[str, str, Path]]:
        """The flag, the renderer and the path of each file."""
        own = {"junit": self.junit, "sarif": self.sarif, "markdown": self.markdown}
        own["page"] = self.page
        named = [(each, *each.partition("=")[::2]) for each in self.render]
        return [
            *((f"--{name}", name, path) for name, path in own.items() if path is not None),
            *((f"--render {each}", name, Path(path)) for each, name, path in named),
        ]
