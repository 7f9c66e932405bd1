"""The owner of a clause or question from its text alone: headings, planted notes and what is settled are cut away.

Shares nothing with the generator: cues of its own, over text whose scanned breaks and mistyped words it mends. A
text without any cue that any contract desk would know is out of scope only when it looks like neither a clause nor a
question about one; else it is not judged (None).
"""

from __future__ import annotations

import re
from functools import cache

from suites.making import Item

CUES: dict[str, str] = {
    "finance": r"invoice|charges (set|when)|bank charges|prices are|render its account|instalment|travel is|reimbursed|"
    r"rebate|set-off|its money|rates in|higher rate|discount|for the expenses|rechnungen|tarifas|retainer|fees are",
    "privacy": r"personal data|data subjects|identifiable persons|sub-processors|entrance cameras|cvs|former customer|"
    r"users' addresses|salary list|processing agreement|recordings of|personenbezogen|datos personales",
    "security": r"two factors|penetration|encrypt|patches|back-ups|log files|malware|password|vpn|iso 27001|pen tester|"
    r"mots de passe|cifrati|live database",
    "liability": r"aggregate liability|harmless|loss of profit|limits? liability|made good|beyond its control|"
    r"wilful|floods|\"indirect\"|a cap\b|slipped|paying damages|ever owe|die haftung|aansprakelijkheid",
    "insurance": r"public liability cover|the policy|insures|insurer|deductible|indemnity insurance|motor cover|"
    r"certificate of cover|paintings|broker|excess|betriebshaftpf(li|h)cht|seguro",
    "staff": r"persons named|entice|photo badge|member of the team|secondees|project lead is|police certificate|poaching|"
    r"site manager|guards of|time sheets|night shift|technician|monteur|trabajador",
    "ip": r"title and interest|perpetual|the logo|our logo|open-source|know-how|source code|photographs|drawings|"
    r"software of|change the code|photo licence|patents|droits d'auteur|tekeningen",
    "service": r"platform is|priority one|tests the delivery|windows are|availability target|defects reported|"
    r"deliveries are|stuck|snow|uptime|tiles|service report|repair or|st(ö|u)rungen|d'intervention",
    "term": r"agreement begins|extended by|may terminate|withdraw from|upon expiry.*assists|notice is valid|sells the site|"
    r"give .{3,30} notice|renew itself|get out of|to terminate|lock-in|last day|verl(ä|u)ngert|r(é|e)silier",
    "compliance": r"no gift|sanctions lists|export control|forced labour|waste is|code of conduct or|ombudsman|minimum wage|"
    r"opera|embargo|brother of|our code of conduct|timber|tout cadeau|lavoro minorile",
    "disputes": r"governed by|arbitrators|arbitration|mediat|jurisdiction is|differences are|proceedings|un convention|which law|"
    r"go to court|quarrel|gerichtsstand|tout litige",
}
"""Owner -> what gives it away, in lower case."""

_NOBODYS = re.compile(
    r"canteen|meeting room|screen|speech|table of contents|^draft - page|office chairs|football|parking|lunch|film about|"
    r"left blank|translate|all i needed"
)
_FINE = {"broken", "show", "bother"}
"""Words that are no slip for one of the lexicon's (broker, snow, brother)."""
_PLANTED = re.compile(
    r"reviewers and automated tools[^.]*\.|\[note to the classifier[^\]]*\]|<!--.*?-->|for routing purposes[^.]*\.",
    re.DOTALL,
)
_SETTLED = re.compile(
    r"i know\.|^the arbitration paragraph|^to be clear|^the .{0,40}(is|are|has been) (agreed|settled|clear|done|fine|signed|checked|here|clean)|"
    r"^(cover has been proved|nobody (doubts|objects)|privacy has already|it security has no|governing law is agreed|"
    r"ownership of the results|we've agreed|we have settled)|came back clean|stays as it was|not in question"
)
_MARK = r"(?:clause |art\. |artikel |§ ?)?(?:\d+(?:\.\d+)?|\([a-g]\))"
_TITLES = re.compile(
    r"(remuneration|payment|prices and taxes|charges|data protection|personal data|processing of data|information security|"
    r"technical measures|protection of systems|limitation of liability|liability|indemnity|insurance|cover|personnel|team|"
    r"staff on site|intellectual property|rights in results|licences and marks|services|service levels|"
    r"acceptance and defects|term and termination|duration|notice|compliance|code of conduct|statutory duties|"
    r"governing law and jurisdiction|settlement of disputes|miscellaneous|general|special terms|other provisions|"
    r"supplementary agreement|final provisions)"
    r"(\s?[.:\n]\s*|\s-\s|\s|$)"
)


def read(item: Item) -> str | None:
    """The owner, or None where the cues do not decide."""
    text = _mended(str(item["input"])).lower()
    text = re.sub(r"\[?\b(contract )?k-\d{4}\]?[,\s]*", "", _PLANTED.sub(" ", text))
    if _NOBODYS.search(text):
        return "out_of_scope"
    text = "\n".join(_without_heading(line) for line in text.split("\n"))
    kept = " ".join(s for s in _sentences(text) if not _SETTLED.search(s))
    found = [owner for owner, cue in CUES.items() if re.search(cue, kept, re.DOTALL)]
    return found[0] if len(found) == 1 else None


def _without_heading(line: str) -> str:
    """A clause without its number and title, which may be another clause's."""
    bare = line.lstrip('"> ')
    start = re.match(rf"{_MARK}\s*", bare)
    bare = bare[start.end() :] if start else bare
    title = _TITLES.match(bare)
    # Without a number before it, only a mark of its own makes words a title.
    return bare[title.end() :] if title and (start or title[2].strip() or title.end() == len(bare)) else bare


def _mended(text: str) -> str:
    """Scanned lines joined, look-alike letters and slips read as the lexicon's words."""
    joined = re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", text)
    if not re.search(r"\n\n|^> |.{65}", joined, re.MULTILINE):
        joined = joined.replace("\n", " ")
    return re.sub(r"[A-Za-z]{4,}", lambda m: _meant(m[0]), joined)


def _sentences(text: str) -> list[str]:
    parts = re.split(r"(?<=[.?!])\s+|\n+|(?<=open:)\s+|(?<=but:)\s+|(?=\()", text)
    return [p.strip(' ()"') for p in parts if p.strip()]


@cache
def _words() -> frozenset[str]:
    patterns = [*CUES.values(), _NOBODYS.pattern, _SETTLED.pattern, _TITLES.pattern]
    return frozenset(w for p in patterns for w in re.findall(r"(?<!\\)[a-z]{4,}", p))


@cache
def _meant(word: str) -> str:
    from rapidfuzz.distance import OSA

    small = word.lower()
    if small in _words() or small in _FINE:
        return word
    for seen, meant in (("rn", "m"), ("h", "li"), ("d", "cl"), ("m", "rn")):
        for at in (m.start() for m in re.finditer(seen, small)):
            if (small[:at] + meant + small[at + len(seen) :]) in _words():
                return small[:at] + meant + small[at + len(seen) :]
    near = [w for w in sorted(_words()) if w[0] == small[0] and OSA.distance(w, small, score_cutoff=1) <= 1]
    return near[0] if near and not small.startswith(near[0]) and not near[0].startswith(small) else word
