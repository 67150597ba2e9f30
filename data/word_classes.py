"""Short lists of English words by what they do in a sentence, for telling pronouns apart.

They hold what decides whether "her" and "his" stand in front of a noun, and are no dictionary: a
word in none of them is taken for a noun, which after "her" and "his" it mostly is.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


POSSESSIVES = _words("my your his her our their its whose")
DETERMINERS = POSSESSIVES | _words("""
    a an the this that these those some any no every another each either neither both it him
    them us me you something nothing everything anything one's""")

# None of these can be the first word behind a possessive in one noun phrase.
FUNCTION_WORDS = DETERMINERS | _words("""
    round-the-clock backstage onstage downtown uptown midair underwater sideways halfway
    firsthand outright verbatim anew afresh elsewhere earlier long-distance hands-down
    one-on-one online offline

    i he she we they who whom what which why where when how whoever whatever wherever whenever
    whether mine yours hers ours theirs myself yourself himself herself itself ourselves
    themselves someone somebody anyone anybody everyone everybody noone nobody somewhere
    anywhere everywhere there's here's what's who's how's

    and or but nor because since if unless until till while whereas although though than as so
    'cause cuz cos coz bc bcuz bcoz becuz

    to for with from at by in on about after before over under of into onto upon off out up down
    through throughout across against among amongst around behind below beneath beside besides
    between beyond despite during except near per than toward towards underneath via within
    without like unlike alongside along amid aboard regarding plus versus vs w/ w w/o onto atop
    inside outside

    am is are was were be been isn't aren't wasn't weren't ain't isnt arent wasnt werent aint
    has have had hasn't haven't hadn't hasnt havent hadnt having do does did don't doesn't
    didn't dont doesnt didnt will would shall should can could may might must won't wouldn't
    shouldn't can't cannot couldn't mustn't wont wouldnt shouldnt cant couldnt gonna wanna gotta
    'll 're 've 'd 's 'm i'm im i've ive i'll i'd you're youre you've you'll you'd he's he'll
    he'd she's she'll she'd it's it'll it'd we're we've we'll we'd they're they've they'll
    they'd that's thats that'll

    not never ever always often sometimes again also too else here there then anymore already
    soon later yet maybe perhaps instead anyway anyways anyhow however therefore otherwise
    meanwhile nonetheless nevertheless thereafter afterwards afterward beforehand forever alone
    together apart away aside forward forwards backwards upstairs downstairs indoors outdoors
    abroad overseas nearby twice thrice yesterday today tonight tomorrow nowadays tmrw tmr
    tomoro 2day 2nite rn asap just even quite indeed enough well anytime sometime somehow ago
    altogether likewise regardless overnight back-to-back whenever everyday nonstop non-stop
    face-to-face either aloud goodbye goodnight hello

    yes no yeah yea yep nope nah ok okay lol lmao lmfao rofl omg omfg wtf smh tbh imo imho fr af
    ffs btw idk ikr istg ngl tho doe tho' haha hahaha hehe heh ha hah ugh wow oh ah aww aw hey
    hi please pls plz thanks thx ty xo xoxo rt u ur y'all yall n http https www amp ya yo dude
    bruh tryna finna bout 'bout tf sm vm abt wen wat dat dis dey dem da den dnt""")

PREPOSITIONS = _words("""
    to for with from at by in on about after before over under of into onto upon off out up down
    through throughout across against among amongst around behind below beneath beside besides
    between beyond despite during except near per than toward towards underneath via within
    without like unlike alongside along amid as inside outside wit w/ outta past until till
    since""")

CONJUNCTIONS = _words("""
    and or but nor because since if unless until while whereas although though than as so that
    when where & cause cuz""")

COPULAS = _words("""
    am is are was were be been being isn't aren't wasn't weren't ain't isnt arent wasnt aint 's
    're it's its that's thats this's he's she's i'm im what's who's where's here's there's
    became become becomes remain remains remained""")

NUMBERS = _words("""
    one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty
    hundred thousand million dozen several""")
TIME_UNITS = _words("""
    second seconds minute minutes min mins hour hours hr hrs day days week weeks month months
    year years yr yrs times decades""")
AFTER_TIME = _words("ago later earlier before after straight back now already away")
DAYS = _words("""
    monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays
    thursdays fridays saturdays sundays""")
