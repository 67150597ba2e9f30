"""Words around identity terms that tell what their sentence is about, as patterns.

They decide whether a neutral sentence makes sense: see `evenhand.data.methods.neutral_sense`. They
are short lists of what texts that people wrote hold most, and no dictionary.
"""

from __future__ import annotations

import re

from evenhand.data.matching.sought_words import Sought, SoughtInFront


def _words(listed: str) -> str:
    """Return a pattern of words; "*" stands for the rest of one."""
    parts = (re.escape(part).replace(r"\*", r"\w*") for part in listed.split())
    return "|".join(part.replace("_", r"\s+") for part in parts)


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


def _sought(listed: str) -> Sought:
    pattern = re.compile(rf"(?<![\w@])(?:{_words(listed)})(?!\w)")
    return Sought(pattern, listed, in_lower_case=True)


THEY = Sought(
    re.compile(
        r"(?<![\w@])(?:they|them|their|theirs|themselves|themself|theyre|theyve)(?!\w)",
        re.IGNORECASE,
    ),
    "they them their theirs themselves themself theyre theyve",
)
SENTENCE_END = re.compile(r"[.!?…]+(?=[\s\"'”’)])|\n")
TOPICS = _sought("""
    racis* sexism sexist* homophob* transphob* xenophob* islamophob* feminis* misogyn* misandr*
    patriarch* equality inequality rights discriminat* prejudice* bigot* stereotyp* privilege*
    supremac* oppress* segregat* persecut* genocide multicultural* diversity minority minorities
    ethnic* slur slurs affirmative_action gender genders assimilat* integrat* racial* racialized
    profiling quota quotas reverse_racism identity_politics ghetto slave* colonial* visible
    non-* anti-* all-white all-black all-male all-female self-hating your_race our_race
    their_race her_race his_race race_card right_to_vote voting_right* opposite_sex personhood
    same-sex_marriage gay_marriage""")
_POINTERS = """
    including except excepting except_for only only_for only_to only_by just_not not not_for
    not_just not_only exclusively exclusively_for exclusively_by other_than apart_from
    aside_from besides rather_than instead_of unlike than like such_as versus vs vs.
    especially particularly namely mostly mainly against alternative_to so-called word words
    term terms phrase call calls called calling labeled labelled considered among amongst
    between both either neither real true actual typical fellow average ordinary into turned
    become became becomes becoming represent represents sound sounds act acts acted acting born
    mere merely hate hates hated hating fear fears i.e. e.g. even other another more fewer less
    half percent no being pretend pretends pretended pretending identify_as identifies_as
    identified_as identifying_as symbol_of play plays played playing
    tell_that_to increase_in decrease_in rise_in influx_of flood_of wave_of full_of filled_with
    number_of nation_of"""
POINTS_AT = SoughtInFront(
    re.compile(
        # "Nobody but a man", not "But the man" as a sentence begins.
        rf"(?<![\w'’])(?:{_words(_POINTERS)}|(?<=[^.!?]\s)but)[\s\"'“‘]+"
        r"(?:(?:the|an?|any|all|every|other|these|those|this|that|some|most|many|my|our)\s+)?"
        r"(?:[\w-]+\s+)?\Z",
        re.IGNORECASE,
    ),
    f"{_POINTERS} but",
    among=4,
    reach=5,
)
POINTED_BEHIND = re.compile(
    r"\s+(?:only|alone|themselves|first|like|unlike|versus|vs|as|too|either)(?!\w)|,?\s+(?:but\s+)?not(?!\w)"
    r"|\s+(?:is|was|are|were)\s+(?:an?|the)(?!\w)",
    re.IGNORECASE,
)
THAN = Sought(re.compile(r"(?<!\w)than(?!\w)", re.IGNORECASE), "than")
UP_TO_THAN = re.compile(r"[^.!?\n]{0,60}?(?<!\w)than(?!\w)", re.IGNORECASE)
# What somebody is said to be: "relatives who are Americans", "she is a woman", "I'm the man".
_IS = """
    is was are were isnt wasnt arent werent be been am aint u im hes shes youre theyre she he they
    you"""
