"""Which identity terms a dataset's pairs are about, as far as its manifest tells."""

from __future__ import annotations

from evenhand.data.dataset.manifest import Manifest


def takes_terms_out(manifest: Manifest) -> bool:
    """Return whether a dataset's counterfactuals are its texts without their identity terms."""
    return manifest.method.name in ("ablate", "neutral")
