"""Text as a page, a file for people or a terminal may show it: what is there can be seen.

Text from strangers can hold characters that nobody sees and that change what others look like:
those that turn the order of a line around, and those without a width. They are shown by their
numbers, as ``‹U+202E›``. Some are part of honest text and stay where they do what they are for:

- zero-width joiners and non-joiners between two letters of a script that joins them, from Arabic
  and Persian to the scripts of India and Mongolia;
- zero-width spaces between two letters of Thai, Lao, Burmese or Khmer, which has no others;
- joiners within emoji, such as a family of three, variation selectors behind a sign that has
  variants, and the tags of a flag, such as that of Wales.

Letters of Arabic and Hebrew are what they are: text of these scripts stays as it is, and only marks
of direction, which no letter needs, are shown. Control characters and lone surrogates, which no
page can hold, become U+FFFD.
"""

from __future__ import annotations

import re

# Control characters other than tab and line ends, lone surrogates, and what XML cannot hold.
_UNPRINTABLE = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"
# Of Unicode 17: what is of the categories Cf, Zl and Zp, but for signs of numbers and hieroglyphs,
# which are drawn; and what is to be ignored where it is not known, such as variation selectors.
_INVISIBLE = (
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)

_JOINED = (  # letters and marks of scripts that join letters, or make others of them
    "\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06df-\u06e8\u06ea-\u06ef\u06fa-\u06ff\u0710-\u074f"
    "\u0750-\u088f\u0897-\u08e1\u08e3-\u0dff\u0f00-\u109f\u1700-\u17b3\u17b6-\u17ff\u1810-\u18ff"
    "\u1900-\u1cff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00010aff"
    "\U00011000-\U000110bc\U000110be-\U000110cc\U000110ce-\U00011fff"
)
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # scripts without spaces between words
_SIGN = "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299"
_PICTURE = f"[{_SIGN}\U0001f000-\U0001faff]"
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

_HONEST = "|".join(
    (
        rf"(?<=[{_JOINED}])[\u200c\u200d](?=[{_JOINED}])",
        rf"(?<=[{_UNSPACED}])\u200b(?=[{_UNSPACED}])",
        # a picture, its variant or colour of skin, and the next that it is joined to
        rf"(?<={_PICTURE})\u200d(?={_PICTURE})",
        rf"(?<={_PICTURE}\ufe0f)\u200d(?={_PICTURE})",
        rf"(?<={_PICTURE})[\ufe0e\ufe0f]",
        r"(?<=[#*0-9])\ufe0f(?=\u20e3)",
        rf"(?<=[{_HAN}])[\ufe00-\ufe02\U000e0100-\U000e01ef]",
        r"(?<=[\u1820-\u18aa])[\u180b-\u180d\u180f]",
        r"(?<=\U0001f3f4)[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f",
    )
)


_HIDDEN = re.compile(f"(?P<honest>{_HONEST})|(?P<control>{_UNPRINTABLE})|{_INVISIBLE}")


def printable(text: str) -> str:
    """Return text in which everything can be seen; line ends and tabs stay."""
    return text if text.isascii() and text.isprintable() else _HIDDEN.sub(_shown, text)


def _shown(found: re.Match[str]) -> str:
    if found["honest"]:
        return found[0]
    if found["control"]:
        return "\N{REPLACEMENT CHARACTER}"
    return f"‹U+{ord(found[0]):04X}›"
