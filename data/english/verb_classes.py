"""Short lists of English verbs by what they make of a "her" or "his" behind them.

"Saw her leave", "gave her time" and "called her names" have no noun of hers behind "her"; "saw her
dog" has one. Like `evenhand.data.english.word_classes`, these lists are no dictionary.
"""

from __future__ import annotations

from evenhand.data.english.word_classes import word_set

# Finite verbs that are hardly ever nouns: what stands before them is complete.
FINITE_VERBS = word_set("""
    bought taught caught slept swam swore stole hid shook woke built spent fought dug hung swung
    clung rang sank sprang tore bore froze forgave forbade overcame withdrew swept crept fled
    lent went came got became knew said says told tells thought thinks knows believes gave gives
    took takes made makes wanted wants seemed seems remembers forgets forgot began begins brought
    kept keeps chose chooses ran sat stood wrote writes grew grows threw flew rose rises drew
    drove drives spoke speaks sang ate eats drank sees saw hears heard felt feels loves hates
    likes goes comes becomes gets agrees arrives asks belongs brings called consists contains
    decides deserves disagrees exists happens happened includes involves lasted lasts lies loses
    matters means meant meets met needs needed owns prefers realizes refuses remained sends sent
    smells sounds stays suggests understands understood wears wins won wore works worked fits
    costs lay lived lives looked looks turned tastes tasted sold arrived fell held has hasn't
    died moved joined left found led lost walks walked asked named""")
# The ones of them that also are plural nouns count only where an object follows.
NOUNS_THAT_LOOK_FINITE = word_set("""
    likes loves hates needs lies sounds looks works lives costs wins smells means stays tastes
    fits matters called worked lived turned tasted needed sold wanted remained felt saw takes
    drives rises left lost walks walked asked named moved joined died""")
ENDED = word_set("died moved joined called lived turned asked named walked worked stayed lied")
BASE_VERBS = word_set("""
    promise annoy bother irritate scare frighten fascinate intrigue inspire impress amaze disturb
    worry bug please radiate attract appeal terrify disgust bore excite thrill delight surprise
    shock regret resent envy cross skate juggle dive type paint draw bake disappear grin nod
    frown wink wince gasp snap slip trip mumble mutter curse jog sprint hurry rush race dash
    march limp stagger sneak creep slide roll spin turn twist pace approach glance stare gaze
    peek blink squint chew sip taste cheat steal flee hide knock ring chat gossip joke tease
    giggle chuckle protest resign retire vote testify deliver present introduce recite count sign
    sort solve fix assemble reverse steer cycle ride row sail ski surf pedal wrestle train feed
    water plant dig chop stir boil fry pour serve unlock lock shut slam unwrap wrap mop sweep sew
    knit print scan call phone text email check answer reply repeat translate negotiate bargain
    confront forgive trust respect love hate adore miss blame sue thrive flourish age change
    crumble shrug applaud clap stutter stammer hesitate panic land touch taunt threaten express
    reveal mention insist go come leave walk talk cry run laugh smile sing dance die fall sleep
    eat drink drive fly swim get be do know think see hear feel understand realize believe
    remember forget become stay live want need speak say tell ask explain describe decide choose
    try begin start stop keep give take make find lose win beat sit stand lie lay wait write read
    learn teach grow move breathe survive suffer fight struggle succeed fail perform play work
    pay buy sell carry hold bring send open close throw catch climb jump kneel bleed scream shout
    yell whisper whistle hum sigh sob weep shiver tremble faint vomit cough sneeze snore argue
    complain apologise apologize beg admit confess deny vanish appear arrive enter exit return
    escape recover relax rest suck cum twerk hit kick punch shoot cook clean wash dress undress
    drop pick put set look seem act behave pretend choke finish graduate join meet marry kiss hug
    smoke shine practise practice study rehearse prepare pass prove pull push remain rise save score
    shake share stumble suggest swallow handle unpack unwind vent wear wonder calm cope adapt
    adjust afford avoid achieve accept blush burn collapse continue deal earn enjoy face focus
    follow flirt gain heal improve launch lead let park pray process quit raise reach regain
    repair settle shower spend step stretch swear sweat wake warm wander wave yawn load lift help
    have use borrow cut build crawl tick listen witness strengthen obtain summon kill pack unload
    rebuild fold scrub iron haul drag lug rinse peel grate knead rake weed dust polish vacuum
    fetch gather collect arrange organise organize plan plot design draft edit revise publish
    submit apply enrol enroll register qualify compete compose conduct brag boast gloat sulk pout
    mope whine moan groan grumble growl snarl sneer scoff duck dodge flinch freeze shudder squeal
    squeak shriek wail howl bark yelp chant mime whimper snicker hop skip leap vault bounce
    tiptoe stroll trudge stride saunter shuffle crouch squat lean recuperate rehabilitate
    navigate locate identify recognise recognize discover uncover realise admire appreciate
    cherish console comfort soothe persuade convince urge warn remind inform advise assist attend
    evacuate rescue defend protect hire fire recruit evict arrest haunt stalk chase pursue hunt
    destroy ruin wreck smash crush squeeze grab snatch grip clutch grasp spill splash sprinkle
    tie untie fasten zip unzip buckle assume expect anticipate predict guess calculate measure
    weigh estimate operate manage finalise finalize overcome conquer tackle withstand endure
    tolerate interpret analyse analyze examine inspect investigate explore celebrate mourn grieve
    dare flip toss hurl shove nudge poke stroke rub scratch tickle pat pinch slap tend deserve
    agree disagree exist belong consider own rerun redo remake rewrite resume unlearn relearn
    swerve overtake reload download upload install delete erase tweet post like""")