IS = SoughtInFront(
    re.compile(
        r"(?:(?<!\w)([\w'’]*\w)\s+)?(?:(?<!\w)(?:(?:is|was|are|were)(?:n['’]?t)?|be|been|am|ain['’]?t"
        r"|u|im|hes|shes|youre|theyre|she|he|they|you)|(\w+)['’](?:s|re|m))"
        r"(?:\s+(?:not|just|only|still|both|all|also|really|now|such|half|like|\w+ly)){0,2}"
        r"(?:\s+(?:an?|the|two|one\s+of\s+the|some))?\s+\Z",
        re.IGNORECASE,
    ),
    _IS,
    among=6,
    reach=9,
    ends=f"""
    {_IS} not just only still both all also really now such half like *ly a an
    the two some""",
)
NO_SUBJECT = _set("there what who where how why when whom here i im i'm")
TELLS_WHO = re.compile(
    r"\s+(?:who|whom|whose|that|which|with|from|in|at|of|on|behind|named|called|by|\w+ing)(?!\w)",
    re.IGNORECASE,
)
# "Nobody would hire an immigrant", "I don't trust a woman".
DENIED = SoughtInFront(
    re.compile(
        r"(?:(?<!\w)(?:nobody|no\s+one|noone|never|not|cannot|cant|dont|wont|without|refuse[sd]?"
        r"|avoid(?:s|ed)?)|n['’]t)(?!\w)[^.!?;,\n]{0,50}\s(?:an?|any)\s+(?:[\w-]+\s+)?\Z",
        re.IGNORECASE,
    ),
    "a an any",
    among=2,
)
WOULD = SoughtInFront(
    re.compile(
        r"(?<!\w)(?:would|could|should|can|must|does|do|will|might)\s+(?:even\s+)?an?\s+\Z",
        re.IGNORECASE,
    ),
    "would could should can must does do will might",
    among=3,
    reach=4,
    ends="a an",
)
AS = SoughtInFront(
    re.compile(r"[^.!?\n\s\"“]\s+as\s+an?\s+\Z", re.IGNORECASE),
    "as",
    among=2,
    reach=3,
    ends="a an",
)
ALONE_BEFORE = re.compile(r"(?:\A|[.!?\n:]\s*)(?:(?:the|an?|those|these)\s+)?\Z", re.IGNORECASE)
ALONE_BEHIND = re.compile(r"\s*(?:\Z|[.!?\n])")
# "She has a man", "I need a good woman": a partner, and no person.
PARTNER = SoughtInFront(
    re.compile(
        r"(?<!\w)(?:ha(?:ve|s|d|ving)|g[oe]t(?:s|ting)?|need(?:s|ed|ing|a)?|want(?:s|ed)?|finds?|found|keeps?|u|ur|ya|your"
        r"|take|like)\s+(?:(?:me|you|her|him)(?:self)?\s+)?an?\s+(?:[\w-]+\s+)?\Z",
        re.IGNORECASE,
    ),
    """
    have has had having got gots gotting get gets getting need needs needed needing needa want wants
    wanted find finds found keep keeps u ur ya your take like""",
    among=4,
    reach=5,
)
# Words of grown-up life: a "girl" in a text with one is hardly a kid.
ADULT = _sought("""
    bitch* hoe hoes fuck* sex* pussy pussies dick dicks cock cocks cum ass asses booty butt tits
    titties boobs nude nudes naked porn* strip* horny hot thick cute cutest pretty prettiest
    beautiful gorgeous attractive ugly fine bad baddest basic date dates dated dating
    relationship* boyfriend* girlfriend* wife wives wifey husband* marry married marries flirt*
    crush* cheat* kiss* single ex exes love loves loved loving club clubs bar bars drunk drink*
    beer beers wine vodka weed blunt blunts smoke* smoking high stoned college university campus
    sorority frat* office job jobs boss work works working hair weave makeup make-up nails
    lipstick dress dresses heels jeans leggings yoga thong* panties bra bras bikini twitter
    tweet* instagram ig selfie* dm dms snapchat tinder facebook ladies women woman men man
    nigga* nigger* nigguh* shit* damn trash thot thots slut* whore* real good other white black
    asian latina spanish common redneck* ghetto pregnant baby_mama baby_daddy attracted virgin*
    abortion rape* raping tattoo* gym grown adult* car cars drive* drove driving rent bill bills
    vote* voting party partying parties pimp* player* side main bruh bro yall ya cougar bachelor
    hooker* prostitut* escort* brothel harem thirsty dude* guy guys fag* dyke* feelings heart
    broken gay lesbian straight chick*""")
