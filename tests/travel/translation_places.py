"""The names that the translation corpus uses: a small inventory of its own, with every trap that names can set."""

from datetime import date

from planning.travel.inventory import City
from planning.travel.translation.gazetteer import Gazetteer

TODAY = date(2026, 3, 11)  # a Wednesday

_AMERICAN = {
    "Alabama": ["Mobile", "Birmingham"],
    "California": ["Los Angeles", "San Francisco", "San Diego", "Sacramento", "Orange", "Oakland"],
    "Colorado": ["Denver", "Durango"],
    "District of Columbia": ["Washington"],
    "Florida": ["Miami", "Orlando", "Tampa", "St. Petersburg", "Key West", "Jacksonville"],
    "Georgia": ["Atlanta", "Savannah"],
    "Illinois": ["Chicago", "Peoria"],
    "Iowa": ["Des Moines"],
    "Louisiana": ["New Orleans", "Baton Rouge"],
    "Massachusetts": ["Boston", "Martha's Vineyard"],
    "Michigan": ["Detroit", "Grand Rapids", "Lansing"],
    "Minnesota": ["Minneapolis", "Duluth"],
    "Missouri": ["Kansas City", "St. Louis", "Branson"],
    "Nevada": ["Las Vegas", "Reno"],
    "New York": ["New York", "Buffalo", "Albany", "Rochester"],
    "North Dakota": ["Devils Lake", "Fargo"],
    "Ohio": ["Cleveland", "Columbus", "Cincinnati"],
    "Oregon": ["Bend", "Eugene"],
    "Pennsylvania": ["Philadelphia", "Pittsburgh", "Erie", "Reading"],
    "Tennessee": ["Nashville", "Memphis", "Knoxville"],
    "Texas": ["Austin", "Dallas", "Houston", "San Antonio", "El Paso"],
    "Utah": ["Salt Lake City", "Provo", "Moab"],
    "Washington": ["Seattle", "Spokane"],
}
_EUROPEAN = {
    ("Lazio", "IT"): ["Rome"],
    ("Tuscany", "IT"): ["Florence", "Pisa"],
    ("Veneto", "IT"): ["Venice", "Verona"],
    ("Lombardy", "IT"): ["Milan"],
    ("Île-de-France", "FR"): ["Paris"],
    ("Provence", "FR"): ["Nice", "Marseille"],
    ("England", "GB"): ["London", "Bath"],
    ("Catalonia", "ES"): ["Barcelona"],
    ("Bavaria", "DE"): ["Munich"],
}
CITIES = (
    *(City(name, name, region, "US") for region, names in _AMERICAN.items() for name in names),
    City("Portland, Maine", "Portland", "Maine", "US"),
    City("Portland, Oregon", "Portland", "Oregon", "US"),
    *(City(name, name, region, country) for (region, country), names in _EUROPEAN.items() for name in names),
)
CUISINES = (
    "American",
    "Chinese",
    "French",
    "Indian",
    "Italian",
    "Mediterranean",
    "Mexican",
    "Japanese",
    "Thai",
    "Seafood",
    "BBQ",
    "Fast Food",
    "Cafe",
)
SIGHTS = {
    "Paris": ["Louvre Museum", "Eiffel Tower", "Musée d'Orsay"],
    "Rome": ["Colosseum", "Trevi Fountain", "Vatican Museums"],
    "Chicago": ["Art Institute of Chicago", "Willis Tower", "Millennium Park"],
    "Seattle": ["Space Needle", "Pike Place Market"],
    "Washington": ["Washington Monument", "Lincoln Memorial"],
}
GAZETTEER = Gazetteer(CITIES, CUISINES)
GAZETTEER_WITH_SIGHTS = Gazetteer(CITIES, CUISINES, lambda city: SIGHTS.get(city, []))
