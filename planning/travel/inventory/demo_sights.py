"""Well-known sights of the demo's cities: real names and places; hours, prices and ratings are made up."""

from dataclasses import dataclass

# Airport of the city, then its sights as name, kind, admission in dollars, latitude and longitude.
_SIGHTS = """
LGA|Statue of Liberty,landmark,25,40.689,-74.045|Central Park,park,0,40.783,-73.965
LGA|Metropolitan Museum of Art,museum,30,40.779,-73.963|Empire State Building,tower,44,40.748,-73.986
BOS|Freedom Trail,landmark,0,42.356,-71.062|Boston Common,park,0,42.355,-71.066
BOS|Museum of Fine Arts,museum,27,42.339,-71.094|Boston Public Garden,garden,0,42.354,-71.070
SFO|Golden Gate Bridge,landmark,0,37.820,-122.478|Alcatraz Island,castle,45,37.827,-122.423
SFO|Golden Gate Park,park,0,37.769,-122.483|Fisherman's Wharf,market,0,37.808,-122.418
LAX|Griffith Observatory,museum,0,34.118,-118.300|Getty Center,museum,0,34.078,-118.474
LAX|Santa Monica Pier,landmark,0,34.008,-118.498|Hollywood Walk of Fame,landmark,0,34.102,-118.327
SAN|Balboa Park,park,0,32.734,-117.145|San Diego Zoo,zoo,70,32.735,-117.149
SAN|Cabrillo National Monument,landmark,10,32.672,-117.241
MDW|Art Institute of Chicago,museum,32,41.880,-87.624|Millennium Park,park,0,41.883,-87.623
MDW|Navy Pier,landmark,0,41.892,-87.605
DCA|Lincoln Memorial,landmark,0,38.889,-77.050|National Air and Space Museum,museum,0,38.888,-77.020
DCA|United States Capitol,castle,0,38.890,-77.009
SEA|Space Needle,tower,39,47.620,-122.349|Pike Place Market,market,0,47.609,-122.341
MIA|Vizcaya Museum and Gardens,museum,25,25.744,-80.210|Bayfront Park,park,0,25.775,-80.186
LAS|Hoover Dam,landmark,15,36.016,-114.737|Red Rock Canyon,park,20,36.135,-115.427
MSY|French Quarter,landmark,0,29.958,-90.065|National WWII Museum,museum,33,29.943,-90.070
DEN|Denver Botanic Gardens,garden,15,39.732,-104.961|Red Rocks Park,park,0,39.665,-105.205
PHL|Liberty Bell,landmark,0,39.950,-75.150|Independence Hall,castle,0,39.949,-75.150
PHL|Philadelphia Museum of Art,museum,30,39.966,-75.181
ATL|Georgia Aquarium,zoo,45,33.763,-84.395|Piedmont Park,park,0,33.785,-84.374
HNL|Diamond Head,park,5,21.262,-157.806|Waikiki Beach,landmark,0,21.276,-157.827
HNL|Iolani Palace,castle,27,21.307,-157.859
HOU|Space Center Houston,museum,30,29.552,-95.098|Hermann Park,park,0,29.719,-95.391
SAT|The Alamo,landmark,0,29.426,-98.486|San Antonio River Walk,landmark,0,29.423,-98.485
AUS|Texas State Capitol,castle,0,30.275,-97.740|Zilker Park,park,0,30.267,-97.773
DAL|Dealey Plaza,landmark,0,32.779,-96.808|Dallas Museum of Art,museum,0,32.788,-96.801
PDX|International Rose Test Garden,garden,0,45.519,-122.705|Pittock Mansion,castle,16,45.525,-122.716
STL|Gateway Arch,tower,19,38.625,-90.185
YTZ|CN Tower,tower,33,43.643,-79.387|Royal Ontario Museum,museum,20,43.668,-79.395
YUL|Notre-Dame Basilica,church,12,45.504,-73.556|Mount Royal Park,park,0,45.504,-73.587
YVR|Stanley Park,park,0,49.302,-123.142|Capilano Suspension Bridge,landmark,50,49.343,-123.115
MEX|Chapultepec Castle,castle,5,19.420,-99.182|National Museum of Anthropology,museum,5,19.426,-99.186
GIG|Christ the Redeemer,landmark,20,-22.952,-43.210|Sugarloaf Mountain,tower,28,-22.949,-43.154
AEP|Teatro Colon,castle,20,-34.601,-58.383|Plaza de Mayo,landmark,0,-34.608,-58.372
LIM|Larco Museum,museum,10,-12.072,-77.071
LCY|Tower of London,castle,43,51.508,-0.076|British Museum,museum,0,51.519,-0.127
LCY|Hyde Park,park,0,51.507,-0.166|London Eye,tower,40,51.503,-0.119
EDI|Edinburgh Castle,castle,25,55.949,-3.200|Arthur's Seat,park,0,55.944,-3.162
DUB|Dublin Castle,castle,8,53.343,-6.267|Phoenix Park,park,0,53.356,-6.330
ORY|Louvre Museum,museum,22,48.861,2.336|Eiffel Tower,tower,30,48.858,2.294
ORY|Orsay Museum,museum,17,48.860,2.327|Luxembourg Gardens,garden,0,48.846,2.337
NCE|Promenade des Anglais,landmark,0,43.694,7.258
MAD|Prado Museum,museum,15,40.414,-3.692|Retiro Park,park,0,40.415,-3.684
MAD|Royal Palace of Madrid,castle,14,40.418,-3.714
BCN|Sagrada Familia,church,26,41.404,2.174|Park Guell,garden,10,41.414,2.153
BCN|Picasso Museum,museum,14,41.385,2.181
SVQ|Seville Cathedral,church,12,37.386,-5.993|Royal Alcazar of Seville,castle,15,37.384,-5.990
LIS|Belem Tower,tower,8,38.692,-9.216|Jeronimos Monastery,church,12,38.698,-9.206
CIA|Colosseum,castle,18,41.890,12.492|Pantheon,church,5,41.899,12.477
CIA|Trevi Fountain,landmark,0,41.901,12.483|Borghese Gallery,museum,15,41.914,12.492
LIN|Milan Cathedral,church,10,45.464,9.192|Sforza Castle,castle,6,45.470,9.179
VCE|Doge's Palace,castle,30,45.434,12.340|Rialto Bridge,landmark,0,45.438,12.336
FLR|Uffizi Gallery,museum,25,43.768,11.255|Florence Cathedral,church,0,43.773,11.256
FLR|Ponte Vecchio,landmark,0,43.768,11.253|Boboli Gardens,garden,10,43.762,11.249
NAP|National Archaeological Museum,museum,22,40.853,14.250
BER|Brandenburg Gate,landmark,0,52.516,13.378|Reichstag Building,tower,0,52.519,13.376
BER|East Side Gallery,landmark,0,52.505,13.440
MUC|Marienplatz,landmark,0,48.137,11.575|English Garden,park,0,48.164,11.605
MUC|Deutsches Museum,museum,15,48.130,11.583
CGN|Cologne Cathedral,church,0,50.941,6.958
AMS|Rijksmuseum,museum,22,52.360,4.885|Van Gogh Museum,museum,22,52.358,4.881
AMS|Anne Frank House,museum,16,52.375,4.884|Vondelpark,park,0,52.358,4.869
BRU|Atomium,tower,16,50.895,4.341|Grand Place,landmark,0,50.847,4.352
VIE|Schonbrunn Palace,castle,26,48.185,16.312|St. Stephen's Cathedral,church,0,48.208,16.373
SZG|Hohensalzburg Fortress,castle,15,47.795,13.047|Mirabell Gardens,garden,0,47.806,13.042
PRG|Prague Castle,castle,15,50.090,14.400|Charles Bridge,landmark,0,50.086,14.411
BUD|Buda Castle,castle,0,47.496,19.040|Hungarian Parliament Building,castle,18,47.507,19.046
ATH|Acropolis,castle,20,37.971,23.726|Ancient Agora,castle,10,37.975,23.722
CPH|Tivoli Gardens,garden,22,55.674,12.568|Nyhavn,landmark,0,55.680,12.591
BMA|Vasa Museum,museum,17,59.328,18.091|Skansen,zoo,20,59.327,18.104
OSL|Vigeland Park,park,0,59.927,10.701
IST|Hagia Sophia,church,25,41.009,28.980|Topkapi Palace,castle,30,41.012,28.983
IST|Grand Bazaar,market,0,41.011,28.968
CAI|Egyptian Museum,museum,12,30.048,31.233|Pyramids of Giza,castle,15,29.979,31.134
CPT|Table Mountain,tower,25,-33.957,18.403|Kirstenbosch Botanical Garden,garden,12,-33.988,18.432
DXB|Burj Khalifa,tower,45,25.197,55.274
DEL|Red Fort,castle,7,28.656,77.241|India Gate,landmark,0,28.613,77.230
BOM|Gateway of India,landmark,0,18.922,72.835
DMK|Grand Palace,castle,15,13.750,100.491|Wat Arun,church,6,13.744,100.489
SIN|Gardens by the Bay,garden,25,1.282,103.864|Singapore Botanic Gardens,garden,0,1.314,103.816
HKG|Victoria Peak,landmark,0,22.276,114.146
PEK|Forbidden City,castle,9,39.916,116.397|Temple of Heaven,church,5,39.882,116.407
PVG|The Bund,landmark,0,31.240,121.490|Yu Garden,garden,6,31.227,121.492
GMP|Gyeongbokgung Palace,castle,3,37.580,126.977|N Seoul Tower,tower,15,37.551,126.988
HND|Senso-ji Temple,church,0,35.715,139.797|Tokyo Skytree,tower,20,35.710,139.811
HND|Meiji Shrine,church,0,35.676,139.699
ITM|Osaka Castle,castle,5,34.687,135.526
SYD|Sydney Opera House,castle,30,-33.857,151.215|Sydney Harbour Bridge,landmark,0,-33.852,151.211
SYD|Royal Botanic Garden,garden,0,-33.864,151.217
MEL|Federation Square,landmark,0,-37.818,144.969|National Gallery of Victoria,museum,0,-37.823,144.969
"""


@dataclass(frozen=True, slots=True)
class Sight:
    """Something to visit: its kind says when it is open."""

    name: str
    kind: str
    price_cents: int
    latitude: float
    longitude: float


def demo_sights() -> dict[str, list[Sight]]:
    """Return the well-known sights by the airport of their city."""
    found: dict[str, list[Sight]] = {}
    for line in filter(None, _SIGHTS.split("\n")):
        airport, *entries = line.split("|")
        for name, kind, dollars, latitude, longitude in (entry.split(",") for entry in entries):
            sight = Sight(name, kind, 100 * int(dollars), float(latitude), float(longitude))
            found.setdefault(airport, []).append(sight)
    return found
