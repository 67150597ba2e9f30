"""How well scores rank the examples of a slice among themselves and against all others.

These are the areas under the ROC curve of Borkan et al. 2019 (arXiv 1903.04561), "Nuanced metrics
for measuring unintended bias with real data for text classification". The subgroup is the slice;
for groups and terms, the examples that mention them. The background is every other example, with or
without a value in the slice's column.

- `subgroup_auc`: positives against negatives of the subgroup. It is the slice's `auc`. It is low if
  the scores do not tell the two apart within the subgroup.
- `bpsn_auc`, background positive, subgroup negative: positives of the background against negatives
  of the subgroup. It is low if negatives of the subgroup score higher than they should.
- `bnsp_auc`, background negative, subgroup positive: negatives of the background against positives
  of the subgroup. It is low if positives of the subgroup score lower than they should.

`areas` computes them. TFMA itself had these three metrics ("fairness AUC") until it dropped its
post-export metrics.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evenhand.data.support.arrays import Floats, Rows
from evenhand.evaluation.measures.areas import Area, roc_area
from evenhand.remediation.judging.validation import Ranks


def cross_areas(
    subgroup: Rows, ranks: Ranks, positives: Floats, negatives: Floats
) -> dict[str, Area]:
    """Return `bpsn_auc` and `bnsp_auc`, without those that are undefined.

    Args:
        subgroup: Rows of the examples in the subgroup.
        ranks: `score_ranks` of the scores of all examples, shape (n,).
        positives: Weight of each example as a positive, shape (n,).
        negatives: Weight of each example as a negative, shape (n,).
    """
    inside = np.zeros(len(ranks), dtype=bool)
    inside[subgroup] = True

    def area(of_positives: npt.NDArray[np.bool_]) -> Area | None:
        """Return the area of the positives in these rows against the negatives in the others."""
        rows = np.flatnonzero(np.where(of_positives, positives, negatives) > 0)
        among = of_positives[rows]
        return roc_area(
            lambda: (
                ranks[rows],
                np.where(among, positives[rows], 0),
                np.where(among, 0, negatives[rows]),
            )
        )

    areas = {"bpsn_auc": area(~inside), "bnsp_auc": area(inside)}
    return {name: found for name, found in areas.items() if found is not None}