# Beside these, "children" are somebody's, or are children as such.
FAMILY = _sought("""
    famil* parent* daycare day_care childcare school* rais* mother* father* mom moms dad dads kid
    kids teach* teacher* adopt* educat* have had having bear born pediatric* paediatric* adults""")
OF_TEAM = _set("the da")
NO_MODIFIERS = _set("man boy girl lady gentleman lad lass kid")
IN_COMPOUNDS = NO_MODIFIERS | {"woman"}
NO_COMPOUND = _set("""
    most many few several other same such certain fellow grown half male female one two three
    all first second third last next whole only own entire various old young elder dear dis dat
    dem da yo""")
ADJECTIVE_ENDINGS = (
    *("ese", "est", "ing", "ive", "ory", "ian", "ican", "lar", "iar", "ile", "-old", "'s", "s'"),
)
ADJECTIVES = _set("""
    tiny happy crazy lazy angry lovely lonely friendly ugly silly funny pretty sexy nerdy chubby
    skinny wealthy healthy noisy nosy bossy greedy needy hungry thirsty sleepy lucky scary hairy
    bloody foreign human modern urban open golden wooden drunken sudden hidden common stubborn
    western eastern northern southern sober clever bitter tender eager proper upper lower inner
    outer former better bigger smaller taller shorter fatter thinner richer poorer smarter
    stronger weaker louder kinder nicer meaner hotter cooler colder newer faster slower wiser
    dumber lesser elder solid stupid timid splendid rapid vivid lewd rude hardworking
    kindhearted average random nameless mystery homeless jobless grumpy sloppy bloke mere sole
    lone lousy posh humble noble simple gentle little subtle feeble fragile agile nosey classy
    trashy flashy shady fake""")
_COUNTRIES = """
    country nation homeland canada america england britain france russia china india israel
    ireland germany mexico italy spain ukraine california texas florida alberta ontario quebec"""
PLACE_NAMES = _words("""
    America England Britain Scotland France Russia China India Israel Ireland Germany Mexico Italy
    Spain Ukraine Europe Africa Asia Iraq Iran Syria Afghanistan Cuba Japan Korea Poland Greece
    Turkey Egypt Palestine Vietnam Pakistan Libya Lebanon Saudi Yemen Sweden Norway Australia
    Brazil Haiti Somalia Nigeria ISIS Middle_East United_States States""")
_ANIMALS = """
    dog doggy puppy pup cat kitty kitten horse pony mare cow bull pig hen rooster chicken bird
    parrot duck goose sheep goat lamb lion tiger bear wolf fox monkey ape gorilla elephant
    rabbit bunny mouse rat squirrel snake frog turtle fish shark whale dolphin spider bee bug
    owl eagle hawk raven crow deer coyote raccoon hamster animal penis groundhog gopher robot
    devil dick"""
