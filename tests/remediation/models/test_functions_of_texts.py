"""Whatever can be called with a list of texts and gives scores is a model, however it is named."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from evenhand.data.errors import ConfigurationError, InputError
from evenhand.remediation import ModelOptions, load_classifier

CODE = """
import functools

import numpy as np


def of_one(text):
    return min(len(text), 10) / 10


def plain(texts):
    return [of_one(text) for text in texts]


def with_options(texts, batch_size=32):
    return plain(texts)


def of_a_path(path, texts):
    return plain(texts)


def unwrapped(function):
    def call(*args, **kwargs):
        return function(*args, **kwargs)

    return call


class Model:
    def predict(self, texts):
        return plain(texts)

    def __call__(self, texts):
        return plain(texts)


class Module:  # as those of PyTorch
    def __call__(self, *args, **kwargs):
        return np.array(plain(*args, **kwargs))[:, None]



number = 3
model = Model()
module = Module()
partial = functools.partial(of_a_path, "weights.bin")
short = lambda texts: plain(texts)
decorated = unwrapped(plain)
vectorised = np.vectorize(of_one, otypes=[float])


@unwrapped
def made():
    return model


def broken():
    raise RuntimeError("no weights")


def defaults(texts=()):
    return plain(texts)


def wrong(*texts):
    return 1 / 0


def two(first, second):
    return plain(first)
