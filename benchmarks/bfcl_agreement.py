"""Holds the profile `bfcl` against BFCL's own checker on outputs made from the shared BFCL data.

    python benchmarks/bfcl_agreement.py FOLDER_OF_BFCL_EVAL [OUTPUTS] [SEED]

The folder is that of an unpacked wheel of `bfcl-eval` (Apache-2.0), which is no dependency: its checker is
run, nothing of it is copied. Outputs are calls as a native API gives them, or Python-like text, right and
spoilt in every way that the checker has a rule for: types, digits, case, lists, nested objects, optional
and required arguments, names, counts, order; and words, data or code on items where no call is right. What is
compared is success.
"""

from __future__ import annotations

import copy
import json
import random
import sys
import types
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "shared" / "data"
FILES = ("simple_multiple", "parallel", "irrelevance")

Calls = list[dict[str, Any]]
Row = dict[str, Any]


def read_rows() -> list[Row]:
    """Return the 1,240 items of the shared data."""
    files = (DATA / f"tool_bfcl_v4_{name}.jsonl" for name in FILES)
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


# --- outputs: nothing of evalkit's, nor of the checker's


def right_calls(row: Row, rng: random.Random) -> Calls:
    """Return calls with values drawn from the accepted ones, optional arguments by chance."""
    return [{name: _arguments(given, rng)} for call in row["gold"] for name, given in call.items()]


def _arguments(accepted: dict[str, list[Any]], rng: random.Random) -> dict[str, Any]:
    given = {}
    for name, values in accepted.items():
        real = [v for v in values if v != ""]
        if real and ("" not in values or rng.random() < 0.5):
            given[name] = _plain(rng.choice(real), rng)
    return given


def _plain(value: Any, rng: random.Random) -> Any:
    if isinstance(value, dict) and value and all(isinstance(v, list) for v in value.values()):
        return _arguments(value, rng)
    return [_plain(v, rng) for v in value] if isinstance(value, list) else value


def spoilt(row: Row, calls: Calls, rng: random.Random) -> Calls:
    """Return the calls with one to three changes, each of which may leave them right or not."""
    calls = copy.deepcopy(calls)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        rng.choice(CHANGES)(row, calls, rng)
    return calls


def _some_arguments(calls: Calls, rng: random.Random) -> dict[str, Any]:
    return next(iter(rng.choice(calls).values())) if calls else {}


def change_value(_row: Row, calls: Calls, rng: random.Random) -> None:
    """Change one value, at any depth."""
    arguments = _some_arguments(calls, rng)
    if arguments:
        name = rng.choice(sorted(arguments))
        arguments[name] = _changed(arguments[name], rng)


