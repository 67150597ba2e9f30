"""Short lists of English words by what they do in a sentence, for telling pronouns apart.

They hold what decides whether "her" and "his" stand in front of a noun, and are no dictionary: a
word in none of them is taken for a noun, which after "her" and "his" it mostly is.
"""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


POSSESSIVES = word_set("my your his her our their its whose")
DETERMINERS = POSSESSIVES | word_set("""
    a an the this that these those some any no every another each either neither both it him them
    us me you something nothing everything anything one's""")
# None of these can be the first word behind a possessive in one noun phrase.
FUNCTION_WORDS = DETERMINERS | word_set("""
    round-the-clock backstage onstage downtown uptown midair underwater sideways halfway
    firsthand outright verbatim anew afresh elsewhere earlier long-distance hands-down one-on-one
    online offline i he she we they who whom what which why where when how whoever whatever
    wherever whenever whether mine yours hers ours theirs myself yourself himself herself itself
    ourselves themselves someone somebody anyone anybody everyone everybody noone nobody
    somewhere anywhere everywhere there's here's what's who's how's and or but nor because since
    if unless until till while whereas although though than as so 'cause cuz cos coz bc bcuz bcoz
    becuz to for with from at by in on about after before over under of into onto upon off out up
    down through throughout across against among amongst around behind below beneath beside
    besides between beyond despite during except near per toward towards underneath via within
    without like unlike alongside along amid aboard regarding plus versus vs w/ w w/o atop inside
    outside am is are was were be been isn't aren't wasn't weren't ain't isnt arent wasnt werent
    aint has have had hasn't haven't hadn't hasnt havent hadnt having do does did don't doesn't
    didn't dont doesnt didnt will would shall should can could may might must won't wouldn't
    shouldn't can't cannot couldn't mustn't wont wouldnt shouldnt cant couldnt gonna wanna gotta
    'll 're 've 'd 's 'm i'm im i've ive i'll i'd you're youre you've you'll you'd he's he'll
    he'd she's she'll she'd it's it'll it'd we're we've we'll we'd they're they've they'll they'd
    that's thats that'll not never ever always often sometimes again also too else here there
    then anymore already soon later yet maybe perhaps instead anyway anyways anyhow however
    therefore otherwise meanwhile nonetheless nevertheless thereafter afterwards afterward
    beforehand forever alone together apart away aside forward forwards backwards upstairs
    downstairs indoors outdoors abroad overseas nearby twice thrice yesterday today tonight
    tomorrow nowadays tmrw tmr tomoro 2day 2nite rn asap just even quite indeed enough well
    anytime sometime somehow ago altogether likewise regardless overnight back-to-back everyday
    nonstop non-stop face-to-face either aloud goodbye goodnight hello yes no yeah yea yep nope
    nah ok okay lol lmao lmfao rofl omg omfg wtf smh tbh imo imho fr af ffs btw idk ikr istg ngl
    tho doe tho' haha hahaha hehe heh ha hah ugh wow oh ah aww aw hey hi please pls plz thanks
    thx ty xo xoxo rt u ur y'all yall n http https www amp ya yo dude bruh tryna finna bout 'bout
    tf sm vm abt wen wat dat dis dey dem da den dnt overboard ashore aground offstage underground
    upright headfirst all y wud alright astray alot soo loool lool l8r 2morrow 2mrw 2moro 2night
    tn r someday shes hes theyre weve youve theyve aswell""")
PREPOSITIONS = word_set("""
    to for with from at by in on about after before over under of into onto upon off out up down
    through throughout across against among amongst around behind below beneath beside besides
    between beyond despite during except near per than toward towards underneath via within
    without like unlike alongside along amid as inside outside wit w/ outta past until till
    since""")
COPULAS = word_set("""
    am is are was were be been being isn't aren't wasn't weren't ain't isnt arent wasnt aint 's
    're it's its that's thats this's he's she's i'm im what's who's where's here's there's became
    become becomes remain remains remained""")
