"""Words that carry no constraint by themselves: what remains of a text when these and the rules' words are gone.

A negation ("not", "avoid") is never one of them, so that it cannot get lost.
"""

FUNCTION_WORDS = frozenset(
    """a an the this that these those such same each every both all some any either another other others one ones
    i me my mine myself we us our ours ourselves you your yours yourself he him his she her hers it its itself they
    them their theirs themselves who whom whose which what whatever when whenever where wherever how why there here
    be am is are was were been being do does did doing done have has had having can could will would shall should may
    might must ought let
    of to in on at for from by with within into onto as about around across through throughout along over under up
    down out off between among during since until till toward towards upon via per
    and or but so if then than because while whereas although though whether once also too plus including include
    includes included 's however therefore thus hence
    somewhere something someone anywhere everywhere anyone everyone aside apart far concerned name
    more most less least much many few several lot lots bit little very quite rather really just only even still
    already again always usually preferably ideally possibly probably maybe perhaps approximately roughly exactly
    about around nearly almost overall total altogether together mainly mostly simply actually basically certainly
    definitely absolutely particularly especially specifically additionally moreover furthermore otherwise anyway
    meanwhile instead regardless yes okay ok well now currently later etc eg ie vs am pm s t
    ago first second third last next final finally back away ahead home""".split()
)

REQUEST_WORDS = frozenset(
    """please kindly thanks thank hello hi hey dear greetings cheers regards sincerely best appreciate appreciated
    grateful welcome help helping helps assist assisting assistance support
    plan plans planning planned planner create creates creating created craft crafting crafted design designing designed
    devise devising devised develop developing formulate formulating generate generating prepare preparing
    provide providing provided produce arrange arranging arranged organize organizing organized organise organising
    organised organizer make making makes made build building put putting come coming draft drafting draw drawing
    outline outlining outlined propose proposing suggest suggesting suggestion suggestions recommend recommending
    recommendation recommendations advise advice give giving get getting got gets take taking takes taken find finding
    look looking looks figure work working works set setting book booking booked schedule scheduling scheduled map
    mapping show send sort compile customize customized tailor tailored tailor-made curate curated construct
    constructing compose composing conceive lay
    want wants wanted wanting wish wishes wishing like likes liked love loves loved enjoy enjoys enjoying hope hopes
    hoping need needs needed needing require requires required requiring request requests requested requesting prefer
    prefers preferred preferring preference preferences preferable intend intends intending intention intentions aim
    aims aiming expect expects expecting plan think thinking thought thinks know knows feel feeling try trying tries
    keen eager eagerly excited interested fond inclined thrilled glad happy ready able willing dream dreaming
    consider considering considered considers mind note noted tell say says said ask asking asks mention see
    sure aware ensure ensuring guarantee possible possibly feasible appropriate suitable fit fits fitting suit
    suits meet meets match matches satisfy satisfying fulfill consists consist consisting comprise comprising
    comprises involve involves involving entail entails keep keeping kept use using used utilize allow allows allowing
    allowed permit permits permitted permitting offer offers offering offered provides available availability
    accept accepts accepted accepting accommodate accommodates accommodating accommodated permissible cater caters
    catering cover covers covering covered follow follows following followed remember remain remaining stick sticking
    go going goes gone went head heading heads move moving be seek seeking seeks desire desires desired opt opting
    bring brings bringing join joining accompany accompanied accompanying share lets let's fine good great nice perfect blend mix conducive open venturing venture fan fans huge big
    local far stand bear
    wonderful lovely amazing awesome fantastic excellent memorable unforgettable enjoyable exciting fun pleasant
    comfortable interesting beautiful amazing ideal important essential crucial vital imperative necessary mandatory
    key matter matters must-have absolute special specific detailed details detail complete full comprehensive
    thorough entire whole overall new different distinct separate unique various variety diverse varied several
    multiple major main particular certain separate regarding concerning regards regard respect respecting terms term
    case cases fact considering account accounted following follows based set up-to-date question questions moment
    addition basis freedom flexibility option options choice choices choose choosing chosen select selecting
    selection idea ideas part parts way ways kind kinds type types sort sorts range ranging ranges form style styles
    number amount rest matter occasion purpose experience experiences experiencing experienced explore exploring
    explores discover discovering visit visiting visits visited tour touring tours check checking
    savor savoring savour savouring sample sampling indulge indulging taste tasting tastes relish delight delights
    exploration include inclusive involve upcoming anticipated estimated approximate current revised updated adjusted
    increased extended modified additional extra further set fixed initial spanning span spans spanned last lasts lasting
    run runs running occur occurs happen happening happens commence commences commencing begin begins beginning began
    start starts starting started end ends ending ended finish finishing finishes conclude concludes concluding
    take place scheduled arrive arrives arriving arrival depart departs departing departure departures leave leaves
    leaving return returns returning set out traverse traversing embark embarking originate originates originating
    kick kicking stop stops stopping halt stay stays staying stayed reside live lives living spend spends spending
    spent pass passing reach reaching wander head headed bound swing drop dates date day days time times period
    duration length window timeframe frame long throughout""".split()
)

