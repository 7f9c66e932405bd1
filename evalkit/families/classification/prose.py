"""Reads what a sentence affirms: the labels that it gives as the answer, and no others.

A label that is merely named is not an answer. A sentence counts when it is built like an answer in English or
German from its beginning to its end: "This is spam.", "I would classify it as spam, since …", "Refund, not
billing.", "Es handelt sich um Spam." Whatever is built otherwise affirms nothing, so that a negation, a question
or a supposition that nobody thought of is not credited either. The word lists below say what is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evalkit.families.classification.spelling import Spelling, Token
from evalkit.families.doubt import is_retracted
from evalkit.lazy import compile_when_used

_LABEL = "\ue000"
"""Stands for a label in a sentence."""
_WORD_LABEL = "\ue001"
"""Stands for a label that is an everyday word, a number or a single letter."""
_TORN = "\ue002"
"""Stands for a label that is a part of a longer word: `non-spam`, `spam.example`."""

_LONGEST_SENTENCE = 1_000
_MOST_SENTENCES = 500

_YES = frozenset({"yes", "true", "ja", "oui", "si", "sí", "sì", "sim", "да", "ναι", "نعم", "是", "はい"})
_NO = frozenset({"no", "false", "nein", "non", "não", "nee", "нет", "όχι", "لا", "否", "いいえ"})
_EVERYDAY = frozenset(
    {*_YES, *_NO, "maybe", "none", "other", "unknown", "nothing", "vielleicht", "keine", "keins", "andere"}
)
"""Labels that are ordinary words: most sentences that hold one say nothing by it."""


def _any(words: str) -> str:
    return "(?:" + "|".join(w.strip().replace(" ", r"[ ]") for w in words.split(",") if w.strip()) + ")"


_NEGATION = compile_when_used(
    r"\b(?:"
    r"not|cannot|\w+n't|no|never|none|nothing|nobody|nowhere|neither|nor|without|hardly|barely|scarcely|rarely"
    r"|seldom|free|lack\w*|devoid|absen\w+|fail\w*|ruled?|ruling|exclud\w+|exclusion|except\w*|excepting|save"
    r"|anything|unlikely|improbable|doubt\w*|deny|denie\w+|refut\w+|reject\w*|dismiss\w*|wrong\w*|incorrect\w*"
    r"|untrue|false\w*|mistak\w+|opposite|contrary|far|other than|rather than|instead|away|avoid\w*|least"
    r"|longer|little|low|lowest|zero|few|negat\w+|impossible|inaccurate\w*|mislabel\w*|misclassif\w*"
    r"|contradict\w*|unrelated|anti|non|un|nope|nah|neg"
    r"|nicht\w*|kein\w*|nie|niemals|niemand|nirgend\w*|weder|ohne|kaum|statt|anstatt|anstelle|außer|ausser"
    r"|ausgeschlossen|ausschlie\w+|falsch\w*|unwahrscheinlich\w*|unmöglich\w*|gegenteil|alles andere|frei|fern"
    r"|fehl\w+|mitnichten|keinesfalls|keineswegs|unzutreffend\w*|verneine?\w*|ablehn\w+|nö|nee|ne"
    r"|niet|geen|pas|jamais|aucune?|sans|nunca|ningún|ninguna?|sin|tampoco|senza|nessun\w*|não|nenhum\w*|sem"
    r"|ikke|ingen|inte|inget|nem|nincs|hayır|değil|tidak|bukan|không"
    r")\b|~~|≠|¬|[❌✗✘✖⛔🚫👎❎]"
)
"""Words that take back or keep off what stands beside them, in English and German; and the commonest of other
languages, so that a sentence that mixes them is not read."""

_SUPPOSITION = compile_when_used(
    r"\?|\b(?:"
    r"if|unless|whether|could|might|may|can't tell|suppos\w+|assum\w+|hypothetical\w*|pretend\w*|imagin\w+|either|or"
    r"|versus|vs|between|unclear|uncertain|unsure|undecided|ambiguous|options?|choices?|possib\w+|example|e\.g|instance|sample"
    r"|template|format|instruct\w*|asked|question is|says?|said|claim\w*|thinks|thought|believes|believed|argues?|argued"
    r"|suggest\w*|assumes|guess\w*|so-called|alleged\w*|supposedly|pretends?|jok\w+|kidding|as though|as if"
    r"|should have|would have|were|had been|used to|until|before|previous\w*|formerly|once|initially|originally"
    r"|at first|first glance|candidates?|labels are|categories|everyone|everybody|anyone|someone|people|others|some"
    r"|nobody|who|why|how|sure that|unconvinced|debat\w+|dispute\w*|wonder\w*|hope\w*|wish\w*|pending|compared"
    r"|wenn|falls|sofern|ob|könnt\w*|wäre\w*|hätte\w*|würde\w*|vielleicht|möglich\w*|eventuell|entweder|oder"
    r"|zwischen|beispiel\w*|angeblich\w*|angenommen|behaupt\w*|sagt\w*|meint\w*|denkt|glaubt|unklar\w*|unsicher"
    r"|früher|zunächst|zuerst|vorher|bisher|wer|warum|fragt?\w*|zweifel\w*|bezweif\w*"
    r")\b"
)
"""Words of questions, suppositions, quotations and open choices."""

_DISOWNED = compile_when_used(
    r"\b(?:lie[sd]?|lying|pretend\w*|wants? (?:us|me|you)|claim\w*|said|alleg\w*|so-called|suppos\w*|if|unless|lügt|behauptet)\b"
)
"""Words of an afterthought that leave a label to somebody else."""

_SPEAKING = compile_when_used(
    r"\b(?:the|this|that|it|its|is|a|an|and|of|to|in|i|you|he|she|they|we|for|with|by|so|was|has|are|as"
    r"|der|die|das|ist|ein|eine|und|zu|im|ich|es|sie|er|wir|für|mit|dem|den|des|von|wird|hat|sich)\b"
)

_ART = r"(?:(?:an?|the|this|that|eine?[mnrs]?|der|die|das|den|dem|des) )?"
_ADV = (
    r"(?:(?:clearly|definitely|obviously|certainly|plainly|undoubtedly|surely|likely|probably|most|very|quite|simply|just"
    r"|overwhelmingly|strongly|unmistakably|unambiguously|entirely|largely|generally|decidedly|essentially|basically|really|indeed|also|therefore|thus|best|mainly|mostly|primarily|overall|evidently|apparently|now|then|still|both"
    r"|eindeutig|klar|offensichtlich|sicher|sicherlich|wohl|wahrscheinlich|daher|also|somit|damit|hier|einfach|am"
    r"|ehesten|besten|vermutlich|zweifellos) )*"
)
_ADJ = (
    r"(?:(?:correct|right|best|proper|appropriate|suitable|final|overall|main|primary|given|whole|entire|incoming|most"
    r"|likely|provided|attached|fitting|matching|predicted|chosen|general|dominant|customer's|user's|sender's|richtige|korrekte|passende"
    r"|beste|zutreffende|vorliegende|obige|above|present|short|long|new) )*"
)
_NOUN_WORDS = (
    "texts?,messages?,mails?,emails?,e mails?,tickets?,reviews?,comments?,tweets?,posts?,documents?,clauses?,sentences?,"
    "passages?,statements?,questions?,requests?,quer(?:y|ies),cases?,items?,inputs?,answers?,labels?,category,categories,"
    "class,classes,classification,intents?,topics?,sentiment,tone,emotion,mood,language,queue,department,desk,verdict,"
    "decision,choice,option,result,conclusion,customer,user,sender,author,speaker,writer,reviewer,content,subject,entry,article,"
    "headline,product,issue,problem,matter,fit,match,prediction,type,kind,one,contract,letter,"
    "nachricht,mail,e mail,text,anfrage,frage,antwort,kategorie,klasse,label,bewertung,stimmung,beitrag,satz,klausel,"
    "thema,kunde,kundin,absender,verfasser,autor,dokument,brief,fall,vorgang,einordnung,ergebnis,entscheidung,anliegen"
)
_NOUN = _any(_NOUN_WORDS)
_NOUN_PHRASE = rf"(?:the|this|that|my|your|its|our|die|der|das|diese[rsnm]?|meine?|unsere?) {_ADJ}{_NOUN}"
_OF = rf"(?: (?:of|for|in|from|about|here|to|des|der|dieser|dieses|von|für|zu) (?:{_NOUN_PHRASE}|this|it|that)| here)*"
_SUBJECT = rf"(?:it|this|that|es|das|dies|dieses|hier|{_NOUN_PHRASE}{_OF})"
_SORTED = r"(?:classified|categori[sz]ed|labell?ed|tagged|filed|described|routed|assigned|sorted|placed|put|marked|read|seen|sent)"
_SORT = (
    r"(?:say|go|choose|chose|choosing|pick|picked|select|selected|assign|assigned|classify|classified|categori[sz]ed?"
    r"|label|labell?ed|call|tag|tagged|mark|marked|put|answer|conclude|opt|sort|route|file|place|describe|settle)"
)
_PREPOSITION = r"(?:as|under|to|into|in|with|for|on|about|that)"
_IS = (
    r"(?:is|'s|seems|seems to be|appears|appears to be|looks|looks like|sounds like|reads like|must be|should be|would be"
    r"|will be|has to be|remains|counts as|qualifies as|belongs to|belongs in|belongs into|belongs under|belongs with"
    r"|falls under|falls into|falls in|goes to|goes into|goes under|fits|fits into|fits in|matches|concerns|expresses"
    r"|shows|conveys|indicates|describes|contains|points to|is about|is all about|is asking for|is asking about|asks for"
    r"|asks about|wants|requests|needs|describes|reports|ist|lautet|heißt|gehört zu|gehört in|gehört zur|gehört zum"
    r"|fällt in|fällt unter|passt zu|passt in|betrifft|bleibt|wirkt|klingt nach|ist als|wird als|handelt sich um"
    rf"|handelt es sich um|handelt sich hier um|handelt sich hierbei um|(?:is|should be|can be|must be|would be) {_ADV}{_SORTED}(?: {_PREPOSITION})?)"
)
_PLACE = r"(?:(?:the |die |der |zur |zum )?(?:label|category|class|queue|department|desk|topic|intent|type|kategorie|klasse|rubrik) (?:: )?)?"
_FRAMES = (
    rf"{_SUBJECT} {_ADV}{_IS} (?:: )?{_ADV}(?:(?:to|as|in|into|under|about) )?{_ART}{_PLACE}{_ADV}"
    rf"|(?:it's|that's|this's) {_ADV}{_ART}"
    rf"|(?:looks|sounds|seems) like {_ART}|and is (?:therefore|thus|hence|clearly|so) {_ART}"
    rf"|(?:(?:{_SUBJECT} )?(?:is not|isn't|ist nicht|ist kein\w*|not|nicht|kein\w*)|it's not) {_ART}[{_LABEL}{_WORD_LABEL}](?: ,)?"
    rf" (?:but|sondern)(?: rather| it is| it's)? {_ART}"
    rf"|(?:they|he|she|customer|sender) (?:wants?|asks? for|requests?|needs?) {_ADV}(?:(?:their|his|her|a|an|the|some) )?"
    rf"|(?:i|we)(?:'d|'ll|'ve)?(?: (?:would|will|have|do|must))? {_ADV}{_SORT}(?: {_PREPOSITION})?"
    rf"(?: (?:it|this|that|them|{_NOUN_PHRASE}{_OF})(?: (?:is|as|in|into|under|to|belongs to|falls under))?)? (?:: )?{_ART}{_PLACE}{_ADV}"
    rf"|(?:ich|wir) (?:würde|werde|würden|ordne|stufe|wähle|nehme|antworte|sage)(?: (?:das|dies|es|sie|{_NOUN_PHRASE}))?"
    rf"(?: (?:als|in|zu|unter|mit|bei|der|die))? {_ART}{_PLACE}"
    rf"|(?:so|thus|therefore|hence|verdict|decision|conclusion|result|daher|also|somit|folglich|fazit|ergebnis) (?:[,:] )?{_ART}"
)
_MARK = f"[{_LABEL}{_WORD_LABEL}]"
_LIST = rf"{_MARK}(?:(?: ,)?(?: (?:and|as well as|plus|und|sowie|&))? {_ART}{_MARK})*"
_BEHIND = _any(
    _NOUN_WORDS
    + ",it is,einstufen,einordnen,klassifizieren,bezeichnen,zuordnen,eingestuft,einzuordnen,sagen,wählen,"
    "to me,here,now,then,in this case,overall,again,back"
)
_REASON = compile_when_used(
    r"(?:because|since|due to|given|considering|as (?:it|the|this|he|she|they|there)|weil|da|denn|wegen|aufgrund)\b"
)
_LEAD_INS = (
    r"(?:(?:so|thus|therefore|hence|overall|clearly|and|but|then|finally|okay|ok|well|sure|to me|in my opinion|in my view"
    r"|in conclusion|in summary|in short|after all|all in all|i think|i believe|i'd say|i would say|i conclude|we conclude"
    r"|i am (?:sure|confident|certain)|i'm (?:sure|confident|certain)|definitely|certainly|obviously|probably|most likely|likely|eindeutig|wahrscheinlich|option|choice|label|answer|in this case|given this|based on this|which means"
    r"|it follows|daher|also|somit|folglich|aber|und|ich denke|ich glaube|ich meine|meiner meinung nach|insgesamt)"
    r"(?: that| dass)?(?: [,:])? )*"
)
_BEFORE = compile_when_used(rf"(?P<in>{_LEAD_INS})(?P<frame>{_FRAMES})?(?:\( )?")
_TURN = compile_when_used(
    r"(?<=[,;:—] )|\b(?=(?:so|but|therefore|hence|thus|aber|also|daher|and is therefore|and is thus|and is hence|and is clearly|and is so) )"
)
_INSTEAD = r"(?:and not|not|rather than|instead of|as opposed to|nicht|statt|und nicht)"
_SAID = compile_when_used(
    rf"(?P<said>{_LIST})(?P<noun>(?: {_BEHIND}){{0,4}})(?= [.!,;:—()]|\Z| {_REASON.pattern}| {_INSTEAD} )"
)
_REVERSED = compile_when_used(
    rf"(?P<said>{_LIST})(?P<noun>)(?P<frame> (?:is|fits|seems|applies|matches|would be|looks|ist|passt|trifft)"
    rf"(?: {_ADV}(?:(?:the|my|a|die|das|der|meine?) )?{_ADJ}(?:{_NOUN}|best|right|correct|it|here|most likely|richtig|zu))?(?:{_OF})?)"
    r"(?= [.!,;]|\Z)"
)
_MOST_TURNS = 8
_MOST_MARKS = 12
_CONTRAST = compile_when_used(
    rf"(?:[,;—(] )?(?:and |but |und )?(?:not|rather than|instead of|nicht|statt|as opposed to) "
    rf"{_ART}(?:{_LIST}(?: (?:or|nor|oder) {_ART}{_MARK})*)(?: {_BEHIND})*(?: [)])?(?: [.!])*"
)
_AFTERTHOUGHT = compile_when_used(
    r"[,;:—(] (?:and |und )?(?:the|this|that|these|it|its|he|she|they|we|i|you|because|since|as|given|based|which|a|an|with|due"
    r"|so|there|case|item|der|die|das|dies\w*|es|er|sie|ich|weil|da|denn|mit|was|wie|customer|user|sender)\b"
)
_POLITE = compile_when_used(
    r"[,.!;:—] (?:i (?:can|cannot|will|won't|am|understand|see|know|have)|i'\w+|of course|sure|let|here|thanks?)\b"
)
_STILL = r"(?:(?:always|usually|often|indeed|really|definitely|certainly|clearly|so|doch|immer) )?"
_DENIES = compile_when_used(
    rf"[,.;:—(] {_ADV}(?:it|this|that|they|he|she|the \w+|es|das) {_STILL}(?:\w+n't|(?:does|do|did|is|are|was|has|have|can|will|would|should) not|(?:ist|hat|wird|tut) (?:es )?nicht)\b"
)
_AGREES = compile_when_used(
    rf"[,.;:—(] {_ADV}(?:it|this|that|they|he|she|the \w+|es|das) {_STILL}(?:does|do|did|is|are|was|has|have|can|will|would|should|ist|tut)(?: [.!,;)]|$)"
)
_NUMBER_BEHIND = compile_when_used(
    r". (?:\d|#|of\b|(?:one|two|three|four|five|six|seven|eight|nine|ten|eins|zwei|drei|vier|fünf|[ivxl]{1,5})(?: [.!]|$))"
)
"""What makes a "No." short for "number"."""

_BREAKS = compile_when_used(r"(?<=[.!?])(?=[\s\"'”’»)*_`]|\Z)|\n+")
_PUNCTUATION = compile_when_used(r"[^\s\"'“”„«»*_`\[\]{}|]")
_LETTERS = compile_when_used(r"\w|[IVXLC]{1,6}")
"""Labels that are only themselves as the set writes them: "a question" does not say A."""
_GLUE = frozenset("-_.'/\\")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with its labels marked."""

    text: str
    """Its words and punctuation, blanks between them; each label is a mark."""
    labels: tuple[str, ...]
    """The labels that the marks stand for, in their order."""


