"""Words that carry no constraint by themselves: what remains of a text when these and the rules' words are gone.

A negation ("not", "avoid") is never one of them, so that it cannot get lost. Neither is a word that narrows a wish
("early", "vegan", "accessible") or that tells who travels ("friends").
"""

from planning.travel.translation.rules.word_lists import words

FUNCTION_WORDS = words(
    """a an the this that these those such same each every both all some any either another other others one ones i me
    my mine myself we us our ours ourselves you your yours yourself he him his she her hers it its itself they them
    their theirs themselves who whom whose which what whatever when whenever where wherever how why there here
    somewhere something anywhere anything everywhere everything somebody someone anyone everyone thing things be am
    is are was were been being do does did doing done have has had having can could will would shall should may
    might must ought let lets become becomes becoming seem seems of to in on at for from by with within into onto as
    about around across through throughout along over under up below above beneath beyond down out off between among
    amongst during since until till toward towards upon via per and or but so if then than because while whereas
    although though whether once also too plus including include includes included 's name names however therefore
    thus hence amid alongside together besides towards s t st ago till more most less least much many few several
    lot lots bit little very quite rather really just only even still already again always usually preferably
    ideally possibly probably maybe perhaps approximately roughly exactly nearly almost overall total altogether
    mainly mostly simply actually basically certainly as well definitely absolutely particularly especially
    specifically additionally moreover furthermore otherwise anyway meanwhile instead regardless yes yeah okay ok
    well now currently later etc eg ie vs am pm first second third last next final finally back away ahead home
    today's whatsoever hereby thereby thereof therein fully entirely completely properly perfectly smoothly easily
    closely clearly briefly primarily generally equally likewise respectively accordingly alternatively essentially
    eventually initially subsequently naturally truly jointly honestly hopefully frankly literally kinda sorta
    tentatively fairly pretty super apparently obviously conveniently comfortably wherein whereby wise outbound
    housing friendly penchant hosting host hosts taste short company inbound enough due else course order hail point
    points spot spots pay pays paying paid club maxes max thankful found namely employees broke yo tow split side
    outlay insist insists insisting promise promised promising surprise tops"""
)

REQUEST_WORDS = words(
    """please kindly pls plz thanks thank thx ta hello hi hey dear greetings cheers regards sincerely best appreciate
    appreciated appreciates grateful gratitude welcome help helping helps helped assist assisting assists assistance
    support plan plans planning planned planner create creates creating created craft crafting crafted design
    designing designed devise devising devised develop developing developed formulate formulating generate
    generating prepare preparing prepared provide providing provided provides produce producing arrange arranging
    arranged organize organizing organized organise organising organised make making makes made build building put
    putting come comes coming draft drafting drafted draw drawing outline outlining propose proposing proposed
    suggest suggesting suggestion suggestions recommend recommending recommendation recommendations advise advice
    give gives giving given get gets getting got take takes taking taken took find finding look looks looking figure
    work works working worked set sets setting book booking bookings booked schedule scheduling scheduled map
    mapping show send sort sorting sorted compile customize customized tailor tailored curate curated construct
    compose lay orchestrate orchestrating structure structured outlined composed produced finalize envision
    envisioning envisage imagine write list want wants wanted wanting wish wishes wishing like likes liked love
    loves loved enjoy enjoys enjoying enjoyed hope hopes hoping need needs needed needing require requires required
    requiring request requests requested requesting prefer prefers preferred preferring preference preferences
    preferable intend intends intending intended intention intentions aim aims aiming aimed expect expects expecting
    expected think thinking thought thoughts thinks know knows feel feels feeling try trying tries tried keen eager
    eagerly enthusiastic excited interested interest interests fond inclined thrilled glad happy ready able willing
    dream dreaming dreams yearn yearning fancy fancies crave craving cravings consider considering considered
    considers mind note noted tell told say says said ask asking asked asks mention mentioned see sees seeing seen
    sure aware ensure ensures ensuring guarantee possible feasible acceptable appropriate suitable suited fit fits
    fitting suit suits meet meets meeting match matches matching satisfy satisfying fulfill fulfilling consist
    consists consisting comprise comprises comprising involve involves involving entail entails keep keeps keeping
    kept use uses using used utilize utilizing allow allows allowing allowed permit permits permitted permitting
    tolerate tolerates offer offers offering offered available availability accept accepts accepted accepting
    accommodate accommodates accommodating accommodated accommodative permissible cater caters catering cover covers
    covering covered follow follows following followed remember remain remains remaining stick sticking adhere
    adhering maintain maintaining stand stands stood sit sits hold holds held holding bear handle manage managing go
    going goes gone went move moves moving seek seeks seeking desire desires desired opt opting lean leaning bring
    brings bringing brought join joins joining accompany accompanied accompanying accompanies share fine good great
    nice perfect wonderful lovely amazing awesome fantastic excellent memorable unforgettable enjoyable exciting fun
    pleasant comfortable interesting beautiful delightful incredible fabulous terrific splendid spectacular stunning
    gorgeous magical rewarding meaningful worthwhile thrilling immersive engaging enriching inspiring seamless
    smooth smoothly ideal optimal important essential crucial vital imperative necessary mandatory significant
    relevant applicable key matter matters absolute special specific detailed details detail complete full
    comprehensive thorough entire whole new different distinct separate unique various variety varied diverse
    diversity multiple major main particular certain regarding concerning concern concerns concerned regard respect
    respecting terms term case cases fact considering account accounted account based question questions moment
    addition basis freedom flexibility option options choice choices choose choosing chosen select selecting
    selected selection pick picks picking idea ideas part parts way ways kind kinds type types sort sorts range
    ranges ranging form style styles number rest occasion purpose reason aspect aspects goal experience experiences
    experiencing experienced explore explores exploring exploration discover discovering visit visits visiting
    visited tour touring tours toured check checking wander roam savor savoring savour savouring sample sampling
    indulge indulging taste tasting tastes relish delight delights inclusive upcoming anticipated anticipate
    anticipating estimated estimate approximate current revised updated adjusted increased extended modified
    additional extra further fixed initial spanning span spans spanned last lasts lasting lasted run runs running
    occur occurs occurring happen happens happening commence commences commencing commenced begin begins beginning
    began start starts starting started end ends ending ended finish finishes finishing conclude concludes
    concluding culminate culminating wrap wraps wrapping place places placed arrive arrives arriving arrival depart
    departs departing departure departures leave leaves leaving return returns returning traverse traversing embark
    embarks embarking originate originates originating kick kicks kicking stop stops stopping halt stay stays
    staying stayed reside residing live lives living spend spends spending spent pass passing reach reaches reaching
    head heads heading headed bound swing hit hitting catch land landing escape escaping hop hopping cruise dates
    date day days time times period duration length timeframe frame blend mix mixture array assortment combination
    plethora wide bunch local big huge fan fans conducive open venture venturing treat reward break breaks loop
    round roundtrip jaunt expedition sojourn retreat escape escapade timetable agenda program programme leg legs
    squeeze onward onwards afterwards allotment determined determine decided decide settle settled dedicated
    reserved designated assuming assume feature features featuring featured focus focused serve serves serving
    served specify specified state stated stipulated indicate indicated incorporate incorporating integrate cherish
    value receive responsible ourselves actual proper sensible reasonable reasonably decent solid true real right
    simple quick-ly original sum tally figure figures ballpark apiece all-in straight pleased pleasure couple
    located situated scheduled slated set aside lined lining offering whichever entails turn turns turning greatly
    highly deeply kindest regards yours truly sincerely fellow half-board hoped lucky finally"""
)