# Nouns more often than verbs: after "let", "make" and "help" only, and not these nouns of theirs.
NOUNS_OF_CAUSATIVES = word_set("""
    design plan plot draft register post tweet weed vacuum rake fire arrest wreck crush grip tie
    wrap estimate envy promise bow dust iron fold comfort measure upload download type race turn
    roll slide spin twist pace glance stare gaze knock ring chat joke protest vote present count
    sign sort ride sail water plant print scan call phone text email check answer reply love hate
    trust respect blame age change lock touch trip grin frown nod wink dress face study practice
    cut work park start return exit move score look step wave shower focus stretch lead catch hit
    drop kiss hug burn use share process raise""")
NOUNS_OF_HAVE = NOUNS_OF_CAUSATIVES | word_set("""
    say try stay stand laugh cry sleep talk walk dance swim smile scream sigh wash think play run
    fall fight drink rest""")
NOUNS_OF_MAKE = word_set("""
    call turn reply answer protest approach present dress cut play start return exit move score
    drink share""")
LET = word_set("let lets letting let's")
MAKE = word_set("make makes made making")
HELP = word_set("help helps helped helping")
PERCEIVE = word_set("""
    see sees saw seen seeing watch watches watched watching hear hears heard hearing notice
    notices noticed noticing feel felt spot spotted overheard observe observed witness witnessed
    witnesses""")
LOOK = word_set("look looks looked looking listen listens listened listening")
HAVE = word_set("have has had having")
# With an -ing form behind "her", she is the one who does it.
KEEP = PERCEIVE | word_set("""
    drag drags dragged dragging pull pulled carry carried spot keep keeps kept keeping leave
    leaves left leaving catch catches caught catching find finds found finding get gets got
    getting have has had having imagine imagined picture pictured remember remembers remembered
    stop stops stopped send sent set start started show showed shows film filmed want wants
    wanted need needs with without photograph photographed mind describe describes described
    sends sending seeing""")
MOVE = word_set("""
    take takes took taken taking drive drives drove driven driving bring brings brought bringing
    send sends sent sending walk walks walked walking see saw seen follow followed get gets got
    getting carry carried let escort escorted invite invited want wants wanted have had welcome
    welcomed welcomes bus flew fly ride rode rush rushed escorting lead led guide""")
