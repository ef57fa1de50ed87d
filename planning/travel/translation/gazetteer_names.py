"""Names of places that every English reader knows: states, countries by ISO code, and what people call cities."""

from collections.abc import Mapping
from types import MappingProxyType


def _table(text: str) -> MappingProxyType[str, str]:
    """Return the pairs of a text like "ME Maine, MA Massachusetts": the first word of each is the key."""
    pairs = (entry.strip().partition(" ") for entry in text.split(","))
    return MappingProxyType({key: value for key, _, value in pairs})


STATES: Mapping[str, str] = _table(
    """AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut, DE Delaware,
    DC District of Columbia, FL Florida, GA Georgia, HI Hawaii, ID Idaho, IL Illinois, IN Indiana, IA Iowa, KS Kansas,
    KY Kentucky, LA Louisiana, ME Maine, MD Maryland, MA Massachusetts, MI Michigan, MN Minnesota, MS Mississippi,
    MO Missouri, MT Montana, NE Nebraska, NV Nevada, NH New Hampshire, NJ New Jersey, NM New Mexico, NY New York,
    NC North Carolina, ND North Dakota, OH Ohio, OK Oklahoma, OR Oregon, PA Pennsylvania, RI Rhode Island,
    SC South Carolina, SD South Dakota, TN Tennessee, TX Texas, UT Utah, VT Vermont, VA Virginia, WA Washington,
    WV West Virginia, WI Wisconsin, WY Wyoming, PR Puerto Rico, AB Alberta, BC British Columbia, MB Manitoba,
    NB New Brunswick, NS Nova Scotia, ON Ontario, QC Quebec, SK Saskatchewan, NSW New South Wales, QLD Queensland"""
)

COUNTRIES: Mapping[str, str] = _table(
    """AD Andorra, AE United Arab Emirates, AF Afghanistan, AG Antigua and Barbuda, AI Anguilla, AL Albania, AM
    Armenia, AO Angola, AQ Antarctica, AR Argentina, AS American Samoa, AT Austria, AU Australia, AW Aruba, AZ
    Azerbaijan, BA Bosnia and Herzegovina, BB Barbados, BD Bangladesh, BE Belgium, BF Burkina Faso, BG Bulgaria, BH
    Bahrain, BI Burundi, BJ Benin, BM Bermuda, BN Brunei, BO Bolivia, BR Brazil, BS Bahamas, BT Bhutan, BW Botswana,
    BY Belarus, BZ Belize, CA Canada, CD Democratic Republic of the Congo, CF Central African Republic, CG Congo, CH
    Switzerland, CI Ivory Coast, CK Cook Islands, CL Chile, CM Cameroon, CN China, CO Colombia, CR Costa Rica, CU
    Cuba, CV Cape Verde, CW Curacao, CY Cyprus, CZ Czech Republic, DE Germany, DJ Djibouti, DK Denmark, DM Dominica,
    DO Dominican Republic, DZ Algeria, EC Ecuador, EE Estonia, EG Egypt, ER Eritrea, ES Spain, ET Ethiopia, FI
    Finland, FJ Fiji, FK Falkland Islands, FM Micronesia, FO Faroe Islands, FR France, GA Gabon, GB United Kingdom,
    GD Grenada, GE Georgia, GF French Guiana, GH Ghana, GI Gibraltar, GL Greenland, GM Gambia, GN Guinea, GP
    Guadeloupe, GQ Equatorial Guinea, GR Greece, GT Guatemala, GU Guam, GW Guinea-Bissau, GY Guyana, HK Hong Kong,
    HN Honduras, HR Croatia, HT Haiti, HU Hungary, ID Indonesia, IE Ireland, IL Israel, IM Isle of Man, IN India, IQ
    Iraq, IR Iran, IS Iceland, IT Italy, JE Jersey, JM Jamaica, JO Jordan, JP Japan, KE Kenya, KG Kyrgyzstan, KH
    Cambodia, KI Kiribati, KM Comoros, KN Saint Kitts and Nevis, KP North Korea, KR South Korea, KW Kuwait, KY
    Cayman Islands, KZ Kazakhstan, LA Laos, LB Lebanon, LC Saint Lucia, LI Liechtenstein, LK Sri Lanka, LR Liberia,
    LS Lesotho, LT Lithuania, LU Luxembourg, LV Latvia, LY Libya, MA Morocco, MC Monaco, MD Moldova, ME Montenegro,
    MG Madagascar, MH Marshall Islands, MK North Macedonia, ML Mali, MM Myanmar, MN Mongolia, MO Macau, MP Northern
    Mariana Islands, MQ Martinique, MR Mauritania, MT Malta, MU Mauritius, MV Maldives, MW Malawi, MX Mexico, MY
    Malaysia, MZ Mozambique, NA Namibia, NC New Caledonia, NE Niger, NG Nigeria, NI Nicaragua, NL Netherlands, NO
    Norway, NP Nepal, NR Nauru, NZ New Zealand, OM Oman, PA Panama, PE Peru, PF French Polynesia, PG Papua New
    Guinea, PH Philippines, PK Pakistan, PL Poland, PR Puerto Rico, PS Palestine, PT Portugal, PW Palau, PY
    Paraguay, QA Qatar, RE Reunion, RO Romania, RS Serbia, RU Russia, RW Rwanda, SA Saudi Arabia, SB Solomon
    Islands, SC Seychelles, SD Sudan, SE Sweden, SG Singapore, SI Slovenia, SK Slovakia, SL Sierra Leone, SM San
    Marino, SN Senegal, SO Somalia, SR Suriname, SS South Sudan, ST Sao Tome and Principe, SV El Salvador, SY Syria,
    SZ Eswatini, TC Turks and Caicos Islands, TD Chad, TG Togo, TH Thailand, TJ Tajikistan, TL East Timor, TM
    Turkmenistan, TN Tunisia, TO Tonga, TR Turkey, TT Trinidad and Tobago, TV Tuvalu, TW Taiwan, TZ Tanzania, UA
    Ukraine, UG Uganda, US United States, UY Uruguay, UZ Uzbekistan, VA Vatican City, VC Saint Vincent and the
    Grenadines, VE Venezuela, VG British Virgin Islands, VI United States Virgin Islands, VN Vietnam, VU Vanuatu, WS
    Samoa, XK Kosovo, YE Yemen, ZA South Africa, ZM Zambia, ZW Zimbabwe"""
)