"""
TEXTS = ["", "she", "she is kind"]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "things_to_call.py").write_text(CODE)
    monkeypatch.syspath_prepend(tmp_path)
    return "things_to_call"


@pytest.mark.parametrize(
    "name",
    [
        "plain", "with_options", "model", "model.predict", "Model", "module", "partial", "short",
        "decorated", "vectorised", "made",
    ],
)  # fmt: skip
def test_it_is_scored_by_its_name_and_by_itself(module: str, name: str) -> None:
    by_name = load_classifier(f"{module}:{name}")
    np.testing.assert_allclose(by_name.score(TEXTS), [0, 0.3, 1])
    assert by_name.keras_model is None
    found: Any = __import__(module)
    for part in name.split("."):
        found = getattr(found, part)
    if name not in ("Model", "made"):  # which make one
        np.testing.assert_allclose(load_classifier(found).score(TEXTS), [0, 0.3, 1])


def test_a_file_is_named_by_its_path(
    tmp_path: Path, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "my models"
    folder.mkdir()
    (folder / "a-scorer.v2.py").write_text("from beside import score, broken\n")
    (folder / "beside.py").write_text(CODE + "\nscore = plain\n")
    path_before = list(sys.path)
    reference = "my models/a-scorer.v2.py:score"
    loaded = load_classifier(reference)
    assert loaded.name == "a-scorer.v2.py:score"
    np.testing.assert_allclose(loaded.score(TEXTS), [0, 0.3, 1])
    # imported once, also by its whole path, and as a preprocessing
    assert load_classifier(tmp_path / reference).predictor._function is loaded.predictor._function
    assert sys.path == path_before
    for wrong, what in (
        ("my models/none.py:score", "no such file of Python code"),
        ("my models/a-scorer.v2.py:none", "the file .* has no none"),
    ):
        with pytest.raises(InputError, match=what):
            load_classifier(wrong)


def test_a_file_does_not_take_the_name_of_a_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "json.py").write_text(CODE)
    np.testing.assert_allclose(load_classifier("json.py:plain").score(["she"]), [0.3])
    assert sys.modules["json"] is json


class WithProbabilities:  # as scikit-learn's
    def predict_proba(self, texts: list[str]) -> Any:
        scores = np.array([min(len(text), 10) / 10 for text in texts])
        return np.stack([1 - scores, scores], axis=1)


def test_the_second_of_two_probabilities_is_the_score() -> None:
    model = WithProbabilities()
    for given in (model, model.predict_proba):
        classifier = load_classifier(given)
        np.testing.assert_allclose(classifier.score(TEXTS), [0, 0.3, 1])
        assert classifier.name == "the method WithProbabilities.predict_proba"


class Tensor:  # as PyTorch's, which NumPy takes only from the CPU and without gradients
    dtype = "torch.bfloat16"

    def __init__(self, values: list[float], done: tuple[str, ...] = ()) -> None:
        self.values, self.done = values, done

    def detach(self) -> Tensor:
        return Tensor(self.values, (*self.done, "detach"))

    def cpu(self) -> Tensor:
        return Tensor(self.values, (*self.done, "cpu"))

    def float(self) -> Any:
        return np.array(self.values, np.float32)

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("can't convert cuda:0 device type tensor to numpy")


@pytest.mark.parametrize(
    "returned",
    [
        lambda scores: np.float16(scores),
        lambda scores: np.array(scores, object),
        lambda scores: [[score] for score in scores],
        lambda scores: (score for score in scores),
        lambda scores: tuple(scores),
        lambda scores: Tensor(scores),
        lambda scores: {"score": Tensor(scores)},
    ],
)
def test_scores_come_in_many_forms(returned: Callable[[list[float]], Any]) -> None:
    classifier = load_classifier(lambda texts: returned([len(text) / 64 for text in texts]))
    np.testing.assert_allclose(classifier.score(TEXTS), [len(text) / 64 for text in TEXTS])


@pytest.mark.parametrize(
    ("returned", "what"),
    [
        (None, "returns None"),
        (["0.5", "0.5"], "returns a list of str"),
        ([{"label": "toxic", "score": 0.5}] * 2, "(?s)returns a list of dict.*out of each dict"),
        ([[{"label": "toxic", "score": 0.5}]] * 2, "returns a list of dict"),
        ([0.5, None], "returns a list of float"),
        ([[0.5], [0.5, 0.5]], "returns a list of float"),
        (np.array([0.5j, 0.5j]), "returns a ndarray"),
        ([0.5], r"shape \(1,\) for two texts"),
        (0.5, r"shape \(\) for two texts"),
        ([float("nan"), 0.5], "gives nan"),
        ([1.5, 0.5], "(?s)gives 1.5.*give `logits`"),
    ],
)
def test_what_is_no_score_for_each_text_is_refused(returned: Any, what: str) -> None:
    with pytest.raises(InputError, match=what):
        load_classifier(lambda texts: returned)


def test_a_function_that_fails_is_an_error_that_says_so() -> None:
    with pytest.raises(InputError, match="fails on a list of 2 texts") as caught:
        load_classifier(lambda texts: 1 / 0)
    assert "preprocess" not in str(caught.value)


def test_a_pipeline_of_scikit_learn_is_scored() -> None:
    pytest.importorskip("sklearn")
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts = ["she is kind", "he is rude", "kind words", "rude words"]
    pipeline = make_pipeline(CountVectorizer(), LogisticRegression()).fit(texts, [0, 1, 0, 1])
    scores = load_classifier(pipeline).score(texts)
    np.testing.assert_allclose(scores, pipeline.predict_proba(texts)[:, 1])


def test_a_model_of_pytorch_is_scored() -> None:
    torch = pytest.importorskip("torch")
    weights = torch.nn.Linear(1, 1)

    def score(texts: list[str]) -> Any:
        lengths = torch.tensor([[float(len(text))] for text in texts])
        return torch.sigmoid(weights(lengths))  # with gradients

    wanted = score(TEXTS).detach().numpy()[:, 0]
    np.testing.assert_allclose(load_classifier(score).score(TEXTS), wanted, rtol=1e-6)


class TextClassificationPipeline:  # as that of transformers, where it is not installed
    def __init__(self, labels: list[str], of_text: Callable[[str], list[float]]) -> None:
        config = SimpleNamespace(id2label=dict(enumerate(labels)), name_or_path="models/my-model")
        self.model = SimpleNamespace(config=config)
        self._of_text = of_text

    def __call__(self, inputs: list[str], top_k: int | None = 1, **options: Any) -> Any:
        assert options == {"truncation": True}
        labels = self.model.config.id2label.values()
        found = [
            [
                {"label": label, "score": score}
                for label, score in zip(labels, self._of_text(text), strict=True)
            ]
            for text in inputs
        ]
        ranked = [sorted(each, key=lambda one: -one["score"]) for each in found]
        return ranked if top_k is None else [each[0] for each in ranked]


class Derived(TextClassificationPipeline):
    pass


def test_the_score_of_a_pipeline_is_that_of_its_last_class_or_of_the_one_named() -> None:
    pipeline = Derived(["fine", "toxic"], lambda text: [1 - len(text) / 16, len(text) / 16])
    classifier = load_classifier(pipeline)
    np.testing.assert_allclose(classifier.score(TEXTS), [0, 3 / 16, 11 / 16])
    assert classifier.name == "the pipeline my-model"
    assert classifier.reading.endswith("the score is that of toxic")
    fine = load_classifier(pipeline, ModelOptions(head="fine"))
    np.testing.assert_allclose(fine.score(TEXTS), [1, 13 / 16, 5 / 16])
    with pytest.raises(
        InputError, match=r"(?s)no label 'toxik'.*fine, toxic.*did you mean 'toxic'"
    ):
        load_classifier(pipeline, ModelOptions(head="toxik"))


def test_labels_of_a_pipeline_of_which_a_text_may_have_any_are_named() -> None:
    labels = ["toxic", "insult", "threat"]
    pipeline = TextClassificationPipeline(labels, lambda text: [0.9, len(text) / 16, 0.8])
    with pytest.raises(InputError, match="`head`, one of: toxic, insult, threat"):
        load_classifier(pipeline)
    insult = load_classifier(pipeline, ModelOptions(head="insult"))
    np.testing.assert_allclose(insult.score(TEXTS), [0, 3 / 16, 11 / 16])
    by_number = load_classifier(pipeline, ModelOptions(positive_class=1))
    assert by_number.positive_class == insult.positive_class == 1


def test_a_pipeline_in_a_file_is_scored_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "scorer.py").write_text(
        "from test_functions_of_texts import TextClassificationPipeline\n"
        "classify = TextClassificationPipeline(['fine', 'toxic'], lambda text: [0.75, 0.25])\n"
        "def make():\n    return classify\n"
    )
    for name in ("classify", "make"):
        loaded = load_classifier(tmp_path / f"scorer.py:{name}")
        np.testing.assert_allclose(loaded.score(TEXTS), [0.25] * 3)


@pytest.mark.filterwarnings("ignore:CUDA initialization")  # of PyTorch for CUDA, without a GPU
def test_a_pipeline_of_transformers_is_scored(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("torch")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "she", "is", "kind"]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        id2label={0: "fine", 1: "toxic"},
        label2id={"fine": 0, "toxic": 1},
    )
    pipeline = transformers.pipeline(
        "text-classification",
        model=transformers.BertForSequenceClassification(config).eval(),
        tokenizer=transformers.BertTokenizer(str(tmp_path / "vocab.txt")),
    )

    def score(texts: list[str]) -> list[float]:
        scores = pipeline(texts, top_k=None)
        return [{each["label"]: each["score"] for each in one}["toxic"] for one in scores]

    for given in (pipeline, score):
        np.testing.assert_allclose(load_classifier(given).score(TEXTS), score(TEXTS), rtol=1e-5)
    fine = load_classifier(pipeline, ModelOptions(head="fine"))
    np.testing.assert_allclose(fine.score(TEXTS), 1 - np.array(score(TEXTS)), rtol=1e-4)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("broken", "cannot be made .RuntimeError: no weights"),
        ("defaults", "things_to_call:defaults is a list"),
        ("two", "cannot be made .TypeError"),
        ("wrong", "ZeroDivisionError"),
        ("number", "things_to_call:number is a int"),
    ],
)
def test_what_cannot_be_called_so_is_an_error(module: str, name: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        load_classifier(f"{module}:{name}")


def test_a_function_in_memory_takes_no_options_of_files() -> None:
    def score(texts: list[str]) -> list[float]:
        return [0.5] * len(texts)

    with pytest.raises(ConfigurationError, match="for a function, options can only"):
        load_classifier(score, ModelOptions(preprocess="module:function"))


def test_a_keras_model_in_memory_is_scored(model_of: Callable[..., Any]) -> None:
    model = model_of()
    wanted = np.asarray(model(np.array([text.encode() for text in TEXTS], dtype=object)))[:, 0]
    np.testing.assert_allclose(load_classifier(model).score(TEXTS), wanted, rtol=1e-6)
