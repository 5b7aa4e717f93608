"""The sixty people of Van Houten NV, its guests, and one who left.

One line each: key | name | title | department | place | language | manager | pronouns | face | about me.
The key is what the story calls them. A face is drawn where a letter stands (see `pictures.face`); else initials do.
"""

from __future__ import annotations

from dataclasses import dataclass

DOMAIN = "vanhouten.example"

#: What may be done beyond being there.
ADMINS = ("karel", "ines")
MODERATORS = ("nele",)
EDITORS = ("jonas", "hanne", "bart", "anke", "lien")
#: Guests: where they come from.
GUESTS = {"marek": "nordwind.example", "giulia": "alpina-trasporti.example", "pieter": "studio-vermeer.example"}
#: Has left the company.
FORMER = "wout"

ZONES = {
    "Utrecht": "Europe/Amsterdam",
    "Rotterdam": "Europe/Amsterdam",
    "Venlo": "Europe/Amsterdam",
    "Duisburg": "Europe/Berlin",
    "Köln": "Europe/Berlin",
    "Hamburg": "Europe/Berlin",
    "Lille": "Europe/Paris",
    "Lyon": "Europe/Paris",
    "Lisbon": "Europe/Lisbon",
    "Singapore": "Asia/Singapore",
    "Gdańsk": "Europe/Warsaw",
    "Verona": "Europe/Rome",
}

