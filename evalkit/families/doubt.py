"""Tells whether the words around a value leave it standing as the answer; in doubt they do not.

An example, a supposition, one of two choices, a question, a denial, a comment, a part of an expression and what a
later sentence takes back are no answers, right as their values may be. The words are known in English
and German, the commonest in other languages; a value that no words stand beside is never in doubt.
"""

from __future__ import annotations

import re

from evalkit.lazy import compile_when_used

__all__ = ["is_retracted", "stands_as_answer"]

_RETRACTION = compile_when_used(
    r"\b(?:wait|actually|scratch that|second thoughts?|changed? my mind|never ?mind|kidding|joking|joke|oops"
    r"|correction|i was wrong"
    r"|(?:this|that|the) (?:label|answer|category|class|value|result|output|json|one|above) (?:(?:is|was|does|would|should) not|\w+n't)\b"
    r"|(?:that|this|it|which|answer|label) (?:is|was|would be|seems) (?:a )?"
    r"(?:wrong|incorrect|false|untrue|mistaken|nonsense|mistake|lie|joke|error)"
    r"|(?:it|that|this) (?:is|was|does|would be) ?(?:not|n't)(?: (?:true|right|correct|so|it|the case|one))? ?(?:[.!,;]|$)"
    r"|(?:it|that|this) (?:isn't|wasn't|doesn't)(?: (?:true|right|correct|so|it|the case|one))? ?(?:[.!,;]|$)"
    r"|moment mal|stimmt nicht|quatsch|irrtum|doch nicht|nein doch|das war falsch|das ist falsch|verzeihung"
    r"|disregard|ignore (?:that|this|my|the)|strike (?:that|this|the)|opposite day|just testing|i take (?:it|that) back"
    r"|(?:the|that's the|it's the|quite the) (?:opposite|reverse|contrary|gegenteil)(?: (?:is|holds|applies|ist|gilt))?"
    r"|(?:that|this|the|my)(?: (?:previous|last|first|above|whole))? (?:statement|sentence|claim|line) (?:is|was) (?:wrong|incorrect|false|untrue)"
    r"|i(?: have|'ve)? made (?:this|that|it|these|them) up|in your dreams|april fools"
    r"|(?:these|those|they|values) are (?:all |just |only )?(?:wrong|incorrect|invented|made up|placeholders?|examples?|outdated))\b"
    r"|(?:^|[.!;—(] )(?:really|seriously|or is it|or not|is it|right|wirklich) \?"
    r"|(?:^|[.!;—(] )(?:i am |i'm )?(?:maybe|perhaps|possibly|not sure|not certain|unsure|vielleicht|not|no|nope|wrong|false|sorry|nein|falsch|incorrect|untrue|psych|lol|haha|hmm|jk)"
    r"(?: (?:really|at all|so|true|wirklich|ganz))? ?(?:[.!,;)]|$)",
)
"""Words by which a text takes back what it said."""

_NEAR = 400
"""Characters on either side of a value whose words are looked at."""
_BEHIND = 2_000
"""Characters behind a value in which it may be taken back."""