class ProseReader:
    """Reads sentences for the labels of one set."""

    def __init__(self, spelling: Spelling, phrases: Mapping[str, str], labels: Sequence[str]) -> None:
        self._spelling = spelling
        self._phrases = phrases
        self._lengths = _lengths_by_first_word(phrases)
        self._letters = {n for n in labels if _LETTERS.fullmatch(n)}
        self._only_letters = {spelling.key(n) for n in self._letters}

    def text(self, text: str) -> str:
        """Return all of a text with its labels marked."""
        return " ".join(s.text for s in self.sentences(text))

    def sentences(self, text: str) -> tuple[Sentence, ...]:
        """Return the sentences of a text, a line at most each."""
        folded = self._spelling.fold(text)
        cased = self._spelling.fold(text, case=True) if self._only_letters else folded
        found = _BREAKS.split(folded)[:_MOST_SENTENCES]
        written = _BREAKS.split(cased)[:_MOST_SENTENCES]
        if len(written) != len(found):
            written = found
        pairs = zip(found, written, strict=True)
        return tuple(self._marked(part, as_written) for part, as_written in pairs if part.strip())

    def _marked(self, folded: str, cased: str) -> Sentence:
        tokens = self._spelling.tokens(folded)
        written = [t.text for t in self._spelling.tokens(cased)] if self._only_letters else []
        parts: list[str] = []
        labels: list[str] = []
        at = end = 0
        while at < len(tokens):
            gap = folded[end : tokens[at].start]
            if gap not in ("", " ", "-"):
                parts += ["—" if mark == "-" else mark for mark in _PUNCTUATION.findall(gap)]
            if tokens[at].text not in self._lengths:
                parts.append(tokens[at].text)
                end = tokens[at].end
                at += 1
                continue
            length, label = self._phrase_at(tokens, at)
            last = at + length - 1
            if label is not None and tokens[at].text in self._only_letters and length == 1:
                # "a question", "I think": a letter is a label only as it is written in the set.
                as_written = written[at] if len(written) == len(tokens) else ""
                label = label if as_written in self._letters and not self._is_pronoun(tokens, at) else None
            if label is None:
                parts.append(tokens[at].text)
                last = at
            elif self._is_glued(folded, tokens, at, last):
                parts.append(_TORN)
            else:
                key = " ".join(t.text for t in tokens[at : last + 1])
                is_word = (
                    key in _EVERYDAY
                    or len(key) == 1
                    or key in self._only_letters
                    or not any(c.isalpha() for c in key)
                )
                parts.append(_WORD_LABEL if is_word else _LABEL)
                labels.append(label)
            end = tokens[last].end
            at = last + 1
        parts += _PUNCTUATION.findall(folded[end:])
        return Sentence(" ".join(parts), tuple(labels))

    def _phrase_at(self, tokens: Sequence[Token], at: int) -> tuple[int, str | None]:
        """Return how many words the longest label here has, and which it is; one word and none otherwise."""
        for length in self._lengths.get(tokens[at].text, ()):
            key = " ".join(t.text for t in tokens[at : at + length])
            if key in self._phrases and at + length <= len(tokens):
                return length, self._phrases[key]
        return 1, None

    @staticmethod
    def _is_pronoun(tokens: Sequence[Token], at: int) -> bool:
        """Tell whether an I goes on as "I think" does."""
        if tokens[at].text != "i" or at + 1 == len(tokens):
            return False
        goes_on = tokens[at + 1].start == tokens[at].end + 1
        return goes_on and tokens[at + 1].text not in (
            "and",
            "or",
            "because",
            "since",
            "is",
            "rather",
            "not",
            "und",
            "oder",
        )

    @staticmethod
    def _is_glued(folded: str, tokens: Sequence[Token], first: int, last: int) -> bool:
        before = folded[tokens[first - 1].end : tokens[first].start] if first else " "
        after = folded[tokens[last].end : tokens[last + 1].start] if last + 1 < len(tokens) else " "
        return _GLUE.issuperset(before) or _GLUE.issuperset(after)


