"""Which technique a training gets, with which options, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from evenhand.data.errors import ConfigurationError
from evenhand.data.options import PAIRS, option, options_of
from evenhand.remediation.techniques.fine_tuning import FineTuning
from evenhand.remediation.techniques.logit_pairing import LogitPairing
from evenhand.remediation.techniques.registry import technique_class, technique_names
from evenhand.remediation.techniques.technique import Needs, Technique, TrainedOutput
from evenhand.remediation.techniques.technique_options import (
    chosen_technique,
    technique_in_full,
    techniques_to_try,
)
from evenhand.remediation.training.fit_options import SweepOptions, TrainOptions

GIVEN: dict[str, Any] = {
    "loss": "mse",
    "loss_weight": 3.0,
    "pair_on": "outputs",
    "pairing": "independent",
    "random_words": 2,
    "unseen_terms": True,
}


@dataclass(frozen=True, kw_only=True)
class Ours(Technique):
    """A technique that nobody has registered."""

    name: ClassVar[str] = "ours"
    title: ClassVar[str] = "ours"
    tried: ClassVar[Any] = {"strength": (1, 2)}

    strength: int = option(1, "How strong.", PAIRS)
    colour: str = option("red", "Which colour.", PAIRS)

    @property
    def needs(self) -> Needs:
        return Needs(pairs=False)

    def wrap(self, model: Any, output: TrainedOutput) -> Any:
        raise NotImplementedError


def test_clp_is_the_default_and_has_the_options_that_are_given() -> None:
    assert set(GIVEN) == set(options_of(LogitPairing))
    assert chosen_technique(TrainOptions()) == LogitPairing()
    assert chosen_technique(TrainOptions(epochs=2, **GIVEN)) == LogitPairing(**GIVEN)


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize("value", ["given", "default"])
def test_an_option_of_another_technique_is_refused_whatever_its_value(
    name: str, value: str
) -> None:
    default = options_of(LogitPairing)[name].default
    given = GIVEN[name] if value == "given" or default is None else default
    with pytest.raises(ConfigurationError) as caught:
        TrainOptions(technique="fine-tune", **{name: given})
    assert caught.value.what == f"the technique fine-tune has no option `{name}`"
    assert caught.value.where == f"`{name}`"
    others = "clp or mindiff" if name == "loss_weight" else "clp"
    assert caught.value.remedy == f"leave it out, or choose the technique {others}"


@pytest.mark.parametrize(
    ("name", "value"),
    [("loss", "l7"), ("loss_weight", -1.0), ("pair_on", "words"), ("pairing", "odd"),
     ("random_words", -1)],
)  # fmt: skip
def test_a_techniques_options_are_checked_as_those_of_a_training(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} must be "):
        TrainOptions(**{name: value})
    with pytest.raises(ConfigurationError):
        LogitPairing(**{name: value})


def test_an_unknown_technique_is_refused_with_the_closest() -> None:
    with pytest.raises(ConfigurationError, match=r"no technique 'clpp'(.|\n)*did you mean 'clp'"):
        TrainOptions(technique="clpp")


def test_each_name_is_that_of_its_class() -> None:
    assert [technique_class(name).name for name in technique_names()] == technique_names()


def test_a_technique_of_ones_own_goes_without_a_name() -> None:
    ours = Ours(strength=3)
    assert chosen_technique(TrainOptions(technique=ours, epochs=2)) is ours
    with pytest.raises(ConfigurationError, match="`loss` is given beside a technique"):
        TrainOptions(technique=ours, loss="mse")
    assert techniques_to_try(SweepOptions(technique=Ours(colour="blue"))) == [
        Ours(strength=1, colour="blue"), Ours(strength=2, colour="blue"),
    ]  # fmt: skip


def test_a_sweep_tries_every_combination_and_shares_the_rest() -> None:
    options = SweepOptions(losses=["mse", "absolute"], loss_weights=[1.0, 2.0], random_words=1)
    tried = [(each.loss, each.loss_weight) for each in techniques_to_try(options)]
    assert tried == [("mse", 1.0), ("mse", 2.0), ("absolute", 1.0), ("absolute", 2.0)]
    assert {each.random_words for each in techniques_to_try(options)} == {1}
    usual = techniques_to_try(SweepOptions())
    assert [each.loss_weight for each in usual] == [0.1, 0.3, 1.0, 3.0, 10.0]
    assert {(each.loss, each.pairing) for each in usual} == {("absolute", None)}


def test_what_has_nothing_to_vary_is_not_swept() -> None:
    assert not FineTuning.tried
    with pytest.raises(ConfigurationError, match="fine-tune has no option that a sweep varies"):
        SweepOptions(technique="fine-tune")
    with pytest.raises(ConfigurationError, match="nothing to try"):
        SweepOptions(losses=[])


def test_what_decides_is_known_in_full() -> None:
    """A run is up to date where nothing of it changed, be it a default."""
    assert technique_in_full(TrainOptions(loss="mse")) == {
        "technique": "clp", "loss": "mse", "loss_weight": 1.0, "pair_on": None, "pairing": None,
        "random_words": 0, "unseen_terms": False,
    }  # fmt: skip
    assert technique_in_full(SweepOptions(losses=["mse"])) == {
        "technique": "clp", "losses": ("mse",), "loss_weights": [0.1, 0.3, 1.0, 3.0, 10.0],
        "pair_on": None, "pairings": [None], "random_words": 0,
        "unseen_terms": False,
    }  # fmt: skip
    assert technique_in_full(TrainOptions(technique="fine-tune")) == {"technique": "fine-tune"}


def test_a_package_cannot_take_the_name_of_one_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "other-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[evenhand.techniques]\nclp = other:Clp\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigurationError, match=r"'clp' is evenhand's own(.|\n)*of other"):
        TrainOptions()
    assert TrainOptions(technique="fine-tune").technique == "fine-tune"
