"""Models as Keras saved them but for a few places, some of which are made to do harm."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

from architecture_grammar import HARMFUL_FUNCTIONS, classes, modules, objects, texts
from hostile_architectures import (
    COPY,
    MODULE,
    SECRET,
    VICTIM,
    lambda_layer,
    layer,
    named,
    sequential,
)
from hypothesis import strategies as st
from real_architectures import RealModel, real_models

LONGEST_SHOWN = 500  # characters of a change, in a failing example
Place = tuple[Any, Any]  # a dict or list of a document, and a key or number in it

# --- what is put into a file

lookups = st.builds(
    lambda name: named(name, "keras.layers", {"vocabulary": SECRET, "name": "lookup"}),
    st.sampled_from(["StringLookup", "TextVectorization", "IntegerLookup"]),
)
hostile_objects = {
    "code": st.just(lambda_layer()),
    "code in a text": st.just(json.dumps(sequential(lambda_layer()))),
    "a class": st.builds(lambda name: named(name, MODULE, {}), st.sampled_from(["Dense", "Adam"])),
    "a function": st.builds(
        lambda name: named("function", MODULE, name, name), st.sampled_from(["relu", "thing"])
    ),
    "a file": lookups,
    "an object": objects,
}
hostile_values = {
    "class_name": st.sampled_from(["Lambda", "TFSMLayer", "__typespec__"]) | classes,
    "module": st.just(MODULE) | modules,
    "registered_name": classes,
    "vocabulary": st.just(SECRET),
    "function": st.sampled_from(HARMFUL_FUNCTIONS),
    "attr_name": st.sampled_from(["graph", "op", "numpy", "__reduce__"]),
}
A_CALL = "a call"
# What certainly does harm where it is let through comes up most often.
KINDS = (*hostile_values, *(3 * [*hostile_objects, "vocabulary", A_CALL]))
# Arguments that lead to what is made or read, whether or not an object has them.
ARGUMENTS_OF_ALL = ("activation", "kernel_initializer", "layer", "vocabulary", "dtype", "note")
calls = st.sampled_from(
    [
        ("io.gfile.copy", SECRET, {"dst": COPY, "overwrite": True}),
        ("io.gfile.remove", VICTIM, {}),
        ("io.read_file", SECRET, {}),
        ("keras.models.model_from_json", json.dumps(sequential(lambda_layer())), {}),
    ]
) | st.tuples(st.sampled_from(HARMFUL_FUNCTIONS), texts, st.just({}))


def calling_layer(function: str, first: str, others: dict[str, Any]) -> dict[str, Any]:
    """Return a layer of Keras 2 that calls a function of TensorFlow with constants."""
    constants = ["_CONSTANT_VALUE", -1, first, others]
    return layer("TFOpLambda", {"function": function, "name": "call"}, constants)


# --- where it is put


class Changes:
    """A document that is being changed.

    Attributes:
        document: The document.
        made: What was put under which key, for a failing example.
    """

    def __init__(self, draw: st.DrawFn, random: Random, document: Any) -> None:
        self._draw, self._random = draw, random
        self.document = copy.deepcopy(document)
        self.made: list[str] = []

    def exchange(self) -> None:
        """Put what one of the models has under a key in place of what stands there."""
        own = by_key(places_in(self.document))
        others = by_key(places_in([other.document for other in real_models()]))
        key = self._random.choice(sorted(own))
        source, _ = self._random.choice(others.get(key, own[key]))
        self._put(self._random.choice(own[key]), copy.deepcopy(source[key]))

    def do_harm(self, kind: str) -> None:
        """Put something hostile of a kind somewhere."""
        own = by_key(places_in(self.document))
        if kind == A_CALL:
            self._add_layer(calling_layer(*self._draw(calls)))
        elif kind in own:
            self._put(self._random.choice(own[kind]), self._draw(hostile_values[kind]))
        else:
            hostile = self._draw(hostile_objects.get(kind, objects))
            self._random.choice([self._put_object, self._put_argument, self._add_layer])(hostile)

    def _put_object(self, hostile: Any) -> None:
        """Put something in place of a layer, an initializer, a loss, or another object."""
        self._put(self._one_of(list(filter(is_object, places_in(self.document)))), hostile)

    def _put_argument(self, hostile: Any) -> None:
        """Put something into the configuration of an object."""
        parent, key = self._one_of(by_key(places_in(self.document)).get("config", []))
        if isinstance(parent[key], dict):
            argument = self._random.choice([*ARGUMENTS_OF_ALL, *parent[key]])
            self._put((parent[key], argument), hostile)

    def _add_layer(self, hostile: Any) -> None:
        """Add a layer to a model, or to one within it, and call it as the one before it is."""
        places = by_key(places_in(self.document)).get("layers", [])
        lists = [
            (parent, key) for parent, key in places if parent[key] and isinstance(parent[key], list)
        ]
        if not lists:
            self._put(self._one_of([]), hostile)
            return
        parent, key = self._random.choice(lists)
        number = self._random.randint(1, len(parent[key]))
        before = parent[key][number - 1]
        if isinstance(hostile, dict) and isinstance(before, dict) and "inbound_nodes" in before:
            how = {"name": "added", "inbound_nodes": before["inbound_nodes"]}
            hostile = copy.deepcopy(how) | hostile
        parent[key].insert(number, None)
        self._put((parent[key], number), hostile)

    def _one_of(self, places: list[Place]) -> Place:
        """Return one of these places; if a change has removed them, one of all there are."""
        return self._random.choice(places or places_in(self.document))

    def _put(self, place: Place, value: Any) -> None:
        parent, key = place
        parent[key] = copy.deepcopy(value)  # Hypothesis gives the same object again
        self.made.append(f"{key}: {json.dumps(value)[:LONGEST_SHOWN]}")


def places_in(document: Any) -> list[Place]:
    """Return every place of a document that holds something."""
    found: list[Place] = []
    waiting = [document]
    while waiting:
        item = waiting.pop()
        keys = item if isinstance(item, dict) else range(len(item))
        found += [(item, key) for key in keys]
        waiting += [item[key] for key in keys if isinstance(item[key], dict | list)]
    return found


def by_key(places: list[Place]) -> dict[str, list[Place]]:
    """Return the places that have a key, by that."""
    found: dict[str, list[Place]] = {}
    for parent, key in places:
        if isinstance(key, str):
            found.setdefault(key, []).append((parent, key))
    return found


def is_object(place: Place) -> bool:
    parent, key = place
    return isinstance(parent[key], dict) and "class_name" in parent[key]


class ChangedModel:
    """A model of Keras's and the document that takes the place of its own.

    It is no dataclass, whose fields Hypothesis would print in full.
    """

    def __init__(self, model: RealModel, made: list[str], document: Any) -> None:
        self.model, self.made, self.document = model, made, document

    def __repr__(self) -> str:
        return f"<{self.model.name}, with {self.made}>"


@st.composite
def changed_models(draw: st.DrawFn) -> ChangedModel:
    """Draw a model with up to two exchanges, and mostly one or two hostile changes."""
    # Left to Hypothesis, the first examples are much alike.
    random = draw(st.randoms(use_true_random=True))
    kinds = random.choices(KINDS, k=random.choice([0, 1, 1, 2]))
    models = [each for each in real_models() if each.may_call or A_CALL not in kinds]
    model = random.choice(models)
    changes = Changes(draw, random, model.document)
    for _ in range(random.randint(0, 2)):
        changes.exchange()
    for kind in kinds:
        changes.do_harm(kind)
    return ChangedModel(model, changes.made, changes.document)