def find_affirmed(sentence: Sentence, *, stated: bool = False, first: bool = False) -> tuple[str, ...]:
    """Return the labels that the sentence gives as the answer; empty when it affirms none.

    Args:
        sentence: The sentence.
        stated: Whether "Answer:" or the like stood before it, so that the label may stand alone in front.
        first: Whether it begins the text, where a label in front answers too.
    """
    text = sentence.text
    if not sentence.labels or len(text) > _LONGEST_SENTENCE or "?" in text or _TORN in text:
        return ()
    places = [m.start() for m in re.finditer(_MARK, text)]
    for number, place in enumerate(places[:_MOST_MARKS]):
        for turn in _turns(text[:place]):
            before = _BEFORE.fullmatch(text, turn, place)
            found = before and (
                _SAID.match(text, place) or (not before["frame"] and _REVERSED.match(text, place))
            )
            if not before or not found:
                continue
            frame = before["frame"] or found.groupdict().get("frame") or ""
            labels = sentence.labels[number : number + len(re.findall(_MARK, found["said"]))]
            if (
                (frame or ((stated or first) and not turn))
                and not (_WORD_LABEL in found["said"] and (found["noun"] or _ARTICLE_END.search(frame)))
                and _leads_in(text[:turn], before["in"], frame)
                and _ends(
                    text[found.end() :], labels, frame, found["said"], sentence.labels[number + len(labels) :]
                )
            ):
                return tuple(dict.fromkeys(labels))
    return ()


