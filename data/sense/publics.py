"""Tell where the people of a country are its public: "Canadians will vote them out".

There "people" says the same. Beside another country, or of no politics, a people is a group.
"""

from __future__ import annotations

import re

from evenhand.data.sense.context_words import PLACE_NAMES

_POLITICS = re.compile(
    r"(?<!\w)(?:govern\w*|vot(?:e|es|ed|er|ers|ing)|elect(?:s|ed|ing|ions?|orate|oral|able)?|tax\w*"
    r"|liberals?|conservatives?|tory|tories|democrats?|republicans?|parliament\w*|minister\w*"
    r"|president\w*|pms?|politic\w*|polic(?:y|ies)|part(?:y|ies)|congress|senat\w+|econom\w*|budget"
    r"|laws?|courts?|ndp|cpc|cons|libs|health\s?care|media|mps?|campaign\w*|harper|trudeau|trump"
    r"|obama|clinton|democracy|deficit|citizens?)(?!\w)",
    re.IGNORECASE,
)
_ABROAD = re.compile(
    r"(?<!\w)(?:countr(?:y|ies)|nations?|nationalit\w+|homeland|foreign\w*|immigra\w+|migrant\w*"
    r"|refugee\w*|kill\w*|bomb\w*|invad\w*|bash\w*)(?!\w)"
    rf"|(?<!\w)(?-i:US|UK|U\.S\.|U\.K\.|USA|EU|UN|NATO|{PLACE_NAMES})(?!\w)",
    re.IGNORECASE,
)


def is_of_public(text: str) -> bool:
    """Tell whether a text is about a country's politics, and about no other country."""
    return _POLITICS.search(text) is not None and _ABROAD.search(text) is None
