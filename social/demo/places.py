"""The twelve groups of Van Houten NV: what they are for, who began them and who is in them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """One group. `members` are keys of people; the first of `owners` made it."""

    key: str
    name: str
    description: str
    owners: tuple[str, ...]
    members: tuple[str, ...]
    moderators: tuple[str, ...] = ()
    privacy: str = "public"
    join: str = "open"
    history: str = "all"
    archived: bool = False
    cover: str = ""
    rules: str = ""
    posting: str = "all"
    # Who comes after its owners.
    successor: str = ""
    # Whether every colleague is in it, or those of some departments and places.
    enrolment: str = ""
    departments: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    # On which shelf of the directory it stands.
    category: str = ""


_DEPOT = "luc greet youssef kevin ann rik fatma danny patrick zeynep lien wim sabine karel jonas filip pieter inge nele"
_SALES = "tom sander femke laurent mieke olivier amira lotte bart karel mehdi dries"
_PRODUCT = "lotte bart yara ruben chiara noor dries amira jonas tom patrick sabine inge evi ann thomas"
_HELPDESK = (
    "jonas ines priya stijn amira els joke farid thomas lotte ruben noor luc greet rik fatma lien wim tom mieke anke uwe "
    "claire hugo inge koen sven jeroen zeynep nele henk patrick dries agnes"
)
_COFFEE = (
    "nele lotte jonas amira tom femke sander yara chiara ruben kevin greet youssef danny koen inge filip hanne els joke "
    "lien wim priya stijn mei karel noor dries patrick zeynep laurent evi agnes bart mehdi wout"
)
_ROUTES = "lien wim agnes henk mei lena hugo jeroen sven patrick zeynep marc sabine dries noor"

PLACES = (
    Place(
        "depot",
        "Antwerp depot",
        "Everything about the depot on the Noorderlaan: the move, the shifts, the docks and who has the key.",
        ("luc", "sabine"),
        tuple(_DEPOT.split()),
        ("greet",),
        cover="depot",
        category="Places",
    ),
    Place(
        "helpdesk",
        "IT Helpdesk",
        "Ask here first. Someone has had the same problem, and the answer stays findable.",
        ("jonas",),
        tuple(_HELPDESK.split()),
        ("priya",),
        rules="One problem, one post. Say which device and what it shows. Mark the answer that helped.",
        successor="priya",
        enrolment="mandatory",
        category="Help",
    ),
    Place(
        "sales",
        "Sales Benelux",
        "Quotes, tenders and customers of Belgium, the Netherlands and Luxembourg.",
        ("tom",),
        tuple(_SALES.split()),
        ("mieke",),
        privacy="private",
        join="request",
        category="Teams",
    ),
    Place(
        "design",
        "Product design",
        "Driver app, customer portal, labels on boxes: sketches, tests with users and decisions.",
        ("bart", "chiara"),
        tuple(_PRODUCT.split()),
        cover="sketch",
        category="Teams",
    ),
    Place(
        "reorg",
        "Reorg 2027",
        "Preparing the new set-up of operations. Please keep it here until the works council has met.",
        ("sabine",),
        tuple("sabine karel mehdi hanne ines bart tom luc anke claire lotte evi".split()),
        privacy="private",
        join="invite",
        history="joining",
    ),
    Place(
        "coffee",
        "Coffee corner",
        "Nothing useful. Bikes, cake, dogs, football.",
        ("nele",),
        tuple(_COFFEE.split()),
        rules="Be kind. Sell your bike, not your business. Cake is announced before ten.",
        enrolment="default",
        category="For fun",
    ),
    Place(
        "routes",
        "Route planning",
        "Lanes, closures, slots and tides. Partners who drive with us are guests here.",
        ("lien",),
        (*_ROUTES.split(), "marek", "giulia", "wout"),
        ("henk",),
        cover="map",
        category="Teams",
    ),
    Place(
        "duisburg",
        "Niederlassung Duisburg",
        "Alles rund um Hafen, Halle und Hof in Duisburg.",
        ("anke",),
        tuple("anke uwe lena mustafa jan birgit katja sven sabine inge sylvie".split()),
        ("uwe",),
        category="Places",
    ),
    Place(
        "lille",
        "Équipe Lille",
        "La vie de l’agence de Lille : quais, plannings et bons plans.",
        ("claire",),
        tuple("claire hugo thomas olivier marc isabelle sylvie amira mehdi".split()),
        enrolment="default",
        locations=("Lille", "Lyon"),
        category="Places",
    ),
    Place(
        "people",
        "People & culture",
        "Questions about pay, leave, training and how we work together.",
        ("hanne",),
        tuple("hanne nele koen isabelle katja ann lotte amira luc evi mehdi priya zeynep dries inge".split()),
        category="Help",
    ),
    Place(
        "nightjar",
        "Project Nightjar",
        "Strictly for the people named. Do not forward.",
        ("karel",),
        tuple("karel mehdi evi sabine".split()),
        ("mehdi", "evi"),
        posting="leads",
        privacy="secret",
        join="invite",
    ),
    Place(
        "party",
        "Summer party 2026",
        "From sack race to silent disco. Thank you all, see you next year.",
        ("nele",),
        tuple("nele hanne lotte tom kevin youssef amira chiara koen femke wout".split()),
        archived=True,
        category="For fun",
    ),
)
