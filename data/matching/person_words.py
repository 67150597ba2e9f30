"""Words that tell a guard that a term is said of people, and words between the two."""

from __future__ import annotations

import re

# Regular expressions, one for each word: what a person is called after "black", "old" and the like.
PERSON = """
person people peoples persons folk folks folx man men woman women guy guys gal gals girl
girls boy boys lady ladies gentleman gentlemen dude dudes bro bros brothers? brethren sisters?
lads? lass(?:es)? bloke blokes male males female females human humans adult adults teen teens
teenagers? youth youths youngsters? child children kid kids baby babies infants? toddlers?
students? pupils? graduates? seniors? elders? citizens? residents? immigrants? migrants? refugees?
americans? canadians? australians? britons? europeans? africans? christians? muslims? jews?
catholics? protestants? hindus? buddhists? mother mothers father fathers mom moms mum mums dad dads
parents? grandmothers? grandfathers? grandmas? grandpas? grandparents? grandsons? granddaughters?
sons? daughters? siblings? aunts? uncles? cousins? nephews? nieces? wife wives husbands? spouses?
partners? girlfriends? boyfriends? couples? lovers? family families households? relatives friends?
neighbou?rs? colleagues? coworkers? co-workers? roommates? flatmates? classmates? teammates?
guests? strangers? visitors? peers? descendants? ancestors? community communities population
populations audiences? voters? electorate democrats? republicans? conservatives? liberals?
socialists? activists? feminists? protest[eo]rs? demonstrators? leaders? politicians? presidents?
senators? mayors? governors? ministers? chancellors? congressm[ae]n congresswom[ae]n lawmakers?
councill?ors? candidates? diplomats? ambassadors? judges? jurors? lawyers? attorneys? prosecutors?
doctors? physicians? surgeons? dentists? therapists? psychologists? psychiatrists? nurses? midwives
midwife paramedics? patients? teachers? tutors? lecturers? professors? academics? scholars?
scientists? researchers? historians? economists? engineers? programmers? developers? architects?
designers? electricians? plumbers? carpenters? mechanics? builders? bricklayers? welders? painters?
technicians? workers? employees? employers? managers? bosses boss executives? ceos? directors?
supervisors? assistants? secretary secretaries receptionists? accountants? bankers? clerks?
cashiers? customers? clients? shoppers? shopkeepers? owners? entrepreneurs? founders? billionaires?
millionaires? landlords? tenants? homeowners? renters? drivers? pilots? sailors? fishermen
officers? cops? policem[ae]n policewom[ae]n detectives? sheriffs? guards? firefighters? firem[ae]n
soldiers? troops marines? generals? veterans? prisoners? inmates? criminals? offenders? thugs?
gangs? victims? survivors? suspects? defendants? witnesses? witness chicks? babes? homies? actors?
actress(?:es)? celebrity celebrities artists? sculptors? musicians? pianists? singers? rappers?
composers? bands? comedians? dancers? ballerinas? models? writers? authors? novelists? poets?
journalists? reporters? editors? bloggers? directors? filmmakers? photographers? players? athletes?
coach(?:es)? referees? boxers? swimmers? runners? jockeys? quarterbacks? footballers? golfers?
fans? users? speakers? individuals? minorit(?:y|ies) majority bodies pedestrians? passengers?
travell?ers? tourists? farmers? farmhands? gardeners? bakers? butchers? tailors? barbers?
hairdressers? cooks? chefs? waiters? waitress(?:es)? bartenders? baristas? servers? cleaners?
janitors? maids? nannies nanny babysitters? carers? caregivers? librarians? curators? priests?
pastors? preachers? ministers? bishops? nuns? monks? imams? rabbis? clerics? pensioners? retirees?
applicants? interns? apprentices? trainees? recruits? volunteers? donors? members? participants?
respondents? supremacists? nationalists? separatists? southerners? northerners? settlers? slaves?
crew crews crowds? princes? princess(?:es)? sheikhs?
"""
# What people are called who are insulted or said to do harm: toxic texts are full of them. Words
# for parts of a body and for animals are not among them: "a black dog".
PERSON += """
idiots? morons? imbeciles? fools? losers? weirdos? creeps? jerks? bastards? assholes? arseholes?
pricks? bitch(?:es)? cunts? whores? sluts? hoes? skanks? hags? hookers? prostitutes? pimps? scum
scumbags? douchebags? fuckers? fuckheads? motherfuckers? wankers? twats? clowns? racists? bigots?
fascists? nazis? extremists? terrorists? jihadis? jihadists? fanatics? fundamentalists? zealots?
radicals? militants? invaders? traitors? spies spy savages? barbarians? infidels? heathens?
parasites? degenerates? perverts? pedos? p(?:a)?edophiles? rapists? molesters? murderers? killers?
butchers? thief thieves robbers? burglars? crooks? gangsters? mobsters? hooligans? looters? rioters?
smugglers? traffickers? dealers? scammers? hackers? pirates? junkies drunks? addicts? beggars?
bums? hobos? peasants? liars? cowards? snobs? hipsters? rednecks? hicks? yobs? louts?
"""
# What persons do, by the word's end ("stuntwoman", not "snowman"), and more occupations.
PERSON += """
[a-z]+ologists? [a-z]+graphers? [a-z]{2,}icians? [a-z]{2,}keepers? [a-z]+workers? [a-z]+wrights?
(?!chr|[a-z]+list)[a-z]{3,}ists? (?:cell|vocal|journal|panel|novel|special|capital|loyal|royal)ists?
(?!(?:ger|ro|otto|talis|ca[iy]|nor|dober|walk|snow|o|speci|regi|abdo|sta|ra|ye|se)m[ae]n)[a-z]{2,}m[ae]n
miners? loggers? hunters? trappers? shepherds? ranchers? cowboys? merchants? traders? vendors?
sellers? buyers? investors? brokers? analysts? consultants? advis[eo]rs? auditors? inspectors?
wardens? rangers? lifeguards? bouncers? couriers? messengers? truckers? roofers? masons? potters?
weavers? jewell?ers? blacksmiths? locksmiths? cobblers? seamstress(?:es)? trainers? instructors?
educators? principals? deans? headmasters? counsell?ors? mentors? caretakers? chemists? astronomers?
astronauts? philosophers? theologians? critics? reviewers? broadcasters? presenters? announcers?
correspondents? translators? interpreters? publishers? illustrators? animators? producers?
screenwriters? drummers? choreographers? acrobats? gymnasts? wrestlers? fighters? skaters? skiers?
surfers? climbers? hikers? sprinters? defenders? midfielders? captains? lieutenants? sergeants?
colonels? admirals? cadets? snipers? rebels? insurgents? guerrillas? hostages? exiles? defectors?
deserters? negotiators? envoys? delegates? organi[sz]ers? campaigners? advocates? reformers?
monarchs? emperors? nobles? aristocrats? tycoons? moguls? experts? veterinarians? executives?
civilians? comedians? guardians? librarians? vegans? vegetarians? squatters? bolsheviks? israelis?
bombers? in-laws?
twins? orphans? newborns? grandchild grandchildren godsons? goddaughters? schoolchildren schoolboys?
schoolgirls? preschoolers? alumni townspeople townsfolk villagers? warriors? troopers? umpires?
influencers? streamers? gamers? podcasters? youtubers? commentators? interviewers? intellectuals?
consumers? taxpayers? commuters? backpackers? bikers? realtors? conductors? cyclists?
motorcyclists?
hero(?:es)? heroines? landlad(?:y|ies) stewards? stewardess(?:es)? heiress(?:es)? butlers? valets?
ushers? chauffeurs? goalies? strikers? rowers? archers? bowlers? buskers? jugglers? puppeteers?
sommeliers? barristers? solicitors? magistrates? surveyors? glaziers? plasterers? undertakers?
coroners? bridesmaids? brides?
"""
# What people have or do together: said of it, a term still means people.
SHARED = """
lives? neighbou?rhoods? church(?:es)? rights? communit(?:y|ies) cultures? voices? history vote
votes identity identities pride marriages? relationships? liberation equality inclusion
representation ancestry heritage households? districts? ghettos? colleges? universities university
solidarity privilege guilt rage anger excellence joy pain suffering oppression flight tears
unemployment turnout bars? clubs? sex parade parades agenda
"""
# What may stand between: "black young men", "white working-class voters".
MIDDLE = """
young younger old older elderly middle-aged teenage male female trans transgender gay lesbian
bisexual queer straight disabled deaf blind working-class middle-class upper-class college
university school high-school american british canadian african european christian muslim jewish
catholic evangelical single married pregnant homeless poor rich wealthy famous unarmed innocent
armed professional amateur former ex fellow local rural urban suburban southern northern prime
foreign police little big tall short fat thin beautiful handsome smart talented strong powerful
average many lower-income low-income educated successful proud angry retired army navy church voice
exchange graduate medical law delivery football basketball soccer baseball hockey tennis rugby film
movie opera pop taxi bus truck lorry train tram uber suicide
"""
# What may be named in one breath: "black and white people", "old or young voters".
ALIKE = """
black white brown asian hispanic latino latina arab indigenous native jewish muslim christian
straight gay lesbian bi bisexual trans cis blind deaf sighted hearing disabled able-bodied old
young older younger elderly middle-aged rich poor male female
"""
# Without an article at the start of a sentence, these are no names: "Snow is white".
MASS_NOUNS = """
the a an my your our their his its these those every each snow coal milk paint ink rice love
justice night smoke blood hair skin sugar salt sand ash tar oil water coffee tea chocolate bread
paper marble ivory chalk cotton leather death hate fear everything nothing something anything this
that it what which here there mine yours hers his ours theirs one another neither either both all
some none winter summer autumn spring faith luck fate music art history life truth today yesterday
tomorrow
"""
# None of them is a noun.
FUNCTION_WORDS = """
and or nor but because so too since when if though although while like from in at by than who that
is are was were am be been has have had do does did will would can could should must may might as
to of for on with about into not never always also just all i you he she it we they me him her us
them my your his its our their this these those what which whose why how the a an no yes here there
now then even only really lol myself himself herself themselves
"""


def any_word(listed: str) -> str:
    """Return a pattern of some words, each a regular expression, in any order.

    What ends in "s" or not stands together: it compiles in three quarters of the time.
    """
    words = sorted(listed.split(), key=len, reverse=True)
    patterns = [word for word in words if not word.endswith("s?")]
    if stems := [word.removesuffix("s?") for word in words if word.endswith("s?")]:
        patterns.append(f"(?:{'|'.join(stems)})s?")
    return f"(?:{'|'.join(patterns)})"


PERSON_WORD = re.compile(rf"{any_word(PERSON)}(?!\w)(?![-‑]\w)", re.IGNORECASE)
