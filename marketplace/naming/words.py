"""The words of an organisation's name, however somebody typed them. Pure; imports nothing of ours.

>>> fold("St. Mary's Med Ctr, Inc.")
('saint', 'mary', 'medical', 'center')
>>> fold("S U N Y Upstate Univ. Hosp.")
('state', 'university', 'of', 'new', 'york', 'upstate', 'university', 'hospital')
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SAME = """
hosp hosps hos hospi hosptal ho = hospital
ctr cntr centr centre centro cente = center
med medcl medic = medical
reg regl rgnl = regional
comm cmty commty cmnty = community
rehab rehabilitative reha rehabilitacion = rehabilitation
behav bhvl behavior behavioural bh = behavioral
univ universitario = university
mem meml mmrl = memorial
co cnty cty = county
st sta ste santo = saint
mt mtn mount mountain = mountain
ft = fort
gen genl = general
psych psychiatry = psychiatric
sys sytem = system
spec splty speciality = specialty
inst institut = institute
svc svcs srvs srvcs servs = services
orthopaedic ortho = orthopedic
paediatric peds = pediatric
trtmt trmt = treatment
mtl = mental
dist = district
assoc assn = association
natl = national
sq = square
pres = presbyterian
meth = methodist
jt = joint
emer emerg er = emergency
hlth hth = health
surg = surgical
womens womans = women
childrens = children
vets = veterans
clin = clinic
nw = north west
ne = north east
sw = south west
se = south east
northwest = north west
northeast = north east
southwest = south west
southeast = south east
northwestern = north western
northeastern = north eastern
southwestern = south western
southeastern = south eastern
so = south
no = north
ny = new york
nyc = new york city
nyp = new york presbyterian
nys = new york state
okc = oklahoma city
suny = state university of new york
iu = indiana university
mc = medical center
rmc = regional medical center
vamc = veterans medical center
va = veterans
uscg = coast guard
usc = university of southern california
healthcare = health care
healthsystem = health system
"""
SAME = {
    word: tuple(right.split())
    for left, right in (line.split(" = ") for line in _SAME.strip().splitlines())
    for word in left.split()
}
#: Words that say nothing about who it is.
EMPTY = frozenset(
    "the a an of at and in on for by d b dba fka aka us "
    "inc incorporated llc llp lp ltd pllc pc corp corporation company cah".split()
)
#: What a word tells, where it tells less than a name does (1).
WEIGHTS = {
    **dict.fromkeys("hospital medical center health care system facility".split(), 0.12),
    **dict.fromkeys("de del la los las el".split(), 0.1),
    **dict.fromkeys("clinic services group institute campus unit department".split(), 0.25),
    **dict.fromkeys("regional community general county city district area saint association".split(), 0.3),
    **dict.fromkeys("memorial university state national specialty surgical surgery medicine".split(), 0.4),
    **dict.fromkeys("north south east west central western eastern northern southern".split(), 0.5),
    **dict.fromkeys("rehabilitation behavioral psychiatric mental children women cancer heart".split(), 0.55),
    **dict.fromkeys("orthopedic treatment emergency imaging physicians practice".split(), 0.55),
    **dict.fromkeys("veterans valley new mountain river lake".split(), 0.6),
    # names of large systems: they stand on many entries of one place
    **dict.fromkeys(
        "mercy baptist methodist ascension encompass kindred select providence adventhealth upmc hca "
        "kaiser banner sanford chi christus sutter baylor scott white avera mayo geisinger presbyterian "
        "adventist va ssm intermountain prime tenet uhs lifepoint aurora texas florida".split(),
        0.7,
    ),
}
_CLOSE = frozenset("ss us is os as".split())


@lru_cache(maxsize=100_000)
def fold(name: str) -> tuple[str, ...]:
    """The words of `name`: without case, accents, signs, plurals, company forms; abbreviations spelt out."""
    plain = unicodedata.normalize("NFKD", name.replace("&", " and ")).encode("ascii", "ignore").decode()
    plain = re.sub(r"['`’]", "", plain.lower())
    plain = re.sub(r"\b(?:[a-z][ .]+){2,}[a-z]\b", lambda m: re.sub(r"[ .]", "", m.group()), plain)
    found = [part for word in re.findall(r"[a-z0-9]+", plain) for part in SAME.get(word, (word,))]
    return tuple(_singular(word) for word in found if word not in EMPTY) or tuple(found)


def weight(word: str) -> float:
    """How much `word` tells about who it is."""
    return WEIGHTS.get(word, 0.3 if len(word) < 2 or word.isdigit() else 1.0)


@lru_cache(maxsize=50_000)
def grams(word: str) -> frozenset[str]:
    """The runs of three signs of a word with its ends marked."""
    marked = f"^{word}$"
    return frozenset(marked[at : at + 3] for at in range(len(marked) - 2))


def _singular(word: str) -> str:
    if word in WEIGHTS or len(word) < 5 or not word.endswith("s") or word[-2:] in _CLOSE:
        return word
    return word[:-1]
