"""A report's pairs as files that LIT reads, and whatever reads JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from evenhand.data.options import takes
from evenhand.data.remote.arguments import takes_urls
from evenhand.data.storage.files import writing_to
from evenhand.data.storage.folders import check_destination, new_folder
from evenhand.data.storage.separation import check_apart
from evenhand.evaluation.lit.lit_data import read_lit_data
from evenhand.evaluation.report_options import LitOptions, Model

_SUFFIX, _SPEC_SUFFIX = ".lit.jsonl", ".spec"  # by which `lit_nlp.api.dataset.load_lit_format` goes


@takes_urls()
@takes(LitOptions)
def export_for_lit(
    report: str | Path,
    output: str | Path,
    *,
    data: str | Path | None = None,
    model: Model | None = None,
    overwrite: bool = False,
    **options: Any,
) -> list[Path]:
    """Write a report's pairs, and their texts, in LIT's own format; LIT need not be installed.

    ``pairs.lit.jsonl`` has a pair a line, ``texts.lit.jsonl`` an original or a counterfactual.
    Beside each stands its spec, in JSON: the type of each field. The function
    ``lit_nlp.api.dataset.load_lit_format`` makes a dataset of a file and its spec.

    Args:
        report: The report's folder, or its report.json.
        output: Folder to write. It is complete or absent.
        data: The dataset that the report is about; None for the flips that the report holds.
        model: The report's candidate; needed to score the pairs of the data.
        overwrite: Replace an export that is there.
        **options: See `evenhand.evaluation.report_options.LitOptions`.

    Returns:
        The files.

    Raises:
        ConfigurationError: An option is wrong, or the output may not be replaced, or is an input.
        InputError: The report cannot be shown so, or is about other data or models.
        UnavailableError: The output cannot be written.
    """
    chosen = LitOptions(**options)
    check_apart({"`report`": report, "`data`": data}, {"`output`": output})
    check_destination(output, kind="export", overwrite=overwrite)
    found, _ = read_lit_data(report, data, model, chosen)
    with (
        new_folder(output, kind="export", overwrite=overwrite) as folder,
        writing_to(Path(output)),
    ):
        names = [
            *_write(folder / f"pairs{_SUFFIX}", found.pair_rows(), found.pair_fields),
            *_write(folder / f"texts{_SUFFIX}", found.text_rows(), found.text_fields),
        ]
    return [Path(output) / name for name in names]


def _write(file: Path, rows: Iterable[Mapping[str, Any]], fields: Mapping[str, Any]) -> list[str]:
    """Write rows and their fields' types; return the names of both files."""
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(f"{json.dumps(row)}\n" for row in rows)
    spec = file.with_name(file.name + _SPEC_SUFFIX)
    spec.write_text(json.dumps(fields, indent=2) + "\n", encoding="utf-8")
    return [file.name, spec.name]