TRAVEL_WORDS = words(
    """trip trips travel travels traveling travelling travelled traveled traveler traveller travelers travellers
    itinerary itineraries journey journeys journeying vacation vacations vacationing vacay holiday holidays getaway
    getaways voyage adventure adventures excursion excursions outing route routes destination destinations origin
    city cities town towns state states location locations area areas region regions country sights sightseeing
    hotel hotels accommodation accommodations accomodation accomodations lodging lodgings room rooms apartment
    apartments house houses homes rental rentals property properties hostel airbnb rent renting sleeping sleep bed
    restaurant restaurants cuisine cuisines food foods meal meals dining dine eat eating eats dish dishes culinary
    gastronomic gastronomy fare menu menus breakfast lunch dinner dinners lunches flavors flavours flavor eatery
    eateries foodie foodies palate palates kitchen cooking bites lover lovers transport transportation transit
    commute commuting mode modes means vehicle budget budgets budgeted budgetary cost costs costing price prices
    priced pricing money funds fund funding expense expenses expenditure finances financial financially cap capped
    allocated allocate allocation earmarked earmark limit limits limited amount amounts amounting maximum max
    minimum ceiling dollars dollar usd bucks cash afford allotted rule rules policy policies requirement
    requirements restriction restrictions condition conditions criteria constraint constraints rating ratings stars
    star attraction attractions activity activities"""
)

FILLERS: frozenset[str] = FUNCTION_WORDS | REQUEST_WORDS | TRAVEL_WORDS

# What a traveller may have no preference about.
TOPICS = words(
    """house rules rule room rooms type types cuisine cuisines culinary food foods dining dietary meal meals eating
    restaurant restaurants accommodation accommodations accomodation accomodations lodging lodgings hotel hotels
    stay staying place places transport transportation travel traveling travelling mode modes method methods means
    way ways getting around attractions activities sleep sleeping sleeps arrangements arrangement options option
    choices choice trip journey itinerary kind kinds sort sorts style we i they us me our my their where what how
    which when it that this these those anything everything eat stay go the a an any all or and nor as to of for
    with regards regard in terms when comes either both specific particular certain special further other additional
    preferences"""
)

# Cities have these names too, and one of these is a city only where a city must stand.
EVERYDAY_WORDS: frozenset[str] = FILLERS | words(
    """nice mobile reading orange bend mission surprise bath split tours cork hope normal enterprise buffalo mesa male
    concord butte liberty independence opportunity eagle lake park summit union hull pleasant champion commerce
    industry paradise truth consequences hot springs battle rugby sandwich deal ware barking tring rye angel fire
    dodge sun salt rock moon bay cave junction eden faith friendship harmony justice luck marathon mercury orient
    peru prosper protection ransom republic success telegraph tombstone unity valentine victory war winner wall may
    march august mar jan dec sunny early late wells la sf dc kc ny us uk uae oh pa id al de co mo mi ma hi"""
)

# Words that rules look for; with the fillers, all that an English text about a trip may well say.
RULE_WORDS: frozenset[str] = words(
    """no not never without avoid avoiding skip skipping except excluding neither nor non none nothing rather than fly
    flying flight flights plane planes drive driving car cars taxi taxis cab cabs pet pets dog dogs cat cats smoking
    smoke smoker party parties visitors visitor private shared entire cheap cheapest fast fastest quick relaxed
    packed pace direct nonstop layover layovers morning evening afternoon noon midnight night nights weekend
    weekends long week weeks month months year years january february march april june july august september october
    november december monday tuesday wednesday thursday friday saturday sunday tomorrow today two three four five
    six seven eight nine ten wife husband son daughter mother father parents solo alone hundred thousand people
    person persons individual individuals group groups friends friend family families guests adult adults children
    child kids kid couple"""
)
KNOWN_WORDS: frozenset[str] = FILLERS | RULE_WORDS