_SENTENCE_END = compile_when_used(r"[.!?…](?=[\s\"'”’»)*_`]|\Z)|[。！？।]|\n")
_ABBREVIATIONS = compile_when_used(r"\b(?:e\. ?g\.|z\. ?b\.|p\. ?ex\.|p\. ?ej\.)", re.IGNORECASE)
_TURN = compile_when_used(
    r"\0|\b(?:but|however|so|therefore|thus|hence|aber|sondern|also|daher|mais|pero|ma)\b"
)
_BRACKETED = compile_when_used(r"\[[^\[\]]{0,80}\]")
_WRAPPING = compile_when_used(r"[\s\"'“”‘’«»`*_~$>#(\[-]*\Z")
_SUPPOSED = (
    r"if|unless|whether|either|maybe|perhaps|possibly|might|could be|may be|suppos\w+|assum(?:e|ing)\w*|imagine"
    r"|hypothetical\w*|examples?|samples?|for instance|such as|something like|placeholder\w*|dummy|draft|guess\w*|previous\w*|earlier|originally|initially|formerly|scratch\w*|think(?:ing)?|thought"
    r"|wenn|falls|sofern|ob|vielleicht|möglicherweise|eventuell|entweder|weder|angenommen|beispiel\w*|beispielsweise|muster\w*"
    r"|exemples?|ejemplos?|esempio|esempi|exemplos?|voorbeeld\w*|peut-être|quizás?|talvez|forse|misschien|si|als het"
    r"|пример\w*|например|если|возможно"
)
_DENIED = (
    r"not|\w+n't|cannot|never|no|none|nothing|nowhere|neither|nor|hardly|impossible|unlikely|unable|disagree\w*|said|claimed|alleged\w*|wrong\w*|incorrect\w*|invalid|ignor\w+|false|untrue|refus\w+"
    r"|nicht|keine?\w?|nie|niemals|falsch\w*|ungültig\w*|ne|pas|jamais|aucune?|non|nunca|jamás|não|niet|geen|не|нет|никогда"
)
_SUPPOSITION = compile_when_used(rf"\b(?:{_SUPPOSED})\b")
_DOUBT = compile_when_used(
    rf"\b(?:{_SUPPOSED}|{_DENIED})\b|[❌✗✘✖✕⛔🚫👎❎≠≈]|例|示例|假如|如果|也许|もし|不是|没有|沒有|ではな|じゃな|ตัวอย่าง|ไม่|ليس|مثال|उदाहरण|नहीं"
)
_ANOTHER_TIME = (
    r"yesterday(?:'s)?|tomorrow(?:'s)?|(?:last|next|previous|past|other) \w+|once|until|used to|in \d{4}|back then|in the past|someday"
    r"|gestern\w*|morgen|früher\w*|damals|letzte\w?|nächste\w?|bis gestern|ieri|ayer|hier(?= (?:c'|était|il|elle))|ontem|вчера|завтра|昨天|明天|昨日"
)
_DISCARDED = (
    r"rejected|discarded|removed|withdrawn|cancell?ed|superseded|outdated|obsolete|stale|expired|deprecated|bad|fake|mock|fiction\w*"
    r"|jokes?|lies?|lie|failed|failure|errors?|warnings?|opposite|inverse|contrary|attempts?|try|first (?:try|attempt)|hypothes[ie]s|theory|dreams?"
    r"|veraltet\w*|verworfen\w*|gelöscht\w*"
)
_NAMED_ELSE = compile_when_used(
    rf"[\W_]*(?:(?:in (?:the|an?)|in|the|an?) )?(?:{_ANOTHER_TIME}|{_DISCARDED}|default|fallback|otherwise|else|wanted|target|test data|when|were|had|in case|provided"
    r"|i (?:\w+ )?(?:doubt|reject|deny|wish|hope)|rumou?r\w*|according to|(?:some|any)(?:one|body) else\w*|avoid|forget|skip|beware"
    r"|(?:option|candidate|version|choice) \w{1,2}(?=\W*\Z)|v\d+(?=\W*\Z)|(?:candidate|proposal|suggestion)(?=\W*\Z))\b"
    r"|[\W_]*(?:(?:the|an?|this|my|your|our|das|die|der|ein|eine) )?(?:json )?"
    r"(?:schema|template|format|inputs?|prompt|question|context|document|source|user|human|system|tool_response|expected|before|old|original|deleted?|del|s|strike|q|vorlage|eingabe|frage|erwartet\w*)\b"
    r"|[\W_]*(?:is|was|are|does|do|did|could|should|would|can|may|ist|war|soll|kann) (?:it|this|that|the|i|we|you|there|es|das|ich)\b"
)
"""A sentence that begins like this speaks of something that was given, not of the answer."""
_KEPT_OFF_BEFORE = compile_when_used(
    r"(?:\b(?:or|oder|ou|instead of|rather than|other than|apart from|except(?: for)?|unlike|without|excluding|than|versus|vs\.?"
    r"|besides|anything but|far from|contrary to|compared (?:with|to)|similar to|almost|nearly|roughly|approximately|minus|void|undo|revert"
    r"|drop|remove[ds]?|reject(?:s|ed)?|discard(?:s|ed)?|doubt|deny|avoid|(?:it|this|that|there|es|das) (?:was|were|will be|used to be|war|wird|wäre)"
    r"|era|était|было|of|typeof|delete|not|assert|throw|raise|statt|anstatt|anstelle von|außer|ohne)[\s:,]*"
    r"|/\*.*|(?<!:)//.*|\w\(\s*|[!=<>]=\s*|\?\?\s*|<\w*\s*|[≠≈%&|^+/]\s*|(?<!\S)[!~-]|\d\s*[-*]\s*|\w\s?[:=]\s?[^\s,:=]{1,40},\s*\w{1,40}\s?[:=]\s*)\Z",
    re.DOTALL,
)
_GOES_ON = compile_when_used(
    r"(?=(?P<closing>[\"'“”’»`*_)\]}$]*))(?P=closing)(?:\s{0,20}(?:[?+%&|^=@≠≈]|\*(?!\*)|<(?![/|A-Za-z])|>(?=[=\s\d])|/(?!/)|[-–—=]>|[-–—]\s{0,5}[\d{\[\"'(]|;\s{0,20}\w{1,40}[.\[])"
    r"|\s{0,20},\s{0,20}\w{1,40}\s{0,5}[:=])"
)
"""What makes a value an operand, a question or a field of something without braces."""
_KEPT_OFF_BEHIND = compile_when_used(
    r"[\W_]*(?:or|oder|ou|but|except|aber|and|und|with|where|without|minus|plus|times|would|could|might|may|was|were|instead|will)\b"
    rf"|[\W_]*(?:(?:is|are) (?:(?:now|the|an?|what|from|all|already|long) ){{0,2}})?(?:{_ANOTHER_TIME}|{_DISCARDED}|inputs?|it was)\b"
)
_ASSIGNED = compile_when_used(r"\b(\w{1,40})\s{0,5}=\s{0,5}\Z")
_CAPITAL = compile_when_used(r"\s{1,20}[^\W\d_a-z]")
_OR_BEHIND = compile_when_used(r"[\W_]{0,40}(?:or|oder|if|unless)\b", re.IGNORECASE)
_IS_NO_ANSWER = compile_when_used(
    r"\b(?:this|that|which|it|these|above|das|dies|es) (?:is|was|are|ist|war) (?:(?:just|only|merely|nur|bloß) )?"
    r"(?:(?:an?|the|ein|eine|my|your) )?(?:\w+ )?(?:example|sample|template|placeholder|guess|draft|schema|format|input|test"
    r"|beispiel|muster|vorlage|platzhalter|entwurf|eingabe)\b"
    r"|\b(?:above|json|object|values?|answer|output|result|extraction) (?:\w+ )?(?:is|was|are|were)"
    r" (?:wrong|incorrect|invalid|false|not (?:right|correct|valid))\b"
    r"|\b(?:the|its|this) \w+ (?:is|are|was|were) (?:wrong|incorrect|invalid|made up|invented)(?= [.,;!]|$)|\bshould (?:be|read) [\d\"'“]|\bexcept that\b"
    r"|\bshould (?:be|have been|read)\b.{0,40}\binstead\b|(?:^|[.!?] )(?:edit|update|erratum|errata|amendment) :"
)


