"""Drafting a suite from someone else's data: what is read off it, and what is told about it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from evalkit.errors import SuiteError
from evalkit.families import get_family
from evalkit.suites import load_suite
from evalkit.suites.draft import draft_suite
from evalkit.suites.duplicates import near_pairs
from evalkit.suites.infer import infer_contract, infer_schema

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


def source(tmp_path: Path, rows: list[dict], name: str = "data.jsonl") -> Path:
    path = tmp_path / name
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    return path


def drafted(tmp_path: Path, rows: list[dict], family: str = "classification", **options):
    return draft_suite(source(tmp_path, rows), tmp_path / "new", name="new", family=family, **options)


ROWS = [
    {
        "question": f"what about case {n}?",
        "label": "yes" if n % 2 else "no",
        "channel": "web" if n % 3 else "mail",
        "note": f"free {n}",
    }
    for n in range(12)
]


def test_columns_are_found_by_name_and_the_rest_becomes_tags_or_is_left_out(tmp_path: Path):
    """A user brings a file, not a mapping."""
    draft = drafted(tmp_path, ROWS)
    assert draft.fields == {"input": "question", "target": "label"}
    assert (draft.tags, draft.left_out) == (("channel",), ("note",))
    item = draft.suite.items[0]
    assert (item.id, item.input, item.target, item.tags) == (
        "new-00001", "what about case 0?", "no", {"channel": "mail"},
    )  # fmt: skip
    assert list(draft.suite.contract.labels) == ["no", "yes"]
    text = (tmp_path / "new" / "suite.yaml").read_text()
    assert "target from 'label'" in text
    assert "left out: note" in text


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("ticket_id", lambda n: f"T-{n}"),
        ("ticketId", lambda n: n),
        ("Ticket ID", lambda n: str(n)),
        ("uuid", lambda n: f"{n:032x}"),
        ("key", lambda n: f"k{n}"),
        ("customer_id", lambda n: f"c{n}"),
        ("index", lambda n: n),
    ],
)
def test_a_unique_id_column_gives_the_ids(tmp_path: Path, column: str, value: Callable[[int], object]):
    """Row numbers name other items once a row is added; the team's own ids do not."""
    draft = drafted(tmp_path, [{**r, column: value(n)} for n, r in enumerate(ROWS)])
    assert draft.fields["id"] == column
    assert [i.id for i in draft.suite.items] == [str(value(n)) for n in range(len(ROWS))]
    assert f"ids: those of column {column!r}" in (tmp_path / "new" / "suite.yaml").read_text()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("ticket_id", lambda n: f"T-{max(n, 1)}"),  # one value twice
        ("ticket_id", lambda n: f"T-{n}" if n else ""),
        ("ticket_id", lambda n: f"T-{n}" if n else None),
        ("ticket_id", lambda n: "  " if n == 3 else f"T-{n}"),
        ("score_id", lambda n: n + 0.5),
        ("score_id", lambda n: f"{n}.5"),
        ("paid", lambda n: f"p{n}"),  # ends in "id" and names none
        ("ticket_id", lambda n: [n]),
    ],
)
def test_what_is_not_unique_or_no_id_leaves_row_numbers(
    tmp_path: Path, column: str, value: Callable[[int], object]
):
    """A wrong id is worse than none: two items would be one, or the next export would name them otherwise."""
    draft = drafted(tmp_path, [{**r, column: value(n)} for n, r in enumerate(ROWS)])
    assert "id" not in draft.fields
    assert draft.suite.items[0].id == "new-00001"
    assert "ids: row numbers" in (tmp_path / "new" / "suite.yaml").read_text()


def test_an_items_own_id_comes_before_one_that_groups_items(tmp_path: Path):
    """A customer may write again: the ticket is the item, the customer its cluster."""
    rows = [{"customer_id": f"c{n}", "index": n, "ticket_id": f"T{n}", **r} for n, r in enumerate(ROWS)]
    assert drafted(tmp_path, rows).fields == {
        "id": "ticket_id", "input": "question", "target": "label", "cluster": "customer_id",
    }  # fmt: skip


def test_a_draft_loads_as_it_was_returned_and_never_overwrites(tmp_path: Path):
    """What is on the disk is the suite; a second draft over it would lose a person's work."""
    draft = drafted(tmp_path, ROWS)
    assert load_suite(tmp_path / "new").content_hash == draft.suite.content_hash
    with pytest.raises(SuiteError, match="there is a suite already"):
        drafted(tmp_path, ROWS)