_TABLE = """
karel | Karel Brants | CEO | Management | Antwerp | nl | | he/him | | Started here in 1994 on the night shift. Still the best job I ever had.
sabine | Sabine De Wolf | Chief operating officer | Management | Antwerp | nl | karel | she/her | f | Trains, tides and timetables. Ask me about the depot.
amira | Amira Saïdi | Customer care lead | Customer care | Ghent | fr | sabine | she/her | | Ten years at the phone and still curious who calls next.
mehdi | Mehdi El Amrani | Chief financial officer | Management | Antwerp | fr | karel | he/him | m | Numbers by day, marathons by weekend.
tom | Tom Verhaegen | Sales manager Benelux | Sales | Brussels | nl | karel | he/him | | Coffee first, then quotes.
ines | Ines Vermeulen | IT manager | IT | Antwerp | nl | sabine | she/her | f | If it has a cable, or should have one, it is mine.
jonas | Jonas Peeters | Support engineer | IT | Antwerp | nl | ines | he/him | | Scanners, handhelds, printers, in this order of difficulty. Post in **IT Helpdesk** first: someone else may have the same question.
hanne | Hanne Wouters | Head of people | People & culture | Antwerp | nl | karel | she/her | f | My door is open on Tuesday afternoons, also the one in the video call.
bart | Bart Claessens | Head of product | Product | Antwerp | nl | sabine | he/him | m | We are not our users. So I ask them.
priya | Priya Raman | Systems engineer | IT | Utrecht | en | ines | she/her | f | Backups, and backups of the backups.
stijn | Stijn Goossens | Network engineer | IT | Antwerp | nl | ines | he/him | m | It is never the network. Except last March.
els | Els Van Damme | Customer care agent | Customer care | Ghent | nl | amira | she/her | f |
thomas | Thomas Lefèvre | Chargé de clientèle | Customer care | Lille | fr | amira | il/lui | m | Le client a presque toujours raison.
lotte | Lotte Maes | Product designer | Product | Antwerp | nl | bart | she/her | | Designs the driver app and the customer portal. Likes paper, pencils and *plain words*.
yara | Yara Haddad | UX researcher | Product | Brussels | fr | bart | she/her | f | I ride along with drivers twice a month. Best office I know.
ruben | Ruben Willems | Front-end developer | Product | Antwerp | nl | bart | he/him | m |
chiara | Chiara Rossi | Product designer | Product | Lisbon | en | bart | she/her | f | Remote since 2021. One hour behind you all.
noor | Noor van Dijk | Developer driver app | Product | Utrecht | nl | bart | they/them | f |
joke | Joke Hendrickx | Customer care agent | Customer care | Ghent | nl | amira | she/her | |
farid | Farid Benali | Customer care agent | Customer care | Ghent | fr | amira | he/him | m |
dries | Dries Lambrecht | Data analyst | Product | Ghent | nl | bart | he/him | |
sander | Sander de Vries | Account manager | Sales | Utrecht | nl | tom | he/him | m | Fietst alles onder de vijftig kilometer.
femke | Femke Jansen | Account manager | Sales | Utrecht | nl | tom | she/her | f | Flowers, fruit and everything else that cannot wait.
laurent | Laurent Dubois | Key account manager | Sales | Brussels | fr | tom | il/lui | m |
mieke | Mieke Aerts | Sales support | Sales | Antwerp | nl | tom | she/her | |
olivier | Olivier Marchand | Responsable commercial France | Sales | Lille | fr | karel | il/lui | m | Du Nord, et fier de l’être.
nele | Nele Claes | Internal communication | People & culture | Antwerp | nl | hanne | she/her | f | I look after this network: tell me what bothers you here.
koen | Koen Smets | Payroll | People & culture | Antwerp | nl | hanne | he/him | |
isabelle | Isabelle Fontaine | HR France | People & culture | Lille | fr | hanne | elle | f | Questions de congés ? Écrivez-moi, j’ai un tableau pour tout.
katja | Katja Brandt | HR Deutschland | People & culture | Duisburg | de | hanne | sie/ihr | f |
luc | Luc Janssens | Depot manager Antwerp | Operations | Antwerp | nl | sabine | he/him | m | Sixty-four people, eleven docks, one whistle.
greet | Greet Peeters | Shift leader early | Operations | Antwerp | nl | luc | she/her | f | Vroege vogel, al 22 jaar.
youssef | Youssef Amrani | Shift leader late | Operations | Antwerp | nl | luc | he/him | m |
kevin | Kevin Mertens | Forklift instructor | Operations | Antwerp | nl | luc | he/him | |
ann | Ann Verlinden | Safety adviser | Operations | Antwerp | nl | sabine | she/her | f | One near miss reported is one accident less.
rik | Rik Bogaerts | Warehouse lead | Operations | Antwerp | nl | luc | he/him | m |
fatma | Fatma Yıldız | Stock control | Operations | Antwerp | nl | luc | she/her | f | I count things so that you do not have to.
danny | Danny Cools | Maintenance | Operations | Antwerp | nl | luc | he/him | | Bel mij voor ge er zelf aan begint.
lien | Lien Vandenberghe | Transport planner | Planning | Antwerp | nl | sabine | she/her | f | Master of the Kennedy tunnel.
wim | Wim Dierckx | Transport planner | Planning | Antwerp | nl | lien | he/him | m |
agnes | Agnieszka Kowalska | Transport planner | Planning | Gdańsk | en | lien | she/her | f | Baltic and Nordic lanes.
henk | Henk Bakker | Planner Rotterdam | Planning | Rotterdam | nl | lien | he/him | |
jeroen | Jeroen Mulder | Driver | Drivers | Venlo | nl | lien | he/him | m | Venlo – Antwerpen – Lille, en weer terug.
sven | Sven Hoffmann | Driver | Drivers | Duisburg | de | anke | er/ihm | m |
patrick | Patrick Nijs | Driver trainer | Drivers | Antwerp | nl | lien | he/him | m | Thirty years on the road, no points lost.
zeynep | Zeynep Demir | Driver | Drivers | Antwerp | nl | lien | she/her | f | Elektrisch sinds dit voorjaar, nooit meer terug.
marc | Marc Delattre | Chauffeur | Drivers | Lille | fr | olivier | il/lui | |
anke | Anke Schneider | Niederlassungsleiterin | Operations | Duisburg | de | sabine | sie/ihr | f | Ruhrpott-Kind. Ich sage, was ich denke, meistens freundlich.
uwe | Uwe Krämer | Lagerleiter | Operations | Duisburg | de | anke | er/ihm | m | Dienstältester am Hafen. Fragt ruhig.
lena | Lena Vogt | Disponentin | Planning | Duisburg | de | anke | sie/ihr | f |
mustafa | Mustafa Öztürk | Schichtleiter | Operations | Duisburg | de | uwe | er/ihm | m |
jan | Jan Böhm | Zollsachbearbeiter | Customs | Köln | de | anke | er/ihm | | Zolltarifnummern aus dem Kopf. Fast alle.
birgit | Birgit Lang | Buchhaltung | Finance | Duisburg | de | mehdi | sie/ihr | f |
claire | Claire Moreau | Responsable d’exploitation | Operations | Lille | fr | olivier | elle | f | Quai 4, café sans sucre.
hugo | Hugo Petit | Exploitant transport | Planning | Lille | fr | claire | il/lui | m |
sylvie | Sylvie Garnier | Comptable | Finance | Lyon | fr | mehdi | elle | |
inge | Inge Thys | Accountant | Finance | Antwerp | nl | mehdi | she/her | f |
filip | Filip Maes | Purchasing | Finance | Antwerp | nl | mehdi | he/him | m | No relation of Lotte. We checked.
mei | Mei Tan | Sea freight agent | Planning | Singapore | en | lien | she/her | f | Your evening is my next morning.
evi | Evi Jacobs | Legal counsel | Management | Antwerp | nl | karel | she/her | |
marek | Marek Nowak | Dispatcher, Nordwind Spedition | | Hamburg | de | | he/him | |
giulia | Giulia Conti | Planner, Alpina Trasporti | | Verona | en | | she/her | |
pieter | Pieter Vermeer | Architect, Studio Vermeer | | Antwerp | nl | | he/him | |
wout | Wout De Backer | Transport planner | Planning | Antwerp | nl | lien | he/him | |
"""


@dataclass(frozen=True)
class Line:
    """One person of the table."""

    key: str
    name: str
    job_title: str
    department: str
    location: str
    language: str
    manager: str
    pronouns: str
    face: str
    bio: str

    @property
    def is_guest(self) -> bool:
        """Whether they come from another company."""
        return self.key in GUESTS

    @property
    def email(self) -> str:
        """Where they sign in: first.last at their company."""
        from core.text import handle_for

        return f"{handle_for(self.name, lambda _taken: False)}@{GUESTS.get(self.key, DOMAIN)}"

    @property
    def time_zone(self) -> str:
        """Their clock."""
        return ZONES.get(self.location, "Europe/Brussels")


def lines() -> list[Line]:
    """Everyone, managers before those whom they manage."""
    made = [Line(*(cell.strip() for cell in line.split("|"))) for line in _TABLE.strip().splitlines()]
    known = {line.key for line in made}
    ordered: list[Line] = []
    done: set[str] = {""}
    while len(ordered) < len(made):
        for line in made:
            if line.key not in done and line.manager in done:
                ordered.append(line)
                done.add(line.key)
        if not known - done:
            break
    return ordered
