"""The places of the demo: real cities, where they lie, and which of them a road can join."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from math import asin, cos, radians, sin, sqrt
from zoneinfo import ZoneInfo

import airportsdata

from planning.travel.inventory import City

# Country, region, landmass, then cities: an airport (which says where the city lies), name, traffic from 1 to 4 (a hub)
# and price level from 1 to 5. Roads join the cities of a landmass only. Where the short way crosses a strait, as from
# Denmark to Germany or from Greece to Turkey, the two sides count as two landmasses.
_CITIES = """
US|California|North America|LAX Los Angeles 4 4;SFO San Francisco 4 5;SAN San Diego 3 4;SJC San Jose 3 4
US|California|North America|SMF Sacramento 2 3;SBA Santa Barbara 1 4
US|Texas|North America|HOU Houston 4 3;DAL Dallas 4 3;AUS Austin 3 3;SAT San Antonio 3 2;ELP El Paso 2 2
US|Florida|North America|MIA Miami 4 4;MCO Orlando 4 3;TPA Tampa 3 3;JAX Jacksonville 2 2
US|New York|North America|LGA New York 4 5;BUF Buffalo 2 2;ROC Rochester 2 2;ALB Albany 1 2
US|Washington|North America|SEA Seattle 4 4;GEG Spokane 2 2;BLI Bellingham 1 3
US|Colorado|North America|DEN Denver 4 3;COS Colorado Springs 2 2;ASE Aspen 1 5
US|Massachusetts|North America|BOS Boston 4 5;ORH Worcester 1 2
US|Massachusetts|Nantucket|ACK Nantucket 1 5
US|Illinois|North America|MDW Chicago 4 4;PIA Peoria 1 1;SPI Springfield 1 1
US|Missouri|North America|STL St. Louis 3 2;MCI Kansas City 3 2;SGF Springfield 1 1
US|Pennsylvania|North America|PHL Philadelphia 4 3;PIT Pittsburgh 3 2;MDT Harrisburg 1 2
US|Georgia|North America|ATL Atlanta 4 3;SAV Savannah 2 3
US|Oregon|North America|PDX Portland 3 3;EUG Eugene 1 2;MFR Medford 1 2
US|Maine|North America|PWM Portland 2 3;BGR Bangor 1 2
US|Alabama|North America|BHM Birmingham 2 2
US|Tennessee|North America|BNA Nashville 3 3;MEM Memphis 2 2
US|Louisiana|North America|MSY New Orleans 3 3
US|Nevada|North America|LAS Las Vegas 4 3;RNO Reno 2 2
US|Arizona|North America|PHX Phoenix 4 3;TUS Tucson 2 2;FLG Flagstaff 1 2
US|Utah|North America|SLC Salt Lake City 3 3
US|Minnesota|North America|MSP Minneapolis 4 3
US|Michigan|North America|DTW Detroit 3 2
US|Ohio|North America|CMH Columbus 2 2;CLE Cleveland 2 2
US|North Carolina|North America|CLT Charlotte 4 3;RDU Raleigh 2 3;AVL Asheville 1 3
US|South Carolina|North America|CHS Charleston 2 3
US|West Virginia|North America|CRW Charleston 1 1
US|District of Columbia|North America|DCA Washington 4 4
US|Hawaii|Oahu|HNL Honolulu 3 4
US|Hawaii|Maui|OGG Kahului 2 5
US|Hawaii|Hawaii|ITO Hilo 1 3
US|Alaska|North America|ANC Anchorage 2 4
US|New Mexico|North America|ABQ Albuquerque 2 2;SAF Santa Fe 1 3
US|Wyoming|North America|JAC Jackson 1 5
US|Mississippi|North America|JAN Jackson 1 1
CA|Ontario|North America|YTZ Toronto 4 4;YOW Ottawa 2 3
CA|Quebec|North America|YUL Montreal 3 3
CA|British Columbia|North America|YVR Vancouver 3 4
CA|Alberta|North America|YYC Calgary 2 3
MX|Mexico|North America|MEX Mexico City 4 2;CUN Cancun 3 3
CR|Costa Rica|Costa Rica|SJO San Jose 2 2
BR|Brazil|South America|GIG Rio de Janeiro 3 2;CGH Sao Paulo 4 2
AR|Argentina|South America|AEP Buenos Aires 3 2
PE|Peru|South America|LIM Lima 3 2
CL|Chile|South America|SCL Santiago 3 2
GB|United Kingdom|Britain|LCY London 4 5;MAN Manchester 3 3;BHX Birmingham 2 3;EDI Edinburgh 3 4;GLA Glasgow 2 3
IE|Ireland|Ireland|DUB Dublin 3 4;ORK Cork 1 3
FR|France|Europe|ORY Paris 4 5;NCE Nice 3 4;LYS Lyon 2 3;MRS Marseille 2 3;BOD Bordeaux 2 3
ES|Spain|Europe|MAD Madrid 4 3;BCN Barcelona 4 4;SVQ Seville 2 3;VLC Valencia 2 3;AGP Malaga 2 3
ES|Spain|Mallorca|PMI Palma 2 3
PT|Portugal|Europe|LIS Lisbon 3 3;OPO Porto 2 2;FAO Faro 1 3
IT|Italy|Europe|CIA Rome 4 4;LIN Milan 4 4;VCE Venice 3 5;NAP Naples 2 2;FLR Florence 2 4
IT|Italy|Sicily|PMO Palermo 1 2
DE|Germany|Europe|BER Berlin 4 3;MUC Munich 4 4;FRA Frankfurt 4 4;HAM Hamburg 3 3;CGN Cologne 2 3
NL|Netherlands|Europe|AMS Amsterdam 4 4
BE|Belgium|Europe|BRU Brussels 3 4
CH|Switzerland|Europe|ZRH Zurich 4 5;GVA Geneva 3 5
AT|Austria|Europe|VIE Vienna 3 4;SZG Salzburg 1 3;INN Innsbruck 1 3
CZ|Czechia|Europe|PRG Prague 3 2
HU|Hungary|Europe|BUD Budapest 3 2
PL|Poland|Europe|WAW Warsaw 3 2;KRK Krakow 2 2;GDN Gdansk 1 2
GR|Greece|Greece|ATH Athens 3 3;SKG Thessaloniki 1 2
GR|Greece|Crete|HER Heraklion 1 3
DK|Denmark|Scandinavia|CPH Copenhagen 3 4
SE|Sweden|Scandinavia|BMA Stockholm 3 4;GOT Gothenburg 1 3
NO|Norway|Scandinavia|OSL Oslo 3 5;BGO Bergen 1 4
FI|Finland|Finland|HEL Helsinki 3 4
IS|Iceland|Iceland|RKV Reykjavik 2 5
TR|Turkey|Turkey|IST Istanbul 4 2
MA|Morocco|Morocco|RAK Marrakesh 1 2
EG|Egypt|Egypt|CAI Cairo 3 1
KE|Kenya|Kenya|NBO Nairobi 2 2
ZA|South Africa|South Africa|CPT Cape Town 3 2
AE|United Arab Emirates|United Arab Emirates|DXB Dubai 4 4
IN|India|India|DEL Delhi 4 1;BOM Mumbai 3 1
TH|Thailand|Thailand|DMK Bangkok 4 1
SG|Singapore|Singapore|SIN Singapore 4 4
ID|Indonesia|Indonesia|DPS Denpasar 2 1
HK|Hong Kong|China|HKG Hong Kong 4 4
CN|China|China|PEK Beijing 4 2;PVG Shanghai 4 3
KR|South Korea|South Korea|GMP Seoul 4 3
JP|Japan|Honshu|HND Tokyo 4 4;ITM Osaka 3 3
JP|Japan|Hokkaido|OKD Sapporo 2 3
AU|New South Wales|Australia|SYD Sydney 4 4
AU|Victoria|Australia|MEL Melbourne 3 4
AU|Queensland|Australia|BNE Brisbane 2 3
AU|Western Australia|Australia|PER Perth 2 3
NZ|New Zealand|New Zealand|AKL Auckland 3 3
"""

_EARTH_RADIUS_KM = 6371.0


@dataclass(frozen=True, slots=True)
class Place:
    """A city with what the generators need to know of it: traffic from 1 to 4, price level from 1 to 5."""

    airport: str
    city: City
    traffic: int
    price_level: int
    landmass: str
    latitude: float
    longitude: float


def demo_places() -> list[Place]:
    """Return the places of the demo; cities that share their name are called "Portland, Maine"."""
    airports = airportsdata.load("IATA")
    lines = [line.split("|") for line in _CITIES.split("\n") if line]
    listed = [(line[:3], entry.split()) for line in lines for entry in line[3].split(";")]
    names = Counter(" ".join(words[1:-2]) for _, words in listed)
    places = []
    for (country, region, landmass), (airport, *words, traffic, price_level) in listed:
        plain, site = " ".join(words), airports[airport]
        name = plain if names[plain] == 1 else f"{plain}, {region}"
        city = City(name, plain, region, country, site["tz"])
        spot = round(site["lat"], 3), round(site["lon"], 3)
        places.append(Place(airport, city, int(traffic), int(price_level), landmass, *spot))
    return places


def great_circle_km(a: Place, b: Place) -> float:
    """Return the distance between two places along the surface of the earth, in kilometres."""
    north, south = radians(a.latitude), radians(b.latitude)
    east = radians(b.longitude - a.longitude)
    chord = sin((south - north) / 2) ** 2 + cos(north) * cos(south) * sin(east / 2) ** 2
    return 2 * _EARTH_RADIUS_KM * asin(sqrt(chord))


@cache
def _winter_minutes(zone: str) -> int:
    offset = datetime(2026, 1, 15, 12, tzinfo=ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return int(offset.total_seconds()) // 60


def zone_minutes(place: Place) -> int:
    """Return how many minutes the clocks of a place are ahead of UTC on a day in January."""
    return _winter_minutes(place.city.time_zone)
