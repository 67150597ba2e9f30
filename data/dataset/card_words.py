"""What a data card says in words, whatever the dataset."""

from __future__ import annotations

HOW = {
    "ablate": (
        "term ablation",
        "Each pair is a text and the same text without its identity terms.",
    ),
    "neutral": (
        "neutral words",
        "Each pair is a text and the same text with neutral words in place of its identity terms, "
        "or without those that are adjectives.",
    ),
    "substitute": (
        "term substitution",
        "Each pair is a text and the same text with counterparts from other groups in place of its "
        "identity terms.",
    ),
    "pairs": (
        "taking pairs that were written elsewhere",
        "Each pair is a text and a counterfactual that was written for it.",
    ),
}
OF_OTHERS = "Each pair is a text and a counterfactual that this method made of it."
INTENTIONS = """\
- **Made for**: finding out whether a text classifier decides otherwise about a text when the people
  in it are others, and training it not to.
- **Suited to**: reports of flip rates and their gate, and techniques of repair that take pairs or
  examples. What a model was trained on cannot show how it does: build one dataset of each split.
- **Not suited to**: telling who wrote a text or of which group somebody is; training on
  counterfactuals as if their labels had been checked; showing that a model is fair to people whom
  no term here names, or about texts of another kind."""
FIELDS = {
    "examples": (
        ("id", "string", "names the row of the input"),
        ("text", "string", "as it was written"),
        ("label", "float32", "null where there is none; further ones are called label:NAME"),
        ("weight", "float32", "how much the example counts"),
    ),
    "pairs": (
        ("example", "int64", "the row of the examples that the pair is of, from 0"),
        ("id", "string", "of that example"),
        ("original, counterfactual", "string", "the two texts"),
        ("terms, groups", "lists of strings", "the terms that were edited, and their groups"),
        ("weight", "float32", "of that example"),
    ),
}
LIMITS_OF_METHOD = {
    "ablate": """\
- A counterfactual is the text without its identity terms. It need not be fluent, and it is not what
  the author would have written about somebody else.
- Endings after an apostrophe stay ("she's" leaves "'s").
""",
    "neutral": """\
- A counterfactual says less than its original: "the women" are "the people". Where "she" becomes
  "they", it may be less clear who is meant.
- Rules choose verb forms and read sentences by the words around a term, and are wrong in some.
- Texts in which the identity is what is said ("she is blind") are left out, so pairs hold mentions
  by the way rather than statements about groups.
- Names and titles ("Mr", "Aunt Petra") are not replaced.
""",
    "substitute": """\
- Names are replaced only where that was asked for. Common given names leave a text out where their
  gender would be contradicted; others may stay beside the pronoun of another gender.
- Rules read "her" and "his" by the words around them, and are wrong in some sentences.
- Facts about groups stay as they were: a counterfactual may say what cannot be.
""",
}
OTHER_METHOD = """\
- The counterfactuals were made outside evenhand, which has checked that each differs from its
  original and is not empty, and of a sample what stands under Validation.
"""
LIMITS = """\
- Only listed terms count. Names, other words for the same people, other languages and misspellings
  are left in both texts, and may still tell a model who is spoken of.
- Some listed words have other senses ("king", "lord", "queen"); they are edited in every sense but
  those that their lexicon guards against.
- Terms inside hyphenated words and user names ("@king") are left alone."""
OF_LABELS = (
    "Labels belong to the originals. Where an edit changes what a text means, the "
    "counterfactual's right label may be another."
)
SENSITIVE = (
    "Terms name groups of people on purpose: pairs differ in them. They say whom a text mentions, "
    "and nothing about who wrote it. The texts are as they were, so they may name people and hold "
    "what hurts."
)
EXTENDED_USE = """\
- **With other data**: no text should be in training and in test data, nor its counterfactual.
- **Parts of it**: pairs name their example by its row, so a part needs both. The shares above do
  not hold of a part drawn by group or term. All pairs of a text belong on one side of a split.
- **Groups of different size**: groups differ in pairs because the sources do. One with few pairs
  needs more texts before its rate says much."""
TERMS_OF_ART = """\
- **Pair**: a text, the original, and its counterfactual, the same text with its terms edited.
- **Term**: a word or expression that names people as members of a group; **group**: the name under
  which a lexicon puts terms; **lexicon**: a versioned list of them.
- **Guard**: a condition under which a word is no term, as a colour is none.
- **Slice**: the examples with one value of a column, for which reports have numbers of their own.
- **Flip**: a pair of which a model decides one side otherwise than the other."""
FOR_THE_PUBLISHER = """\
evenhand knows nothing of these. Whoever publishes the dataset writes them here first:

- **Authorship**: who publishes it, who owns it and can be asked, who paid for it.
- **Collection of the sources**: who wrote the texts, where, when and in which languages; how they
  were chosen; whether their writers know.
- **Annotation**: who labelled them, by which instructions, and how far labellers agreed.
- **Access, retention and wipeout**: who may have it and how, how long it is kept, how a text is
  taken out at its writer's request. A dataset is built again from sources without the text.
- **Versions and maintenance**: what changes, how often, and who is told.
- **Known applications and benchmarks**: which models were trained or measured on it, with which
  numbers.
- **Reflections**: what to know besides, and what you would do otherwise."""