NUMBERS = word_set("""
    one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty
    hundred thousand million dozen several""")
TIME_UNITS = word_set("""
    second seconds minute minutes min mins hour hours hr hrs day days week weeks month months
    year years yr yrs times decades""")
AFTER_TIME = word_set("ago later earlier before after straight back now already away")
HOW_OFTEN = word_set("""
    daily weekly fortnightly monthly quarterly yearly annually hourly nightly biweekly""")
OFTEN = word_set("never always often rarely seldom hardly usually sometimes generally mostly")
FILLERS = word_set("um umm uh uhh er erm hmm ahem well shall")
DAYS = word_set("""
    monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays
    thursdays fridays saturdays sundays""")
TIMES = (
    TIME_UNITS
    | DAYS
    | word_set("""
    night nite morning afternoon evening time weekend summer winter spring autumn fall semester
    term january february march april june july august september october november december
    christmas""")
)
# "In her last week", but "saw her last week".
IN_FRONT_OF_TIME = COPULAS | word_set("""
    in during of until till after before since at on from through""")
# With one of these, a time says when: "saw her last week", "see her every day".
TIME_DETERMINERS = word_set("last next every each this all most")
# They stand in front of an adjective ("her very old car") or, by themselves, belong to the verb
# ("loved her very much").
DEGREE_ADVERBS = word_set("""
    full-time part-time online very once now still only most more less much almost nearly rather
    pretty really long longer early late first least better best far fast hard high low deep
    close ever never always so too not just quite even then already sooner worse worst right
    straight kinda sorta super hella mad extra north south east west near down inside outside
    earlier later rly reallyy veryy""")
# Always followed by a noun, said or not said.
POSSESSIVE_FOLLOWERS = word_set("own other same whole entire many few various usual ex so-called")
ADJECTIVES = word_set("""
    devout pious lapsed staunch
    hysterical frantic ecstatic livid arrogant brilliant clumsy competent desperate eccentric
    elegant evasive giddy hesitant hoarse intelligent irritable loyal naive obsolete overweight
    paranoid persuasive poised punctual quirky relevant reluctant seasick sentimental shaky
    sincere sulky talkative thirsty trustworthy uncertain uncooperative vague vibrant vocal
    wide-awake witty bankrupt unfair dull brave wary pensive passive aggressive defensive
    offensive impressive attractive active creative sceptical skeptical cynical critical
    practical magical musical difficult idle safer stuck-up moody grumpy cranky hungover
    dehydrated frail fragile furious cross adamant defiant jubilant pleasant radiant vigilant
    prominent silent violent negligent innocent evil cold-blooded clean-shaven barefoot
    breathless able absent accountable afraid alive angry anxious apart asleep ashamed available
    awake aware awkward bad bald beautiful big bitter black blind blonde blue bold bored bright
    broke broken busy calm careful cheap chosen clean clear clever cold comfortable complete
    confident confused content cool crazy cruel curious cute dead deaf deep different dirty
    distant dizzy drunk dry dumb eager easy eligible empty excited exempt fair faint famous fast
    fat fine fit fond free fresh full funny gentle glad gone good gorgeous great green grateful
    grown guilty half-asleep handsome happier happy hard healthy heavy helpless high homeless
    honest hopeful horny hot huge humble hungry hurt ill immortal immune impatient important
    impossible independent insane insecure intact invisible jealous joyful kind known lame large
    late lazy liable light little lonely long loose lost loud lovely low lucky mad mean miserable
    naked nasty naughty neat nervous new nice nude numb odd off-balance old open pale patient
    perfect petty polite poor popular possible posted powerful pregnant prepared pretty proud
    pure queasy quick quiet rad ready real red responsible restless rich rigid rough rude sad
    safe sane sassy satisfied scared secure selfish sensitive serious sexy shaken sharp shook
    short shut shy sick silly single sleepy sleepless slow small smart smug snug sober soft solid
    sore special speechless spellbound stern still stoned strange stricken strong stronger struck
    stubborn stuck stupid sure sweet tall tense terrible thick thin tight tiny tipsy tired
    together tough trapped true ugly unable unafraid unaware uncomfortable uneasy unfit unhappy
    unharmed unhurt unsure untouched unwell upset useful vain visible vulnerable warm weak
    wealthy weary weird welcome well wet wild wise wonderful worn worse worthy wrong young
    younger older better bigger smaller taller happiest sadder madder slimmer healthier angrier
    calmer closer richer poorer cleaner louder quieter thinner top early wide sexual temporary
    mature immature drowsy itchy sweaty groggy woozy bossy needy clingy filthy messy teary weepy
    pushy nosy wobbly fussy chatty cheery creepy sloppy lousy handy steady greedy rowdy chubby
    skinny curvy feisty gloomy jumpy jittery lively merry nerdy noisy perky picky plucky sneaky
    spooky stinky sturdy testy touchy trendy unlucky unhealthy unsteady unworthy wacky fake false
    faulty stale humane stoic frigid vivid timid placid candid morbid meek mute sleek chic dapper
    sombre somber slender limber bare barren brazen sullen rotten frozen swollen sunken drunken
    shaven forlorn torn bound wound unbound unsung shrewd lewd crude mundane serene obscene
    immense intense dense precise concise obese remote acute astute minute elite petite finite
    ornate sedate desolate delicate intricate accurate adequate passionate compassionate
    affectionate considerate fortunate unfortunate illiterate literate""")