GIVE_BACK = (MOVE - word_set("have has had got")) | word_set("""
    call calls called calling text texted texting texts hit hits hold holds held win wins won put
    puts pay pays paid love loved write wrote message messaged email emailed phone phoned ring
    rang hug kiss kissed give gives gave keep keeps kept set sets pull pulled push pushed ask
    asked allow allowed accept accepted fight need needs needed want wants wanted""")
GIVE = word_set("""
    give gives gave given giving offer offers offered offering send sends sent sending bring
    brings brought bringing buy buys bought buying lend lends lent lending loan loaned owe owes
    owed owing hand handed handing pass passed feed feeds fed feeding serve served serving pay
    pays paid paying grant granted award awarded promise promised deny denied allow allowed spare
    spared charge charged fine fined tip tipped bet assign assigned deal dealt cause caused
    prescribe prescribed write wrote throw threw toss tossed guarantee guaranteed pour pours
    poured pouring""")
# With one of these, a bare plural behind "her" is what she is handed, save for what she keeps.
HAND_OVER = word_set("""
    hand hands handed handing award awards awarded awarding feed feeds fed feeding serve serves
    served serving offer offers offered offering owe owes owed give gives gave given giving send
    sends sent sending bring brings brought bringing buy buys bought buying lend lends lent lending
    mail mails mailed mailing""")
# What she becomes by one of these stands behind "her", and may be an adjective.
RESULT = word_set("""
    make makes made making leave leaves left leaving find finds found finding render renders
    rendered rendering drive drives drove driving consider considers considered deem deems deemed
    think thinks thought declare declares declared pronounce pronounced judge judged keep keeps
    kept keeping turn turned turns call calls called prove proved believe believed want wants
    wanted like prefer feel felt get got gets getting""")
VERBS_THAT_LOOK_NOUNS = word_set("""
    claim claims hope fear doubt blame love hate trust respect support report call work""")
VERBS_OF_SAYING = word_set("say think need want")
WRITE = word_set("write writes wrote written writing")
LETTERS = word_set("letters notes emails postcards poems messages")
CHARGE = word_set("charge charges charged charging")
FEES = word_set("interest rent tax fees admission")
EARN = word_set("earn earns earned win wins won gain gains gained bring brought draw drew attract")
EARNINGS = word_set("""
    praise fame acclaim recognition notoriety applause headlines enemies votes points millions
    comparisons plaudits admirers criticism""")
SAVE = word_set("save saves saved saving spare spared")
SAVINGS = word_set("time hours minutes weeks days years trouble hassle embarrassment thousands")
BEAT = word_set("beat beats beaten beating defeat defeated outscored thrashed")
TREATS = word_set("""
    dinner lunch breakfast coffee drinks tea soup beer wine pizza toast flowers roses chocolate
    chocolates candy presents gifts tickets food water clothes jewelry jewellery diamonds
    groceries medicine cake cookies bread milk sweets ice breakfasts tissues sandwiches pancakes
    pasta eggs noodles waffles curry""")
GIFTS = TREATS | word_set("""
    luck fame praise acclaim recognition entry benefits treatment painkillers revenge hiccups
    blisters pneumonia embarrassment humiliation sorrow misery postcards sandwiches biscuits
    porridge rice pasta juice champagne whisky vodka aspirin vitamins insulin passage protection
    employment citizenship residency amnesty clemency probation detention lifts rides hints clues
    pointers orders warnings assurances guidance encouragement reassurance warmth room preference
    seniority authority aid wifi wi-fi applause money cash props credit hope hell grief space
    time directions instructions permission advice attention access strength courage energy
    comfort joy pleasure butterflies goosebumps chills nightmares medication kisses hugs
    compliments trouble feedback information info support reason reasons cause pause notice
    evidence points priority cpr shelter asylum bail custody freedom immunity peace pain
    happiness closure sympathy respect antibiotics messages pictures pics photos nudes options
    choices homework first-aid oxygen morphine power control confidence satisfaction relief
    company mercy thousands hundreds millions dollars pounds euros refuge solace inspiration
    motivation anxiety headaches stress damage things stuff lessons proof chances extra plenty
    lots half double triple more less marks damages lemons compensation prize billing interest""")