TIMES = (
    TIME_UNITS
    | DAYS
    | _words("""
    night nite morning afternoon evening time weekend summer winter spring autumn fall semester
    term january february march april june july august september october november december
    christmas""")
)
# With one of these, a time says when: "saw her last week", "see her every day".
TIME_DETERMINERS = _words("last next every each this all most")

# They stand in front of an adjective ("her very old car") or, by themselves, belong to the verb
# ("loved her very much").
DEGREE_ADVERBS = _words("""
    full-time part-time online very once now still only most more less much almost nearly rather
    pretty really long longer early late first less least better best far fast hard high low
    deep close ever never always so too not just quite even then already sooner worse worst
    right straight kinda sorta super hella mad extra north south east west near down inside
    outside earlier later""")

# Always followed by a noun, said or not said.
POSSESSIVE_FOLLOWERS = _words("own other same whole entire many few various usual ex so-called")

ADJECTIVES = _words("""
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
    awake aware awkward bad bald beautiful big bitter black blind blonde blue bold bored brave
    bright broke broken busy calm careful cheap chosen clean clear clever cold comfortable
    complete confident confused content cool crazy cruel curious cute dead deaf deep different
    difficult dirty distant dizzy drunk dry dumb eager easy eligible empty excited exempt fair
    faint famous fast fat fine fit fond free fresh full funny gentle glad gone good gorgeous
    great green grateful grown guilty half-asleep handsome happier happy hard healthy heavy
    helpless high homeless honest hopeful horny hot huge humble hungry hurt ill immortal immune
    impatient important impossible independent innocent insane insecure intact invisible jealous
    joyful kind known lame large late lazy liable light little lonely long loose lost loud
    lovely low lucky mad mean miserable naked nasty naughty neat nervous new nice nude numb odd
    off-balance old open pale patient perfect petty pleasant polite poor popular possible posted
    powerful pregnant prepared pretty proud pure queasy quick quiet rad ready real red
    responsible restless rich rigid rough rude sad safe sane sassy satisfied scared secure
    selfish sensitive serious sexy shaken sharp shook short shut shy sick silent silly single
    sleepy sleepless slow small smart smug snug sober soft solid sore special speechless
    spellbound stern still stoned strange stricken strong stronger struck stubborn stuck stupid
    sure sweet tall tense terrible thick thin tight tiny tipsy tired together tough trapped true
    ugly unable unafraid unaware uncomfortable uneasy unfit unhappy unharmed unhurt unsure
    untouched unwell upset useful vain violent visible vulnerable wary warm weak wealthy weary
    weird welcome well wet wild wise wonderful worn worse worthy wrong young younger older
    better bigger smaller taller happiest sadder madder slimmer healthier angrier calmer closer
    richer poorer cleaner louder quieter thinner top early wide sexual temporary mature immature
    bitter clear""")
ADJECTIVE_ENDINGS = ("ed", "ful", "less", "ous", "able", "ible")
NOT_ADJECTIVES = _words("""
    bed need deed seed feed speed weed breed shed sled red reed greed bleed creed hatred beloved
    naked table cable vegetable fable stable timetable bible crucible handful mouthful spoonful
    armful fistful roomful headed sacred kindred wed ned ted med infrared shepherd biped embed
    newlywed""")

ADVERBS_IN_LY_NOT = _words("""
    family ally belly bully jelly lily fly reply supply assembly anomaly homily italy july holly
    rally tally folly doily underbelly monopoly butterfly potbelly firefly melancholy poly""")
ADJECTIVES_IN_LY = _words("""
    only early lonely lovely elderly friendly ugly silly daily weekly monthly holy likely lively
    deadly costly curly unlikely cuddly motherly fatherly heavenly smelly nightly yearly bubbly
    timely orderly sickly wrinkly bodily worldly ghastly cowardly unruly""")

NOUNS_IN_ING = _words("""
    wedding building feeling feelings meeting painting drawing clothing earring ring king thing
    string spring wing evening morning ceiling offspring sibling darling training upbringing
    sting swing sling bling fling ping-pong dressing engagement-ring setting saying belonging
    blessing booking briefing handwriting housing heading hearing ruling rating savings sibling
    spelling surroundings understanding timing funding tattooing duckling nothing something
    filing opening ending landing recording ranking lighting seating parking""")