def is_retracted(text: str) -> bool:
    """Tell whether words in lower case, with blanks around their punctuation, take back what stood before."""
    return bool(_RETRACTION.search(text))


def stands_as_answer(before: str, behind: str) -> bool:
    """Tell whether the words before and behind a value leave it the answer; in linear time.

    Args:
        before: The text before it, other values in it as NUL characters.
        behind: The text behind it.
    """
    lead = _lead(before[-_NEAR:])
    if _KEPT_OFF_BEFORE.search(lead.casefold()) or _GOES_ON.match(behind):
        return False
    clause = _TURN.split(_words(lead))[-1]
    if _SUPPOSITION.search(clause) or _DOUBT.search(_BRACKETED.sub("", clause)) or _NAMED_ELSE.match(clause):
        return False
    named = _ASSIGNED.search(lead)
    if named is not None and re.search(rf"\b{named[1]}\s{{0,5}}[.\[=+\0]", behind[:_BEHIND]):
        return False
    said = _SENTENCE_END.split(behind[:_NEAR].lstrip("\"'“”’»`*_)]}$"), maxsplit=1)[0]
    words = _words(said.partition("\0")[0])
    if _KEPT_OFF_BEHIND.match(words) or _OR_BEHIND.match(behind):
        return False
    is_sentence = _CAPITAL.match(behind) is not None
    if _SUPPOSITION.match(words) or (not is_sentence and _DOUBT.search(words)):
        return False
    later = _spaced(behind[:_BEHIND])
    return not is_retracted(later) and not _IS_NO_ANSWER.search(later)


def _lead(before: str) -> str:
    """Return the sentence that leads to a value, the line before included where it has no end of its own."""
    before = _ABBREVIATIONS.sub("example", before)
    bare = _WRAPPING.sub("", before)
    wrapping = before[len(bare) :]
    # "!" that touches the value negates it, unless it ends a word: "Sure!{".
    touching = len(bare) if not wrapping and re.search(r"(?<!\w)!\Z", bare) else -1
    end = max((m.end() for m in _SENTENCE_END.finditer(bare) if m.end() != touching), default=0)
    return bare[end:] + (wrapping if "\n" not in wrapping else "\n")


def _words(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split())


def _spaced(text: str) -> str:
    return " ".join(re.sub(r"([.!?,;:—()])", r" \1 ", _words(text.replace("\n", " . "))).split())