ANIMAL_NAMES = _set(_ANIMALS) | _set("birds dogs cats horses cattle hens bumblebees bees")
ANIMAL = re.compile(rf"(?<!\w)(?:{'|'.join(sorted(ANIMAL_NAMES))})s?(?!\w)", re.IGNORECASE)
THING = Sought(
    re.compile(
        r"(?<!\w)(?:(?:fill|start|fire|rev|crank)(?:ed)?\s+(?:her|him)\s+up(?!\w)"
        r"|th(?:ar|ere)\s+she\s+blows(?!\w)|every\s+man\s+and\s+his\s+dog(?!\w)"
        r"|(?:god|allah|satan|jesus|christ)['’]?s?[^\w.!?\n][^.!?\n]{0,60}?"
        r"(?<!\w)(?:he|him|his|himself)(?!\w)"
        rf"|(?:{_words(_COUNTRIES)})(?:\s+\w+){{0,5}}\s+her(?!\w)"
        r"|(?<![@#])(?:(?:an?|the|this|that|every|our|my|your|ur|some|one)\s+(?:\w+\s+){0,2}"
        rf"(?:{_words(_ANIMALS)})|flappy\s+bird)"
        r"[^\w'’-][^.!?\n]{0,60}(?:[.!?]+\s[^.!?\n]{0,90})?"
        r"(?<!\w)(?:s?he|hers?|herself|him|his|himself)(?!\w))"
    ),
    f"her_up him_up she_blows god* allah* satan* jesus* christ* flappy {_COUNTRIES} {_ANIMALS}",
    in_lower_case=True,
)
GOES_ON = Sought(
    re.compile(
        # Python finds a beginning of letters several times as fast as a look-behind.
        r"they(?<!\wthey)(?:['’](?:re|ve))?(?!\w)[^.!?;\n]{1,60}?(?=[,\s])(?:,?\s(?:and|but|or|then)|,)\s+"
        r"(?:\w+ly\s+)?([a-z]{3,}s)\s+([\w'’]+)"
    ),
    "they",
    in_lower_case=True,
)
# "She's called" is "has" or "is": nothing tells which.
IS_OR_HAS = Sought(
    re.compile(
        r"(?<!what )(?<!\w)they['’]re\s+(?:just\s+|already\s+|also\s+|only\s+)?"
        r"(?:called|phoned|texted|emailed|messaged|moved|joined|served|signed|trained|entered|replaced)"
        r"(?=\s*(?:[.!?,;]|\Z)|\s+(?:and|but|again|back|twice|today|yesterday|already|in|for|to)(?!\w))",
        re.IGNORECASE,
    ),
    """
    called phoned texted emailed messaged moved joined served signed trained entered replaced""",
)
NO_VERBS = _set(
    "his this its is was has does hers us as yes always perhaps sometimes thus these those"
)
OF_GROUP = re.compile(
    r"['’]s?\s+(?:"
    + _words("""
    group groups issue issues rights studies shelter shelters movement movements organization*
    organisation* vote votes health march soccer basketball hockey football tennis team teams
    tournament room rooms restroom* washroom* bathroom* toilet* clothing clothes wear fashion
    prison prisons college lib liberation suffrage sport sports league final finals doubles singles
    department work wages pay equality""")
    + r")(?!\w)",
    re.IGNORECASE,
)
PRONOUN = Sought(
    re.compile(r"(?<![\w@#/(])(?:s?he|him|her|his|hers|himself|herself)(?![\w/])", re.IGNORECASE),
    "he she him her his hers himself herself",
)
GENDERED = Sought(
    re.compile(
        r"(?:\A|[.!?:]\s+)[Dd]ude\s+[a-z]+s?(?=\s)"
        r"|(?<!\w)(?:"
        r"(?<![@#'’-])(?:[Mm][ae]n|[Ww]om[ae]n|girls?|boys?|lady|ladies|gentlem[ae]n|husbands?|wife|wives"
        r"|mothers?|fathers?|mom|dad|sisters?|brothers?|sons?|daughters?)(?![\w-]|\s+[A-Z])"
        r"|(?<![@#'’-])(?:[bBgG][fF]s?|gramp\w*|gramma|pops|pappy|mammy|[Ss]ir|[Mm]a['’]am)(?![\w-])"
        r"|(?:are|were|be|as|like|['’]re|theyre)\s+(?:an?|the|that|this|such\s+an?)\s+[\"“'‘]?"
        r"(?:[\w-]+\s+){0,2}(?:guys?|dude|bro|lad|chick|bachelor)(?!\w)"
        r"|(?:this|that|the|an?|poor|old)\s+fellow"
        r"(?=\s+(?:and|or|who|is|was|has|had|that|in|on|at|with|from|\w+ed)\b|\s*[.,;:!?]|\s*\Z)"
        r"|(?:their|this|that|an?)\s+(?:[\w-]+\s+){0,2}(?:dress|dresses|heels|purse|handbag|gown)(?![\w-]))"
    ),
    """
    man men woman women girl girls boy boys lady ladies gentleman gentlemen husband husbands wife
    wives mother mothers father fathers mom dad sister sisters brother brothers son sons daughter
    daughters guy guys dude bro lad chick bachelor bf bfs gf gfs gramp* gramma pops pappy mammy sir
    ma fellow dress dresses heels purse handbag gown""",
)