# Finite verbs that are hardly ever nouns: what stands before them is complete.
FINITE_VERBS = _words("""
    bought taught caught slept swam swore stole hid shook woke built spent fought dug hung swung
    clung rang sank sprang tore bore froze forgave forbade overcame withdrew swept crept fled
    lent went came got became knew said says told tells thought thinks knows believes gave gives
    took takes made makes wanted wants seemed seems remembers forgets forgot began begins
    brought kept keeps chose chooses ran sat stood wrote writes grew grows threw flew rose rises
    drew drove drives spoke speaks sang ate eats drank sees saw hears heard felt feels loves
    hates likes tells goes comes becomes gets agrees arrives asks belongs brings called consists
    contains decides deserves disagrees exists happens happened includes involves lasted lasts
    lies loses matters means meant meets met needs needed owns prefers realizes refuses remained
    sends sent smells sounds stays suggests understands understood wears wins won wore works
    worked fits costs lay lived lives looked looks turned tastes tasted sold arrived fell held
    has hasn't died moved joined left found led lost walks walked asked named""")
# The ones of them that also are plural nouns count only where an object follows.
NOUNS_THAT_LOOK_FINITE = _words("""
    likes loves hates needs lies sounds looks works lives costs wins smells means stays tastes
    fits matters called worked lived turned tasted needed sold wanted remained felt saw takes
    drives rises left lost walks walked asked named moved joined died""")

BASE_VERBS = _words("""
    cross skate juggle dive type paint draw bake disappear grin nod frown wink wince gasp snap
    slip trip mumble mutter curse jog sprint hurry rush race dash march limp stagger sneak creep
    slide roll spin turn twist pace approach glance stare gaze peek blink squint chew sip taste
    cheat steal flee hide knock ring chat gossip joke tease giggle chuckle protest resign retire
    vote testify deliver present introduce recite count sign sort solve fix assemble reverse
    steer cycle ride row sail ski surf pedal wrestle train feed water plant dig chop stir boil
    fry pour serve unlock lock shut slam unwrap wrap mop sweep sew knit print scan call phone
    text email check answer reply repeat translate negotiate bargain confront forgive trust
    respect love hate adore miss blame sue thrive flourish age change crumble shrug applaud clap
    stutter stammer hesitate panic land touch taunt threaten express reveal mention insist go
    come leave walk talk cry run laugh smile sing dance die fall sleep eat drink drive fly swim
    get be do know think see hear feel understand realize believe remember forget become stay
    live want need speak say tell ask explain describe decide choose try begin start stop keep
    give take make find lose win beat sit stand lie lay wait write read learn teach grow move
    breathe survive suffer fight struggle succeed fail perform play work pay buy sell carry hold
    bring send open close throw catch climb jump kneel bleed scream shout yell whisper whistle
    hum sigh sob weep shiver tremble faint vomit cough sneeze snore argue complain apologise
    apologize beg admit confess deny disappear vanish appear arrive enter exit return escape
    recover relax rest suck cum beg twerk hit kick punch shoot cook clean wash dress undress
    drop pick put set look seem act behave pretend choke finish graduate join meet marry kiss
    hug shine practise practice study rehearse prepare pass prove pull push remain rise save
    score shake share stumble suggest swallow handle unpack unwind vent wear wonder calm cope
    adapt adjust afford avoid achieve accept blush burn collapse continue deal earn enjoy face
    focus follow flirt gain heal improve launch lead let park pray process quit raise reach
    regain repair settle shower spend step stretch succeed swear sweat wake warm wander wave
    yawn load lift help have use borrow cut build choose crawl tick listen witness strengthen
    obtain summon kill""")
# Nouns more often than verbs: after "let", "make" and "help" only, and not these nouns of theirs.
NOUNS_OF_CAUSATIVES = _words("""
    type race turn roll slide spin twist pace glance stare gaze knock ring chat joke protest
    vote present count sign sort ride sail water plant print scan call phone text email check
    answer reply love hate trust respect blame age change lock touch trip grin frown nod wink
    dress face study practice cut work park start return exit move score look step wave shower
    focus stretch lead catch hit drop kiss hug burn use share process raise""")

NOUNS_OF_HAVE = NOUNS_OF_CAUSATIVES | _words("""
    say try stay stand laugh cry sleep talk walk dance swim smile scream sigh wash think play
    run fall fight drink rest""")