TRAVEL_WORDS = frozenset(
    """trip trips travel travels traveling travelling travelled traveled traveler traveller travelers travellers
    itinerary itineraries journey journeys vacation vacations vacationing holiday holidays getaway getaways tour tours
    voyage adventure adventures excursion outing route routes destination destinations origin place places
    city cities town towns state states location locations area areas region country sights sightseeing
    hotel hotels accommodation accommodations accomodation accomodations lodging lodgings room rooms place
    apartment apartments house houses home homes rental rentals property properties stay night's hostel airbnb
    rent renting sleeping sleep bed
    restaurant restaurants cuisine cuisines food foods meal meals dining dine dining-wise eat eating eats dish dishes
    culinary gastronomic gastronomy fare menu menus breakfast lunch dinner dinners lunches flavors flavours eatery
    eateries foodie foodies palate palates kitchen cooking bites lover lovers
    transport transportation transit commute commuting mode modes means vehicle getting
    budget budgets budgeted budgetary cost costs costing price prices priced pricing money funds fund expense expenses
    expenditure spending financial finances capped cap allocated allocate allocation earmarked limit limited limits
    amount amounting maximum max minimum ceiling dollars dollar usd bucks afford allotted
    people person persons individual individuals party parties group groups friends friend family families guests
    adults adult children child kids kid couple
    rule rules policy policies requirement requirements restriction restrictions condition conditions criteria
    constraint constraints rating ratings stars star attraction attractions activity activities""".split()
)

FILLERS: frozenset[str] = FUNCTION_WORDS | REQUEST_WORDS | TRAVEL_WORDS

# What a traveller may have no preference about.
TOPICS = frozenset(
    """house rules rule room rooms type types cuisine cuisines culinary food foods dining dietary meal meals eating
    restaurant restaurants accommodation accommodations accomodation accomodations lodging lodgings hotel hotels stay
    staying place places transport transportation travel traveling travelling mode modes method methods means way ways
    getting around attractions activities sleep sleeping sleeps arrangements arrangement options option choices choice
    trip journey itinerary kind kinds sort sorts style we i they us me our my their where what how which when it that
    this these those anything everything eat stay go the a an any all or and nor as to of for with regards regard in
    terms when comes either both specific particular certain special further other additional preferences""".split()
)

# Cities have these names too, and one of these is a city only where a city must stand.
EVERYDAY_WORDS: frozenset[str] = FILLERS | frozenset(
    """nice mobile reading orange bend mission surprise bath split tours cork hope normal enterprise buffalo mesa male
    concord butte liberty independence opportunity eagle lake park summit union hull pleasant champion commerce
    industry paradise truth consequences hot springs why battle rugby sandwich deal ware barking tring rye angel fire
    key dodge sun salt rock moon bay cave junction eden faith friendship harmony ideal justice luck marathon
    mercury orient peru prosper protection ransom republic success telegraph tombstone unity valentine victory
    war winner wall ware may march august mar jan dec sunny early late wells price la sf dc kc ny us uk uae in or
    me hi oh ok ma pa id al de co mo mi""".split()
)

# Words that rules look for; with the fillers, all that an English text about a trip may well say.
RULE_WORDS: frozenset[str] = frozenset(
    """no not never without avoid avoiding skip skipping except excluding neither nor non none nothing rather than
    fly flying flight flights plane planes drive driving car cars taxi taxis cab cabs pet pets dog dogs cat cats
    smoking smoke smoker party parties visitors visitor private shared entire cheap cheapest fast fastest quick
    relaxed packed pace direct nonstop layover layovers morning evening afternoon noon midnight night nights weekend
    weekends long week weeks month months year years january february march april june july august september october
    november december monday tuesday wednesday thursday friday saturday sunday tomorrow today two three four five six
    seven eight nine ten wife husband son daughter mother father parents solo alone myself hundred thousand""".split()
)
KNOWN_WORDS: frozenset[str] = FILLERS | RULE_WORDS