ADJECTIVE_ENDINGS = ("ed", "ful", "less", "ous", "able", "ible")
ENDINGS_OF_ADJECTIVES_AND_NOUNS = (
    *("ant", "ent", "ive", "ic", "al", "ary", "ish", "some", "ridden", "bound", "proof", "like"),
    *("minded", "headed", "hearted", "friendly", "worthy", "sick", "conscious"),
)
NOUNS_LIKE_ADJECTIVES = word_set("""
    accent accident accountant agent animal appeal apartment argument arrival assistant aunt
    attic capital cereal client clinic comment comic commitment component consultant content
    credential critic deal denial department detective development dismissal document ethic
    element elephant environment equipment event executive experiment fabric festival finish
    funeral garment giant goal government grant hospital immigrant incident infant initiative
    instrument investment journal judgement judgment jewelry library lieutenant logic management
    manuscript meal mechanic medal merchant metal moment motive movement music narrative native
    opponent pal panic parent parliament participant pavement payment pedal pendant perspective
    pigment plant portal present president proposal punishment referral refusal relative removal
    representative rental replacement resident restaurant rival salary secretary servant shipment
    signal statement student supplement survival talent tenant tent testament topic traffic
    treatment trial urinal vegetal withdrawal diary dictionary documentary glossary itinerary
    obituary sanctuary vocabulary dish fish polish wish radish garlic picnic cosmetic tactic
    rhetoric""")
NOT_ADJECTIVES = word_set("""
    bed need deed seed feed speed weed breed shed sled red reed greed bleed creed hatred beloved
    naked table cable vegetable fable stable timetable bible crucible handful mouthful spoonful
    armful fistful roomful headed sacred kindred wed ned ted med infrared shepherd biped embed
    newlywed""")
ADVERBS_IN_LY_NOT = word_set("""
    family ally belly bully jelly lily fly reply supply assembly anomaly homily italy july holly
    rally tally folly doily underbelly monopoly butterfly potbelly firefly melancholy poly""")
ADJECTIVES_IN_LY = word_set("""
    only early lonely lovely elderly friendly ugly silly daily weekly monthly holy likely lively
    deadly costly curly unlikely cuddly motherly fatherly heavenly smelly nightly yearly bubbly
    timely orderly sickly wrinkly bodily worldly ghastly cowardly unruly""")