_ARTICLE_END = compile_when_used(r"\b(?:an?|the|eine?|der|die|das|their|his|her|some) $")


def _turns(before: str) -> list[int]:
    """Return where the clause may begin that leads to a label, the whole sentence first."""
    return [0, *(m.start() for m in _TURN.finditer(before) if m.start())][-_MOST_TURNS:]


def is_doubtful(text: str) -> bool:
    """Tell whether a marked text negates, asks, supposes or quotes."""
    return bool(_NEGATION.search(text) or _SUPPOSITION.search(text))


def speaks(text: str) -> bool:
    """Tell whether a marked text has words of English or German, whose negations are known."""
    return bool(_SPEAKING.search(text))


def _leads_in(lead: str, connective: str, frame: str) -> bool:
    """Tell whether what stands before a sentence's frame leaves it its meaning."""
    if not lead:
        return True
    if _SUPPOSITION.search(lead) or (re.search(_MARK, lead) and not frame):
        return False
    if not speaks(lead) and len(lead.split()) > 4:
        return False
    turns = re.match(r"(?:so|but|therefore|hence|thus|daher|aber|somit|folglich)\b", connective or frame)
    return bool(turns) or not _NEGATION.search(lead)


def _ends(tail: str, said: Sequence[str], frame: str, marks: str, later: Sequence[str]) -> bool:
    """Tell whether what stands behind a label leaves it its meaning."""
    tail = tail.strip()
    if re.fullmatch(r"[.! )(]*", tail):
        return True
    if is_retracted(tail) or _DISOWNED.search(tail):
        return False
    if said and len(said) == 1 and not frame and marks == _WORD_LABEL:
        key = said[0].casefold()
        if key in _YES or key in _NO:
            denied = key in _NO and any(n.casefold() in _YES for n in later)
            return not denied and _explains_yes_or_no(tail, is_yes=key in _YES)
    if _REASON.match(tail):
        return "?" not in tail
    if _CONTRAST.fullmatch(tail):
        return True
    if marks == _WORD_LABEL and not frame and (chosen := re.match(r"[).:—] (?P<rest>[^.]*)", tail)):
        return not is_doubtful(chosen["rest"]) and not re.search(_MARK, chosen["rest"])
    reason = re.match(rf"[,;—(] (?={_REASON.pattern})", tail)
    if reason:
        return True
    return bool(_AFTERTHOUGHT.match(tail)) and not is_doubtful(tail) and not re.search(_MARK, tail)