def test_what_the_user_says_comes_before_a_guess(tmp_path: Path):
    """Two columns can look like the answer; only the user knows."""
    rows = [{**r, "intent": "a" if n < 6 else "b"} for n, r in enumerate(ROWS)]
    draft = drafted(
        tmp_path, rows, fields={"target": "intent", "input": "note"}, contract={"labels": ["b", "a"]}
    )
    assert draft.fields == {"input": "note", "target": "intent"}
    assert list(draft.suite.contract.labels) == ["b", "a"]


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ([{"question": "x"}], {}, "no column looks like the right answer.*target=COLUMN"),
        (ROWS, {"fields": {"targt": "label"}}, "an item has no field 'targt'.*'target'"),
        (ROWS, {"fields": {"target": "lable"}}, "there is no column 'lable'.*'label'"),
        ([], {}, "no row"),
    ],
)
def test_what_cannot_be_drafted_says_why(tmp_path: Path, rows: list, options: dict, message: str):
    """The hint is the argument to give."""
    with pytest.raises(SuiteError, match=message):
        drafted(tmp_path, rows, **options)
    assert not (tmp_path / "new").exists()


def test_the_card_tells_what_a_careful_reader_would_look_for(tmp_path: Path):
    """Duplicates with different answers and test items among the examples make every figure doubtful."""
    long = "please send the parcel of order seven to my new address in the old town"
    rows = [
        {"id": "a", "input": "Where is it?", "target": "x", "split": "test"},
        {"id": "b", "input": "where  is it?", "target": "y", "split": "train"},
        {"id": "c", "input": long, "target": "x", "split": "test"},
        {"id": "d", "input": long + "!", "target": "x", "split": "validation"},
        {"id": "e", "input": "something else", "target": "", "split": "test"},
        {"id": "f", "input": "<b>|", "target": "y|<script>", "split": "test"},
    ]
    draft = drafted(tmp_path, rows)
    found = draft.survey
    assert found.splits == {"test": 3, "train": 1, "dev": 2}
    assert found.conflicting == found.exact_duplicates == (("a", "b"),)
    assert found.near_duplicates == (("c", "d"),)
    assert set(found.leaking) == {("a", "b"), ("c", "d")}
    assert found.no_target == ("e",)
    assert found.lengths["max"] == len(long) + 1
    card = (tmp_path / "new" / "CARD.md").read_text()
    assert "a, b" in card
    assert "<script>" not in card


def test_several_labels_and_out_of_scope_are_recognised(tmp_path: Path):
    """The contract follows from the targets."""
    draft = drafted(tmp_path, [{"text": f"t {n}", "intents": ["a", "oos"][: n % 3]} for n in range(9)])
    contract = draft.suite.contract
    assert (list(contract.labels), contract.multi_label, contract.out_of_scope) == (["a", "oos"], True, "oos")
    assert draft.survey.empty_target == ("new-00001", "new-00004", "new-00007")


def test_a_familys_problems_stand_in_the_card(tmp_path: Path):
    """A draft that cannot run says so where the next person looks."""
    rows = [{**r, "context": ["a passage"]} for r in ROWS]
    (tmp_path / "s.json").write_text(json.dumps({"type": "object"}))
    draft = drafted(
        tmp_path,
        rows,
        contract={"labels": ["yes"], "out_of_scope": "no"},
        check=get_family("classification").check,
    )
    assert draft.problems
    assert "which is no label" in (tmp_path / "new" / "CARD.md").read_text()


def test_tools_are_drafted_from_calls_and_bfcl_targets_are_recognised(tmp_path: Path):
    """The contract of a tool suite is the part that nobody likes to write."""
    calls = [[{"name": "f", "arguments": {"n": 1, "s": "x"}}], [{"name": "f", "arguments": {"n": 2.5}}], []]
    found = infer_contract("tool_calls", calls)
    (tool,) = found["tools"]
    assert tool["function"]["name"] == "f"
    assert tool["function"]["parameters"]["required"] == ["n"]
    assert tool["function"]["parameters"]["properties"]["n"] == {"type": "number"}
    assert infer_contract("tool_calls", [[{"f": {"a": [1, ""]}}]], [[{"name": "f"}]]) == {
        "target_format": "bfcl",
        "scorer": {"profile": "bfcl"},
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None)
@given(st.lists(json_values, min_size=1, max_size=6))
def test_an_inferred_schema_fits_every_value_it_came_from(values: list):
    """A draft that its own targets break is worse than none."""
    schema = infer_schema(values)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert all(validator.is_valid(v) for v in values)


