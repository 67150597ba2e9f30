"""Our pairs in TFMR's own model, and our TFRecord files in TensorFlow."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from evenhand.data import ConfigurationError, build_dataset, export_dataset
from evenhand.remediation.techniques.tfmr_data import to_tfmr

ROWS = 'text,label\nShe is late.,1\nThe bus is late.,0\n"The king, and she.",0\n'
ROWS += "No label for her,\nThe dog is late.,1\nThe cat is late.,0\n"


@pytest.mark.slow
def test_tfmr_trains_on_our_pairs_and_tensorflow_reads_our_records(tmp_path):
    (tmp_path / "rows.csv").write_text(ROWS)
    dataset = build_dataset(
        [tmp_path / "rows.csv"], tmp_path / "cf", label_column="label", method="ablate"
    )
    *_, records = export_dataset(dataset, tmp_path / "records")
    script = Path(__file__).with_name("tfmr_pairs.py")
    command = [sys.executable, str(script), str(dataset.path), str(records), "result.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "result.json").read_text())
    pairs = dataset.pairs().to_pylist()
    assert result["kind"] == "CounterfactualPackedInputs"
    assert result["batches"] == 2
    assert result["texts"] == [
        "She is late.",
        "The bus is late.",
        "The king, and she.",
        "The dog is late.",
    ]
    assert result["labels"] == [1, 0, 0, 1]
    assert result["originals"] == [pair["original"] for pair in pairs]
    assert result["changed"] == [pair["counterfactual"] for pair in pairs]
    assert result["weights"] == [1.0] * len(pairs)
    assert result["counterfactual_loss"] > 0
    assert result["records"] == [
        [pair["example"], pair["original"], pair["terms"], pair["weight"]] for pair in pairs
    ]


def test_a_dataset_without_labels_is_refused(tmp_path):
    (tmp_path / "rows.csv").write_text(ROWS)
    dataset = build_dataset([tmp_path / "rows.csv"], tmp_path / "cf")
    with pytest.raises(ConfigurationError, match="the dataset has none"):
        to_tfmr(dataset)