def contradicts(label: str, sentence: Sentence) -> bool:
    """Tell whether a sentence behind "Yes." or "No." says the contrary, or makes a number of it ("No. 5")."""
    key, text = label.casefold(), f". {sentence.text}"
    if key in _YES:
        return bool(_DENIES.match(text))
    return key in _NO and bool(_AGREES.match(text) or _NUMBER_BEHIND.match(text))


def _explains_yes_or_no(tail: str, *, is_yes: bool) -> bool:
    """Tell whether the words after a "yes" or "no" leave it standing: "No, it does not.", not "No, but yes"."""
    if not re.match(r"[,.!;:—] ", tail) or _POLITE.match(tail) or "?" in tail or not speaks(tail):
        return False
    if re.search(r"\b(?:if|unless|maybe|perhaps|vielleicht|wenn|falls)\b", tail):
        return False
    if re.search(
        rf"(?:[,.;:!—]|\b(?:but|and|or|also|rather|then|say|is|aber|und|oder)) {_WORD_LABEL}(?= ?[.,;:!)—]| but\b| and\b|$)",
        tail,
    ):
        return False
    if re.match(r"[,.!;:—] (?:\d|but|however|and|or|well|yet|though|aber|und|oder)\b", tail):
        return False
    return not (_DENIES.match(tail) if is_yes else _AGREES.match(tail))


