"""A model that pipelines load."""

from __future__ import annotations

from pathlib import Path

import pytest

SCORER = """
def score(texts):
    if "fails" in texts:
        raise ValueError("no such text")
    return [len(text) * 37 % 100 / 100 if "he" in text.lower() else 0.3 for text in texts]
"""


@pytest.fixture
def scorer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a MODEL reference that this process and those that it starts can load."""
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "beam_scorer.py").write_text(SCORER)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return "beam_scorer:score"
