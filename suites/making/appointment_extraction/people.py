"""Invented patients and staff of an invented practice."""

WOMEN = {
    "en": "Alice Carmen Edith Grace Imogen Keira Maeve Olive Rosa Tamsin Violet Yusra Bridget Delphine Fiona Hester Isla".split(),
    "de": "Annegret Dörte Heike Katja Marlene Sigrid".split(),
    "fr": "Aurélie Clémence Élodie Hélène".split(),
    "es": "Begoña Cayetana Jimena Nuria Soledad".split(),
    "it": "Beatrice Ginevra Ornella".split(),
    "nl": "Anouk Femke Lieke".split(),
}
MEN = {
    "en": "Ben Dilip Farid Hugo Joel Liam Nasir Perry Quentin Stefan Umar Wesley Zack Callum Errol Gareth Jasper".split(),
    "de": "Björn Fabian Jannik Lukas Ruprecht Torben".split(),
    "fr": "Benoît Didier Gaspard Mathieu".split(),
    "es": "Álvaro Cayo Elías Ramiro Íñigo".split(),
    "it": "Alessio Fulvio Loris".split(),
    "nl": "Bram Joris Sjoerd".split(),
}
FAMILY = {
    "en": (
        "Ashdown Bellamy Chowdhury Dunmore Ellery Fairweather Ganguly Holloway Inskip Jessop Kavanagh Lomax Mbeki "
        "Northcott Osei Pemberton Quill Rahman Standish Thackray Underhill Vasquez Wainwright Yardley Zielinski "
        "Arkwright Birtles Cobham Drummond Eastwick Fenner Goddard Hargreave Ibbotson"
    ).split(),
    "de": "Achterberg Brinkmann Dietzel Eichhorn Grabowski Hollmann Kettler Lindqvist Niemeyer Pfannkuch".split(),
    "fr": "Arnoult Bressoud Carlier Delmas Fontanel Guichard Lacombe Rouvière".split(),
    "es": "Aguirre Bermejo Cifuentes Escudero Landaburu Montalbán Quesada Zurita".split(),
    "it": "Bonfanti Cattaneo Dallapiccola Ferraris Mastroianni Zanetti".split(),
    "nl": "Bakker Dijkstra Hoekstra Kuipers Terpstra Wiersma".split(),
}
DOCTORS = (
    "Okafor Sommer Iversen Haddad Prentice Quiroga Albrecht Novak Tamura Lindgren Oyelaran Castellan Brandt Moreau"
).split()
FIRST_NAMED = "Jonas Mette Samira Pavel Ines Kofi Lotte Dario".split()
"""Physiotherapists and hygienists, whom everybody calls by their first name."""
