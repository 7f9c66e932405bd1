"""The frozen records that the parts hand to each other: one form for journal, replay, store and baseline."""

from evalkit.records.answer import (
    CONFIDENCE_METHODS,
    LEAST_LOGPROB,
    Answer,
    Fault,
    FaultKind,
    ToolCall,
    Usage,
    probability_of,
)
from evalkit.records.candidate import TIERS, Candidate, Decoding, OutputMode, Price, TextReading, Tier
from evalkit.records.codec import canonical_json, clean_json, clean_text, content_hash, from_plain, to_plain
from evalkit.records.journal_line import (
    LARGEST_COUNT,
    LARGEST_SMALL,
    LeftOut,
    Planned,
    SampleKey,
    left_out_in_words,
    read_item_line,
    read_line,
)
from evalkit.records.manifest import CandidateEntry, Manifest, OpenLoop, SuiteEntry
from evalkit.records.problem import Problem
from evalkit.records.request import Constraint, Request, request_hasher
from evalkit.records.sample import Attempt, Diff, LaterScore, Sample, Score, Status
from evalkit.records.suite import Contract, Item, Prompt, Stakes, Suite, part_of

__all__ = [
    "CONFIDENCE_METHODS",
    "LARGEST_COUNT",
    "LARGEST_SMALL",
    "LEAST_LOGPROB",
    "TIERS",
    "Answer",
    "Attempt",
    "Candidate",
    "CandidateEntry",
    "Constraint",
    "Contract",
    "Decoding",
    "Diff",
    "Fault",
    "FaultKind",
    "Item",
    "LaterScore",
    "LeftOut",
    "Manifest",
    "OpenLoop",
    "OutputMode",
    "Planned",
    "Price",
    "Problem",
    "Prompt",
    "Request",
    "Sample",
    "SampleKey",
    "Score",
    "Stakes",
    "Status",
    "Suite",
    "SuiteEntry",
    "TextReading",
    "Tier",
    "ToolCall",
    "Usage",
    "canonical_json",
    "clean_json",
    "clean_text",
    "content_hash",
    "from_plain",
    "left_out_in_words",
    "part_of",
    "probability_of",
    "read_item_line",
    "read_line",
    "request_hasher",
    "to_plain",
]