def _changed(value: Any, rng: random.Random) -> Any:
    if isinstance(value, dict) and value and rng.random() < 0.8:
        key = rng.choice(sorted(value))
        return {**value, key: _changed(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.7:
        at = rng.randrange(len(value))
        return [*value[:at], _changed(value[at], rng), *value[at + 1 :]]
    return rng.choice(_OTHERS)(value, rng)


def _case(value: Any, _rng: random.Random) -> Any:
    return value.swapcase() if isinstance(value, str) else value


def _folds(value: Any, rng: random.Random) -> Any:
    return f" {value.replace(' ', rng.choice('-_/.'))}." if isinstance(value, str) else value


def _number(value: Any, rng: random.Random) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return rng.choice((float(value), value + 1, -value, value * 10, str(value), bool(value)))
    if isinstance(value, float):
        return rng.choice((int(value), value + 1e-12, value * (1 + 1e-10), -value, str(value)))
    return value


def _kind(value: Any, rng: random.Random) -> Any:
    return rng.choice((None, "", [], {}, 0, 1, 1.0, True, False, [value], {"a": value}, str(value), "x"))


def _length(value: Any, rng: random.Random) -> Any:
    if isinstance(value, list):
        return rng.choice((value[:-1], value[::-1], value + value[:1]))
    if isinstance(value, dict):
        return rng.choice(({**value, "extra": 1}, dict(list(value.items())[1:])))
    return f"{value} x" if isinstance(value, str) else value


_OTHERS: tuple[Callable[[Any, random.Random], Any], ...] = (_case, _folds, _number, _number, _kind, _length)


def drop_argument(_row: Row, calls: Calls, rng: random.Random) -> None:
    """Leave an argument out, required or not."""
    arguments = _some_arguments(calls, rng)
    if arguments:
        del arguments[rng.choice(sorted(arguments))]


def add_argument(row: Row, calls: Calls, rng: random.Random) -> None:
    """Give an argument that the schema knows, or one that nobody does."""
    tool = rng.choice(row["tools"])
    names = [*tool["parameters"].get("properties", {}), "unheard_of"]
    _some_arguments(calls, rng).setdefault(rng.choice(names), rng.choice(("", 1, "x", [], None)))


def empty_optional(row: Row, calls: Calls, rng: random.Random) -> None:
    """Give `""` for an argument that may be left out."""
    for call in calls:
        for gold in row["gold"]:
            for name, accepted in gold.get(next(iter(call)), {}).items():
                if "" in accepted and rng.random() < 0.5:
                    call[next(iter(call))][name] = ""


def rename(row: Row, calls: Calls, rng: random.Random) -> None:
    """Call another function."""
    if calls:
        at = rng.randrange(len(calls))
        names = [*(t["name"] for t in row["tools"]), "unknown_function"]
        calls[at] = {rng.choice(names): next(iter(calls[at].values()))}


def drop_call(_row: Row, calls: Calls, rng: random.Random) -> None:
    """Leave a call out."""
    if calls:
        del calls[rng.randrange(len(calls))]


def repeat_call(_row: Row, calls: Calls, rng: random.Random) -> None:
    """Make a call twice."""
    if calls:
        calls.append(copy.deepcopy(rng.choice(calls)))


def shuffle(_row: Row, calls: Calls, rng: random.Random) -> None:
    """Make the calls in another order."""
    rng.shuffle(calls)


CHANGES = (
    *[change_value] * 8, drop_argument, add_argument, empty_optional, rename, drop_call, repeat_call, shuffle,
)  # fmt: skip

WORDS = (
    "None of the functions fits this request.",
    "I am sorry, but the given function cannot answer that (it lacks a parameter).",
    'Here is a recipe for you: {"name": "Pancakes", "ingredients": ["flour", "milk"], "minutes": 20}. Enjoy!',
    'A minimal package file looks like this:\n```json\n{"name": "demo", "version": "1.0.0"}\n```\nSave it.',
    "The integral of x squared from 0 to 1 is 1/3, as the rule of powers says.",
    "Could you tell me the missing parameter, please?",
    "[]",
)
CODE = (
    "[integrate.quad(lambda x: x**2, 0, 1)]",
    "[integrate.quad(func=f, a=0, b=1)]",
    "[get_area(base=10, height=5)]",
    "solve_equation(a=3, b=-2, c=-5)",
    "[print('hello')]",
)


def make_outputs(rows: list[Row], n: int, rng: random.Random) -> Iterator[tuple[Row, Calls | str]]:
    """Yield items with calls as a native API gives them, or text."""
    for _ in range(n):
        row = rng.choice(rows)
        if not row["gold"]:
            if rng.random() < 0.3:
                yield row, [{rng.choice(row["tools"])["name"]: {}}]
            else:
                yield row, rng.choice((*WORDS, *CODE))
            continue
        calls = right_calls(row, rng)
        calls = calls if rng.random() < 0.25 else spoilt(row, calls, rng)
        as_text = rng.random() < 0.3 and all(n.replace(".", "").isidentifier() for c in calls for n in c)
        yield row, _python(calls) if as_text else calls


def _python(calls: Calls) -> str:
    shown = (
        f"{name}({', '.join(f'{k}={v!r}' for k, v in arguments.items())})"
        for call in calls
        for name, arguments in call.items()
    )
    return f"[{', '.join(shown)}]"


# --- the two judges


def official_judge(folder: Path) -> Callable[[Row, Calls | str], bool]:
    """Return BFCL's own judgement of one output; its model list, which needs many packages, is left out."""
    sys.path.insert(0, str(folder))
    models = types.ModuleType("bfcl_eval.constants.model_config")
    models.MODEL_CONFIG_MAPPING = {"any": types.SimpleNamespace(underscore_to_dot=False)}  # type: ignore[attr-defined]
    sys.modules[models.__name__] = models
    for absent in ("tree_sitter", "tree_sitter_java", "tree_sitter_javascript"):
        sys.modules.setdefault(absent, types.ModuleType(absent))
    converters = "bfcl_eval.eval_checker.ast_eval.type_convertor."
    for name, function in (("java", "java_type_converter"), ("js", "js_type_converter")):
        stub = types.ModuleType(f"{converters}{name}_type_converter")
        setattr(stub, function, None)
        sys.modules[stub.__name__] = stub
    for parser in ("java_parser", "js_parser"):
        stub = types.ModuleType(f"bfcl_eval.model_handler.parser.{parser}")
        stub.parse_java_function_call = stub.parse_javascript_function_call = None  # type: ignore[attr-defined]
        sys.modules[stub.__name__] = stub
    from bfcl_eval.constants.enums import Language  # type: ignore[import-not-found]
    from bfcl_eval.eval_checker.ast_eval.ast_checker import ast_checker  # type: ignore[import-not-found]
    from bfcl_eval.model_handler.utils import default_decode_ast_prompting  # type: ignore[import-not-found]
    from bfcl_eval.utils import is_empty_output, is_function_calling_format_output  # type: ignore[import-not-found]

    def judge(row: Row, output: Calls | str) -> bool:
        try:
            calls = output if isinstance(output, list) else default_decode_ast_prompting(output)
        except Exception:  # noqa: BLE001 - how its runner reads a failed decoding
            return not row["gold"]
        if not row["gold"]:
            return bool(is_empty_output(calls))
        if not is_function_calling_format_output(calls):
            return False
        try:
            found = ast_checker(row["tools"], calls, row["gold"], Language.PYTHON, row["category"], "any")
        except Exception:  # noqa: BLE001 - its checker stumbles over values of the wrong kind
            return False
        return bool(found["valid"])

    return judge


def our_judge(rows: list[Row]) -> Callable[[Row, Calls | str], bool]:
    """Return evalkit's judgement under the profile `bfcl`."""
    from evalkit.families import get_family
    from evalkit.records import Answer, Contract, Item, Suite, ToolCall

    items = {
        r["id"]: Item(id=r["id"], messages=tuple(r["messages"]), target=r["gold"], tools=tuple(r["tools"]))
        for r in rows
    }
    suite = Suite(
        name="bfcl", family="tool_calls", version="1", contract=Contract(), items=tuple(items.values()),
        scorer={"target_format": "bfcl", "profile": "bfcl"},
    )  # fmt: skip
    score = get_family("tool_calls").scorer(suite)

    def judge(row: Row, output: Calls | str) -> bool:
        if isinstance(output, str):
            return score(items[row["id"]], Answer(text=output)).success
        calls = tuple(ToolCall(name=n, arguments=a) for call in output for n, a in call.items())
        # An API's answer without calls has words in their place.
        return score(items[row["id"]], Answer(text=None if calls else "No call.", tool_calls=calls)).success

    return judge


def main() -> None:
    """Print the agreement, and the first outputs that are judged otherwise."""
    folder = Path(sys.argv[1])
    n, seed = int(sys.argv[2]) if len(sys.argv) > 2 else 7000, int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rows, rng = read_rows(), random.Random(seed)
    official, ours = official_judge(folder), our_judge(rows)
    counts: Counter[tuple[bool, bool]] = Counter()
    for row, output in make_outputs(rows, n, rng):
        judged = official(row, output), ours(row, output)
        counts[judged] += 1
        if judged[0] != judged[1] and counts[True, False] + counts[False, True] <= 40:
            print(f"official {judged[0]}, evalkit {judged[1]}: {row['id']}\n  {output}\n  {row['gold']}")
    alike = counts[True, True] + counts[False, False]
    print(
        f"{alike} of {n} alike ({alike / n:.2%}); right for both {counts[True, True]}, wrong for both "
        f"{counts[False, False]}, official alone {counts[True, False]}, evalkit alone {counts[False, True]}"
    )


if __name__ == "__main__":
    main()