def test_near_pairs_are_those_that_a_comparison_of_all_finds():
    """Hashing saves the quadratic work and must not change the answer."""
    rng = random.Random(5)
    words = [f"word{n}" for n in range(60)]
    texts = [" ".join(rng.choices(words, k=20)) for _ in range(60)]
    texts += [t.replace(rng.choice(t.split()), "other", 1) for t in texts[:30]]

    def pieces(text: str) -> set[str]:
        return {text[i : i + 4] for i in range(len(text) - 3)}

    sets = [pieces(t) for t in texts]
    want = [
        (a, b)
        for a in range(len(texts))
        for b in range(a + 1, len(texts))
        if len(sets[a] & sets[b]) / len(sets[a] | sets[b]) >= 0.8
    ]
    assert len(want) > 10
    assert near_pairs(texts) == want


def test_a_folder_that_datasets_saved_is_read_with_its_splits_and_label_names(tmp_path: Path):
    """The commonest place where a team's data already lies."""
    features = {"info": {"features": {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}}}
    for split, count in (("train", 4), ("test", 6)):
        table = pa.table(
            {"text": [f"{split} {n}" for n in range(count)], "label": [n % 2 for n in range(count)]}
        )
        table = table.replace_schema_metadata({"huggingface": json.dumps(features)})
        (tmp_path / "saved" / split).mkdir(parents=True)
        path = tmp_path / "saved" / split / "data-00000-of-00001.arrow"
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as stream:
            stream.write_table(table)
        (tmp_path / "parquet").mkdir(exist_ok=True)
        pq.write_table(table, tmp_path / "parquet" / f"{split}-00000-of-00001.parquet")
    for folder in ("saved", "parquet"):
        draft = draft_suite(
            tmp_path / folder, tmp_path / f"new-{folder}", name="new", family="classification"
        )
        assert draft.survey.splits == {"test": 6, "train": 4}
        assert list(draft.suite.contract.labels) == ["neg", "pos"]


def test_a_csv_keeps_lists_and_texts_apart(tmp_path: Path):
    """A cell can hold a list as JSON, and a label is text even where it is a number."""
    path = tmp_path / "d.csv"
    path.write_text('text,labels\nhello,"[""a"",""b""]"\nbye,"[""a""]"\nagain,[]\n')
    draft = draft_suite(path, tmp_path / "new", name="new", family="classification")
    assert [i.target for i in draft.suite.items] == [["a", "b"], ["a"], []]
    assert draft.suite.contract.multi_label


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data is not beside the checkout")
@pytest.mark.parametrize(
    ("file", "fields", "items", "labels", "out_of_scope", "multi"),
    [
        ("cls_banking77_test770", {}, 770, 77, None, False),
        ("cls_clinc150_oos_1200", {}, 1200, 151, "oos", False),
        ("rag_pubmedqa_250", {}, 250, 3, None, False),
        ("ext_nlupp_hotels", {"target": "gold_intents"}, 1009, 40, None, True),
    ],
)
def test_a_public_data_set_becomes_a_suite_that_scores_its_own_targets(
    tmp_path: Path, file: str, fields: dict, items: int, labels: int, out_of_scope: str | None, multi: bool
):
    """Real data has habits that no invented file has."""
    family = get_family("classification")
    draft = draft_suite(
        SHARED / f"{file}.jsonl",
        tmp_path / "new",
        name=file,
        family="classification",
        fields=fields,
        check=family.check,
    )
    assert draft.problems == ()
    suite, contract = draft.suite, draft.suite.contract
    assert len(suite.test_items) == items
    assert (len(contract.labels), contract.out_of_scope, contract.multi_label) == (
        labels,
        out_of_scope,
        multi,
    )
    from evalkit.records import Candidate

    candidate = Candidate(name="c", tier="slim", backend="simulated")
    score, request = family.scorer(suite), family.prompter(suite, candidate)
    rng = random.Random(0)
    for item in suite.items:
        assert score(item, family.right_answer(suite, item, candidate)).success
        assert not score(item, family.wrong_answer(suite, item, candidate, rng)).success
    last = request(suite.items[0], 0).messages[-1]["content"]
    assert suite.items[0].input in last
    assert all(p["text"] in last for p in suite.items[0].context)
