"""The public names of each package, one by one: none comes or goes unnoticed."""

from __future__ import annotations

import importlib
import inspect

import pytest

from evenhand.data.remote.arguments import USES

PUBLIC = {
    "data": """
        AblationMethod BuildOptions Columns Comment ConfigurationError Counterfactual
        CounterfactualDataset Dialect EvenhandError InputError Lexicon Manifest NeutralMethod
        NotebookProgress Pair
        PairCheckResult PairMethod Preview Progress RuleTagger Skipped SubstitutionMethod Tagger
        TermMatcher UnavailableError ablate build_dataset build_from_templates
        builtin_lexicons check_pairs export_dataset generate_sample ignore_progress load_lexicon
        make_pairs preview_dataset
        write_sample
    """,
    "remediation": """
        AlignedPairs BaselineResult Classifier ComparisonInterrupted ComparisonResult
        CounterfactualModel ExportResult IndependentPairs LogitMean ModelKind ModelOptions Needs
        PairedInputs SweepInterrupted SweepResult TaskModel Technique TermRemoval TrainedOutput
        TrainingInterrupted TrainingResult Trial compare export_model load_classifier sweep
        tells_alike to_tfmr train train_baseline
    """,
    "evaluation": """
        FlipMetric FunctionsReport GateRenderer Judgement LitServer MetricSpec PairPlan Renderer
        Report export_for_lit
        ScoredPairs TextScores TriedTexts assert_no_flips compare_reports evaluate_flip_rate
        evaluate_functions evaluate_predictions load_functions load_report plan_pairs render_folder
        score_texts try_texts write_model_card
    """,
    "beam": "BuildPairs EvaluateFlips ScanTerms Score",
}


@pytest.mark.parametrize("package", PUBLIC)
def test_the_public_names_are_these(package: str) -> None:
    module = importlib.import_module(f"evenhand.{package}")
    assert sorted(module.__all__) == sorted(PUBLIC[package].split())
    assert set(module.__all__) <= set(dir(module))
    assert all(getattr(module, name).__doc__ for name in module.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = module.nonsense


@pytest.mark.parametrize("package", PUBLIC)
def test_public_functions_take_urls_in_the_place_of_paths(package: str) -> None:
    module = importlib.import_module(f"evenhand.{package}")
    for name in module.__all__:
        function = getattr(module, name)
        if inspect.isfunction(function):
            parameters = inspect.signature(function).parameters.values()
            names_files = any(
                "Path" in str(each.annotation) and USES.get(each.name) != "local"
                for each in parameters
            )
            assert getattr(function, "takes_urls", False) or not names_files, name
