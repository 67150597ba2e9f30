"""By which factor each group's examples count in reweighting: Fair Data Reweighting (FDW).

FDW (TensorFlow Model Remediation, `experimental/fair_data_reweighting`, 2022) gives group s the
share

    w(s) = exp(strength * error(s)) / sum over groups of exp(strength * error)

and draws a training set of N examples: share * w(s) * N from each group, and (1 - share) * N from
all. Here nothing is drawn: the expected number of times that an example of group s is taken,

    factor(s) = 1 - share + share * w(s) * M / m(s)

is its factor, with m(s) the weight of the group's examples and M that of all groups together. So
the groups together keep their weight. FDW has N, that of all examples, for M, which is the same
where every example is of a group; otherwise examples of no group would lose weight, while here
their factor is 1.
"""

from __future__ import annotations

import numpy as np

from evenhand.data.support.arrays import Floats


def group_factors(errors: Floats, sizes: Floats, share: float, strength: float) -> Floats:
    """Return the factor of each group's examples, float64, shape (groups,).

    A group without an error, or without examples, keeps the factor 1 and is left out of the sums.

    Args:
        errors: In [0, 1], shape (groups,); NaN for a group that could not be measured.
        sizes: The weight of each group's training examples, shape (groups,).
        share: In [0, 1]; FDW's gamma.
        strength: 0 or more; FDW's beta.
    """
    factors = np.ones(len(errors))
    known = np.isfinite(errors) & (sizes > 0)
    if not known.any():
        return factors
    raised = np.exp(strength * (errors[known] - errors[known].max()))  # no exponent is too large
    weights, of_all = raised / raised.sum(), sizes[known].sum()
    factors[known] = 1 - share + share * weights * of_all / sizes[known]
    return factors
