"""Invented patients and staff of an invented practice."""

from __future__ import annotations


def _words(line: str) -> list[str]:
    return line.split()


WOMEN = {
    "en": _words(
        "Alice Carmen Edith Grace Imogen Keira Maeve Olive Rosa Tamsin Violet Yusra Bridget Delphine Fiona Hester Isla"
    ),
    "de": _words("Annegret Dörte Heike Katja Marlene Sigrid"),
    "fr": _words("Aurélie Clémence Élodie Hélène"),
    "es": _words("Begoña Cayetana Jimena Nuria Soledad"),
    "it": _words("Beatrice Ginevra Ornella"),
    "nl": _words("Anouk Femke Lieke"),
}
MEN = {
    "en": _words(
        "Ben Dilip Farid Hugo Joel Liam Nasir Perry Quentin Stefan Umar Wesley Zack Callum Errol Gareth Jasper"
    ),
    "de": _words("Björn Fabian Jannik Lukas Ruprecht Torben"),
    "fr": _words("Benoît Didier Gaspard Mathieu"),
    "es": _words("Álvaro Cayo Elías Ramiro Íñigo"),
    "it": _words("Alessio Fulvio Loris"),
    "nl": _words("Bram Joris Sjoerd"),
}
FAMILY = {
    "en": _words(
        "Ashdown Bellamy Chowdhury Dunmore Ellery Fairweather Ganguly Holloway Inskip Jessop Kavanagh Lomax Mbeki "
        "Northcott Osei Pemberton Quill Rahman Standish Thackray Underhill Vasquez Wainwright Yardley Zielinski "
        "Arkwright Birtles Cobham Drummond Eastwick Fenner Goddard Hargreave Ibbotson"
    ),
    "de": _words(
        "Achterberg Brinkmann Dietzel Eichhorn Grabowski Hollmann Kettler Lindqvist Niemeyer Pfannkuch"
    ),
    "fr": _words("Arnoult Bressoud Carlier Delmas Fontanel Guichard Lacombe Rouvière"),
    "es": _words("Aguirre Bermejo Cifuentes Escudero Landaburu Montalbán Quesada Zurita"),
    "it": _words("Bonfanti Cattaneo Dallapiccola Ferraris Mastroianni Zanetti"),
    "nl": _words("Bakker Dijkstra Hoekstra Kuipers Terpstra Wiersma"),
}
DOCTORS = _words(
    "Okafor Sommer Iversen Haddad Prentice Quiroga Albrecht Novak Tamura Lindgren Oyelaran Castellan Brandt Moreau"
)
FIRST_NAMED = _words("Jonas Mette Samira Pavel Ines Kofi Lotte Dario")
"""Physiotherapists and hygienists, whom everybody calls by their first name."""