def _lengths_by_first_word(phrases: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
    """First word -> how many words the phrases have that begin with it, longest first."""
    found: dict[str, set[int]] = {}
    for words in (p.split() for p in phrases):
        found.setdefault(words[0], set()).add(len(words))
    return {first: tuple(sorted(lengths, reverse=True)) for first, lengths in found.items()}


def mentions_alone(sentence: Sentence) -> bool:
    """Tell whether a sentence is a label by itself, or offers one: "No.", "Or ham?", "Maybe spam."."""
    return bool(
        re.fullmatch(
            rf"(?:— )*(?:(?:and|or|but|also|then|maybe|perhaps|und|oder|aber|so) )*{_MARK}[ .!?,]*",
            sentence.text,
        )
        or "?" in sentence.text
        or re.match(r"(?:or|maybe|perhaps|oder|vielleicht)\b", sentence.text)
    )


_ANNOUNCED = rf"(?:here(?:'s| is) )?(?:(?:the|my|our|its|your|predicted|die|meine) )?{_ADJ}[^ ]+(?: {_OF})?(?: (?:is|are|would be|ist|lautet))?(?: ?[:=→>-]+)*"
_PLAIN_LEAD = compile_when_used(rf"(?P<in>{_LEAD_INS})(?P<phrase>{_ANNOUNCED})")


def leads_to_statement(before: str, *, strong: bool) -> bool:
    """Tell whether a sentence up to "the answer is" or "Label:" makes that a statement of its own.

    Args:
        before: The marked sentence up to what is stated.
        strong: Whether it is a correction, boxed, or says "final".
    """
    before = re.sub(r"^(?:[#>—•] )+", "", before)
    if strong:
        return not is_doubtful(before)
    for turn in _turns(before):
        found = _PLAIN_LEAD.fullmatch(before, turn)
        if found is not None:
            return not is_doubtful(found["phrase"]) and _leads_in(before[:turn], found["in"], "…")
    return False