NOUNS_IN_ING = word_set("""
    wedding building feeling feelings meeting painting drawing clothing earring ring king thing
    string spring wing evening morning ceiling offspring sibling darling training upbringing
    sting swing sling bling fling ping-pong dressing engagement-ring setting saying belonging
    blessing booking briefing handwriting housing heading hearing ruling rating savings spelling
    surroundings understanding timing funding tattooing duckling nothing something filing opening
    ending landing recording ranking lighting seating parking""")
# "Found her running shoes": the -ing form belongs to the noun behind it.
ING_NOUNS = word_set("""
    shoes glasses licence license bag suit boots machine stick gloves costume pool trunks clothes
    gear kit lesson lessons test table room desk list cart hours habits style voice partner
    teacher coach career skills skill ability days ring dress needle needles rod chair material
    day hat cap mate mates companion instructor record speed place spot moves routine routines
    recital performance session studio class floor""")
PARTS = word_set("""
    part side end half kind sort type piece corner edge top bottom rest phase stage chapter
    aspect version picture photo bit all most some none one two each both""")
PEOPLE = word_set("""
    mate mates teacher teachers student ex friend friends family parents mother mom mum mama
    mommy mummy father dad daddy sister sisters brother brothers son sons daughter daughters
    husband wife boyfriend girlfriend fiance partner kids kid child children baby babies students
    class classes pupils colleagues colleague team boss employees staff grandmother grandfather
    grandma grandpa grandson granddaughter grandchildren aunt uncle cousin cousins niece nephew
    neighbour neighbours neighbor neighbors dog dogs cat cats horse parrot puppy fans followers
    audience clients patients roommate roommates flatmate flatmates crew players teammates lover
    landlord landlady""")
KEPT = word_set("""
    hands arms legs feet eyes ears lips fingers shoulders knees regards thanks condolences views
    opinions services details apologies congratulations sympathies respects best-wishes names
    belongings possessions customers guests students pupils workers owners bosses subordinates
    relatives nephews nieces grandkids children kittens puppies readers listeners viewers
    supporters followers critics lawyers doctors nurses bodyguards killers""")
PLURAL_SUBJECTS = word_set("""
    people those women men girls boys kids children friends folks guys players artists actors
    singers writers athletes politicians leaders critics fans supporters opponents sources
    parents students teachers neighbours neighbors colleagues relatives others everybody ladies
    celebrities candidates followers doctors lawyers officials witnesses survivors victims
    patients workers investigators detectives officers voters many few some most both we they
    you""")
SUPERLATIVES = word_set("first second third fourth fifth last best worst latter former")
RANKS = SUPERLATIVES | word_set("most least better all")  # nouns by themselves too: "her best"
ADVERBS_OF_SUBJECTS = word_set("still never always also already just now once even")
OBJECT_STARTS = word_set("the a an my your their our its it them him us me")
SENTENCE_ENDS = frozenset(".!?;:…")
BEHIND_PAST = DETERMINERS | {"to"}  # "walked her past the gate", "sat her next to me"
BEHIND_NEXT = PREPOSITIONS - {"of"}  # "saw her next at a wedding"
BEHIND_OWN = DETERMINERS | NUMBERS  # where "own" is a verb
NEVER_GIVEN = POSSESSIVE_FOLLOWERS | PEOPLE | KEPT
CLAUSE_STARTS = SENTENCE_ENDS | {",", "", *["and", "but", "while", "because", "so", "then"]}
# What there is "of her smiling", "about her leaving".
DEPICTIONS = word_set("""
    picture pictures photo photos photograph photographs pic pics video videos clip clips footage
    image images shot shots recording selfie painting drawing thought idea memory memories rumour
    rumor rumours rumors sight sound vision dream dreams chance chances possibility prospect odds
    risk danger hope hopes news talk""")
INDEFINITES = word_set("everything something nothing anything all part half")
# "Gave her old coat away", but "gave her clear answers".
NOT_GIVEN = word_set("old new entire late whole dead young little big own")
# "Saw her last week" says when; "enjoyed her last day" does not.
WHOLE_TIMES = TIMES - word_set("""
    second seconds minute minutes hour hours day days weeks months years times""")