NOUNS_OF_MAKE = _words("""
    call turn reply answer protest approach present dress cut play start return exit move score
    drink share""")

LET = _words("let lets letting let's")
MAKE = _words("make makes made making")
HELP = _words("help helps helped helping")
PERCEIVE = _words("""
    see sees saw seen seeing watch watches watched watching hear hears heard hearing notice
    notices noticed noticing feel felt spot spotted overheard observe observed witness witnessed
    witnesses""")
LOOK = _words("look looks looked looking listen listens listened listening")
HAVE = _words("have has had having")
# With an -ing form behind "her", she is the one who does it.
KEEP = PERCEIVE | _words("""
    keep keeps kept keeping leave leaves left leaving catch catches caught catching find finds
    found finding get gets got getting have has had having imagine imagined picture pictured
    remember remembers remembered stop stops stopped send sent set start started show showed
    shows film filmed want wants wanted need needs with without photograph photographed had mind
    describe describes described sends sending seeing""")

MOVE = _words("""
    take takes took taken taking drive drives drove driven driving bring brings brought bringing
    send sends sent sending walk walks walked walking see saw seen follow followed get gets got
    getting carry carried let escort escorted invite invited want wants wanted have had welcome
    welcomed welcomes bus flew fly ride rode rush rushed escorting lead led guide""")
GIVE_BACK = (MOVE - _words("have has had got")) | _words("""
    call calls called calling text texted texting texts hit hits hold holds held win wins won put
    puts pay pays paid love loved write wrote message messaged email emailed phone phoned ring rang
    hug kiss kissed give gives gave keep keeps kept set sets pull pulled push pushed ask asked
    allow allowed accept accepted fight""")

# "Found her running shoes": the -ing form belongs to the noun behind it.
ING_NOUNS = _words("""
    shoes glasses licence license bag suit boots machine stick gloves costume pool trunks
    clothes gear kit lesson lessons test table room desk list cart hours habits style voice
    partner teacher coach career skills skill ability days ring dress needle needles rod chair
    material day hat cap mate mates companion instructor record speed""")
PARTS = _words("""
    part side end half kind sort type piece corner edge top bottom rest phase stage chapter
    aspect version picture photo bit all most some none one two each both""")
PEOPLE = _words("""
    mate mates teacher teachers student ex friend friends family parents mother mom mum mama
    mommy mummy father dad daddy sister sisters brother brothers son sons daughter daughters
    husband wife boyfriend girlfriend fiance partner kids kid child children baby babies
    students student class classes pupils colleagues colleague team boss employees staff
    grandmother grandfather grandma grandpa grandson granddaughter grandchildren aunt uncle
    cousin cousins niece nephew neighbour neighbours neighbor neighbors dog dogs cat cats horse
    parrot puppy fans followers audience clients patients roommate roommates flatmate flatmates
    crew players teammates lover landlord landlady""")
GIVE = _words("""
    give gives gave given giving offer offers offered offering send sends sent sending bring
    brings brought bringing buy buys bought buying lend lends lent lending loan loaned owe owes
    owed owing hand handed handing pass passed feed feeds fed feeding serve served serving pay
    pays paid paying grant granted award awarded promise promised deny denied allow allowed
    spare spared charge charged fine fined tip tipped bet assign assigned deal dealt cause
    caused prescribe prescribed write wrote throw threw toss tossed guarantee guaranteed""")
EARN = _words("earn earns earned win wins won gain gains gained bring brought draw drew attract")
EARNINGS = _words("""
    praise fame acclaim recognition notoriety applause headlines enemies votes points millions
    comparisons plaudits admirers criticism""")
SAVE = _words("save saves saved saving spare spared")
SAVINGS = _words("time hours minutes weeks days years trouble hassle embarrassment thousands")
BEAT = _words("beat beats beaten beating defeat defeated outscored thrashed")
TREATS = _words("""
    dinner lunch breakfast coffee drinks tea soup beer wine pizza toast flowers roses chocolate
    chocolates candy presents gifts tickets food water clothes jewelry jewellery diamonds
    groceries medicine cake cookies bread milk sweets ice breakfasts""")