GET = word_set("""
    get gets got getting make makes made making cook cooks cooked cooking bake baked order""")
TAKE = word_set("take takes took taken taking")
DO = word_set("do does did doing done")
DONE = word_set("justice good harm favors favours")
CALL = word_set("""
    call calls called calling consider considered label labelled labeled brand branded nickname
    nicknamed dub dubbed""")
NAMES = word_set("""
    names queen princess baby honey bae boo sweetheart liar ugly fat daddy wifey babe genius sir
    ma'am miss ms mrs""")
APPOINT = word_set("""
    make makes made making name named names naming elect elected appoint appointed crown crowned
    vote voted declare declared designate designated pronounce pronounced proclaim proclaimed""")
TITLES = word_set("""
    champion winner editor-in-chief vice-president president-elect president queen captain head
    chair chairwoman chairperson director manager leader mayor ambassador secretary minister ceo
    editor treasurer sheriff governor senator chief principal dean goalkeeper valedictorian
    employee artist person player woman heir heiress executor guardian deputy vice-captain vice
    head-girl co-captain lead chancellor empress partner""")
NAMING = CALL | (APPOINT - MAKE)
TELL = word_set("""
    tell tells told telling teach wish text texted ask asks asked asking answer answered read
    reads reading""")
TOLD = word_set("""
    stories tales lies things hi hello hey bye goodbye goodnight thanks congratulations congrats
    happy merry good sorry jokes questions bedtime farewell sweet truth stuff fairy nursery
    birthday bday christmas xmas anniversary thank thankyou""")
WISH = word_set("wish wishes wished wishing bid bade")
COST = word_set("cost costs costing")
TEACH = word_set("teach teaches taught teaching tutor")
KNOW_BEST = word_set("""
    love loves loved like likes liked know knows knew suit suits suited treat fits""")
CAUSATIVES = LET | MAKE | HELP | PERCEIVE
SAY = CALL | APPOINT | TELL
LEAVE = word_set("leave left win won earn earned wire wired transferred refunded make made")
BUY = word_set("buy buys bought buying get gets got getting bring brought")
# "Known her ten years".
KNOW_LONG = word_set("know knows known knew love loved date dated follow followed")
HOLD = word_set("hold holds held holding take takes took taken taking keep keeps kept keeping")
HELD = word_set("hostage captive prisoner company")
SHOW = word_set("""
    show shows showed shown showing ask asks asked asking tell tells told teach taught""")
TRY = word_set("try tries tried trying")
KEEP_OR_CALL = KEEP | CALL
GIVE_OR_TRY = DO | GIVE | TRY  # "did her best", "gave her all"
TAKE_OR_KNOW = TAKE | KNOW_LONG
_VERBS_AND_OBJECTS = (
    (GIVE, GIFTS),
    (GET, TREATS),
    (DO, DONE),
    (CALL, NAMES),
    (APPOINT, TITLES),
    (TELL, TOLD),
    (EARN, EARNINGS),
    (SAVE, SAVINGS),
    (HOLD, HELD),
    (word_set("leave leaves left leaving"), frozenset(["time"])),
    (WRITE, LETTERS),
    (CHARGE, FEES),
    (SHOW, word_set("mercy kindness pity leniency hospitality")),
)
# With one of these verbs in front of "her", one of its nouns behind it is what she is given, called
# or made, and not hers.
OBJECTS_OF = {
    verb: frozenset().union(*(objects for verbs, objects in _VERBS_AND_OBJECTS if verb in verbs))
    for verb in frozenset().union(*(verbs for verbs, _ in _VERBS_AND_OBJECTS))
}