OTHER_COUNTRY_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "US": ("usa", "united states of america", "america"),
        "GB": ("uk", "great britain", "britain", "england", "scotland", "wales", "northern ireland"),
        "AE": ("uae", "emirates"),
        "CZ": ("czechia",),
        "KR": ("korea",),
        "NL": ("holland",),
        "TR": ("turkiye",),
        "CI": ("cote d ivoire",),
        "VA": ("vatican",),
    }
)

DEMONYMS: Mapping[str, str] = _table(
    """texan Texas, californian California, floridian Florida, georgian Georgia, alaskan Alaska, hawaiian Hawaii,
    italian Italy, french France, spanish Spain, german Germany, british United Kingdom, english England, irish Ireland,
    scottish Scotland, portuguese Portugal, dutch Netherlands, belgian Belgium, swiss Switzerland, austrian Austria,
    greek Greece, turkish Turkey, polish Poland, czech Czech Republic, swedish Sweden, norwegian Norway, danish Denmark,
    finnish Finland, american United States, canadian Canada, mexican Mexico, brazilian Brazil, japanese Japan,
    chinese China, indian India, thai Thailand, australian Australia, korean South Korea, egyptian Egypt"""
)

WIDE_AREAS: Mapping[str, str] = _table(
    """europe Europe, asia Asia, africa Africa, scandinavia Scandinavia, caribbean the Caribbean, balkans the Balkans,
    oceania Oceania, midwest the Midwest"""
) | {
    "north america": "North America",
    "south america": "South America",
    "latin america": "Latin America",
    "central america": "Central America",
    "middle east": "the Middle East",
    "southeast asia": "Southeast Asia",
    "new england": "New England",
    "pacific northwest": "the Pacific Northwest",
    "west coast": "the West Coast",
    "east coast": "the East Coast",
}

# What people say: the city's plain name, folded as `fold_name` does. One counts only where the inventory has the city.
NICKNAMES: tuple[tuple[str, str], ...] = (
    ("nyc", "new york"),
    ("ny", "new york"),
    ("new york city", "new york"),
    ("new york", "new york city"),
    ("big apple", "new york"),
    ("la", "los angeles"),
    ("sf", "san francisco"),
    ("san fran", "san francisco"),
    ("frisco", "san francisco"),
    ("philly", "philadelphia"),
    ("vegas", "las vegas"),
    ("sin city", "las vegas"),
    ("dc", "washington"),
    ("washington dc", "washington"),
    ("washington", "washington dc"),
    ("dc", "washington dc"),
    ("nola", "new orleans"),
    ("chitown", "chicago"),
    ("chi town", "chicago"),
    ("windy city", "chicago"),
    ("beantown", "boston"),
    ("motown", "detroit"),
    ("motor city", "detroit"),
    ("slc", "salt lake city"),
    ("okc", "oklahoma city"),
    ("kc", "kansas city"),
    ("indy", "indianapolis"),
    ("stl", "st louis"),
    ("atl", "atlanta"),
    ("pdx", "portland"),
    ("mpls", "minneapolis"),
    ("jax", "jacksonville"),
    ("st pete", "st petersburg"),
    ("abq", "albuquerque"),
    ("cincy", "cincinnati"),
    ("ftl", "ft lauderdale"),
    ("rio", "rio de janeiro"),
    ("munchen", "munich"),
    ("koln", "cologne"),
    ("wien", "vienna"),
    ("praha", "prague"),
    ("roma", "rome"),
    ("milano", "milan"),
    ("firenze", "florence"),
    ("venezia", "venice"),
    ("napoli", "naples"),
    ("torino", "turin"),
    ("lisboa", "lisbon"),
    ("sevilla", "seville"),
    ("geneve", "geneva"),
    ("bruxelles", "brussels"),
    ("kobenhavn", "copenhagen"),
    ("bombay", "mumbai"),
    ("saigon", "ho chi minh city"),
    ("peking", "beijing"),
    ("ciudad de mexico", "mexico city"),
)