GIFTS = TREATS | _words("""
    luck fame praise acclaim recognition entry benefits treatment painkillers revenge hiccups
    blisters pneumonia embarrassment humiliation sorrow misery postcards sandwiches biscuits
    porridge rice pasta juice champagne whisky vodka aspirin vitamins insulin passage protection
    employment citizenship residency amnesty clemency probation detention lifts rides hints
    clues pointers orders warnings assurances guidance encouragement reassurance warmth room
    preference seniority authority aid wifi wi-fi applause money cash props credit hope hell
    grief space time directions instructions permission advice attention access strength courage
    energy comfort joy pleasure butterflies goosebumps chills nightmares medication kisses hugs
    compliments trouble feedback information info support reason reasons cause pause notice
    evidence points priority cpr shelter asylum bail custody freedom immunity peace pain
    happiness closure sympathy respect antibiotics painkillers messages pictures pics photos
    nudes options choices homework first-aid oxygen morphine power control confidence
    satisfaction relief company mercy thousands hundreds millions dollars pounds euros refuge
    solace inspiration motivation anxiety headaches stress damage things stuff lessons proof
    chances extra plenty lots half double triple more less marks""")
GET = _words("""
    get gets got getting make makes made making cook cooks cooked cooking bake baked order""")
TAKE = _words("take takes took taken taking")
DO = _words("do does did doing done")
DONE = _words("justice good harm favors favours")
CALL = _words("""
    call calls called calling consider considered label labelled labeled brand branded nickname
    nicknamed dub dubbed""")
NAMES = _words("""
    names queen princess baby honey bae boo sweetheart liar ugly fat daddy wifey babe genius sir
    ma'am miss ms mrs""")
APPOINT = _words("""
    make makes made making name named names naming elect elected appoint appointed crown crowned
    vote voted declare declared designate designated pronounce pronounced proclaim proclaimed""")
TITLES = _words("""
    champion winner editor-in-chief vice-president president-elect president queen captain head
    chair chairwoman chairperson director manager leader mayor ambassador secretary minister ceo
    editor treasurer sheriff governor senator chief principal dean goalkeeper valedictorian
    employee artist person player woman heir heiress executor guardian deputy vice-captain vice
    head-girl co-captain lead chancellor empress""")
NAMING = CALL | (APPOINT - MAKE)
TELL = _words("""
    tell tells told telling teach wish text texted ask asks asked asking answer answered""")
TOLD = _words("""
    lies things hi hello hey bye goodbye goodnight thanks congratulations congrats happy merry
    good sorry jokes questions bedtime farewell sweet truth stuff""")
WISH = _words("wish wishes wished wishing bid bade")
COST = _words("cost costs costing")
TEACH = _words("teach teaches taught teaching tutor")
KNOW_BEST = _words("love loves loved like likes liked know knows knew suit suits suited treat fits")

SUPERLATIVES = _words("first second third fourth fifth last best worst latter former")
RANKS = SUPERLATIVES | _words("most least better all")  # nouns by themselves too: "her best"
ADVERBS_OF_SUBJECTS = _words("still never always also already just now once even")
OBJECT_STARTS = _words("the a an my your their our its it them him us me")
SENTENCE_ENDS = frozenset(".!?;:…")
CLAUSE_STARTS = SENTENCE_ENDS | {",", "", *["and", "but", "while", "because", "so", "then"]}
CAUSATIVES = LET | MAKE | HELP | PERCEIVE
SAY = CALL | APPOINT | TELL
LEAVE = _words("leave left win won earn earned wire wired transferred refunded make made")
HOLD = _words("hold holds held holding take takes took taken taking keep keeps kept keeping")
HELD = _words("hostage captive prisoner company")
SHOW = _words("show shows showed shown showing ask asks asked asking tell tells told teach taught")
# "Gave her old coat away", but "gave her clear answers".
NOT_GIVEN = _words("old new entire late whole dead young little big own")
TRY = _words("try tries tried trying")
# "Saw her last week" says when; "enjoyed her last day" does not.
WHOLE_TIMES = TIMES - _words("""
    second seconds minute minutes hour hours day days weeks months years times""")
# With one of these verbs in front of "her", one of these nouns behind it is what she is given,
# called or made, and not hers.
VERBS_AND_THEIR_OBJECTS = (
    (GIVE, GIFTS),
    (GET, TREATS),
    (DO, DONE),
    (CALL, NAMES),
    (APPOINT, TITLES),
    (TELL, TOLD),
    (EARN, EARNINGS),
    (SAVE, SAVINGS),
    (HOLD, HELD),
)
