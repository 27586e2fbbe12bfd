"""The third wall: which questions are understood, and the SQL that is sent for them.

A question is one SELECT over the views, made of what `allowed` lists. What is sent is not the text that came but one written anew
from the tree that was judged: comments are gone, every name is quoted, every view is named with its schema, and what WITH
declares bears names of its own, so that PostgreSQL cannot read anything into it that was not seen here.
"""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from pos.analytics.questions.allowed import FUNCTIONS, NAMED, NODES, TYPES, UNITS
from pos.analytics.questions.refusals import QueryRefused
from pos.analytics.questions.scopes import resolve

# The parser's warnings quote what was asked.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

LONGEST_CHARACTERS = 8_000
_DEEPEST, _MOST_TOKENS, _MOST_NODES, _MOST_JOINTS, _MOST_WINDOWS = 30, 2_500, 4_000, 8, 10
_LONGEST_TEXT, _LONGEST_NAME_BYTES, _LONGEST_NUMBER = 300, 63, 24
_OPENING, _CLOSING = (
    {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.CASE},
    {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.END},
)
_NUMBER = re.compile(r"\d+(\.\d*)?|\.\d+")
_WORD = re.compile(r"[A-Za-z_ ]{1,30}")
_PART = re.compile(r"[a-z_][a-z0-9_]*")
# A NOT that the parser puts in front binds less than what it stood in.
_TAKES_NOT = (
    exp.And,
    exp.Or,
    exp.Not,
    exp.Where,
    exp.Having,
    exp.Paren,
    exp.Alias,
    exp.Select,
    exp.If,
    exp.Case,
    exp.Join,
    exp.Coalesce,
)


_NO_VALUES = "Write the value itself into the question."
_INSTEAD: dict[type[exp.Expr], str] = {
    exp.Fetch: "Write LIMIT instead.",
    exp.Parameter: _NO_VALUES,
    exp.Placeholder: _NO_VALUES,
    exp.ByteString: "Write a text in plain quotes.",
    exp.RawString: "Write a text in plain quotes.",
}


@dataclass(frozen=True)
class Judged:
    """A question that may be asked: the SQL that is sent, and the views that it reads."""

    sql: str
    views: frozenset[str]


def judge(text: str, most_rows: int) -> Judged:
    """The question as it is sent, with at most one row more than this. Raises QueryRefused."""
    tree = _parsed(text)
    for node in tree.walk():
        _require_known(node)
    _require_bounds(tree)
    for name in tree.find_all(exp.Identifier):
        _quote(name)
    views = resolve(tree)
    _limit(tree, most_rows + 1)
    return Judged(_written(tree), views)


def _parsed(text: str) -> exp.Query:
    if len(text) > LONGEST_CHARACTERS:
        raise QueryRefused(reason=f"A question has at most {LONGEST_CHARACTERS} characters.")
    try:
        tokens = sqlglot.tokenize(text, read="postgres")
        _require_flat(tokens)
        trees = [
            tree for tree in sqlglot.parse(text, read="postgres", error_level=ErrorLevel.RAISE) if tree is not None
        ]
    except (SqlglotError, RecursionError, ValueError, IndexError, AttributeError, TypeError) as error:
        raise QueryRefused(reason="This is not understood as SQL of PostgreSQL: ask with one SELECT.") from error
    if len(trees) != 1:
        raise QueryRefused(reason="Ask with one SELECT, not with several statements.")
    tree: exp.Expr = trees[0]
    while type(tree) is exp.Subquery and not any(part for name, part in tree.args.items() if name != "this"):
        tree = tree.this
    if not isinstance(tree, (exp.Select, exp.Union, exp.Intersect, exp.Except)):
        raise QueryRefused(reason="Only SELECT is answered; nothing is ever changed by a question.")
    tree.parent = None
    return tree


def _require_flat(tokens: Sequence[Token]) -> None:
    """The parser calls itself for each bracket, so their depth is looked at first."""
    depth = 0
    for token in tokens:
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        if depth > _DEEPEST:
            raise QueryRefused(reason=f"Brackets stand at most {_DEEPEST} deep.")
    if len(tokens) > _MOST_TOKENS:
        raise QueryRefused(reason="The question is too long.")


def _require_known(node: exp.Expr) -> None:
    parts = NODES.get(type(node))
    if parts is None:
        raise QueryRefused(reason=f"{_called(node)} is not allowed in a question. {_advice(node)}")
    extra = [name for name, part in node.args.items() if part not in (None, False, []) and name not in parts]
    if extra:
        raise QueryRefused(
            reason=f"{_called(node)} with {extra[0].strip('_').replace('_', ' ')} is not allowed in a question."
        )
    look = _LOOKS.get(type(node))
    if look:
        look(node)
    elif any(isinstance(part, str) and not _WORD.fullmatch(part) for part in node.args.values()):
        raise QueryRefused(reason=f"{_called(node)} is not understood.")


def _advice(node: exp.Expr) -> str:
    return _INSTEAD.get(type(node), f"Functions: {', '.join(FUNCTIONS)}.")


def _called(node: exp.Expr) -> str:
    """What a node is for whoever wrote it: the function's name, else the parser's word."""
    if isinstance(node, exp.Anonymous):
        return f"{str(node.name)[:60]}()"
    if isinstance(node, exp.Func):
        return f"{node.sql_name().lower()}()"
    return type(node).__name__.upper()


def _look_at_literal(node: exp.Expr) -> None:
    if node.is_string and len(node.this) > _LONGEST_TEXT:
        raise QueryRefused(reason=f"A text has at most {_LONGEST_TEXT} characters.")
    if not node.is_string and not (_NUMBER.fullmatch(node.this) and len(node.this) <= _LONGEST_NUMBER):
        raise QueryRefused(reason="Numbers are written with digits and a point.")


def _look_at_identifier(node: exp.Expr) -> None:
    name = node.this
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= _LONGEST_NAME_BYTES or not name.isprintable():
        raise QueryRefused(reason="A name has 1 to 63 printable characters.")
    if not node.args.get("quoted") and not _PART.fullmatch(_folded(name)):
        raise QueryRefused(reason="Names without quotes are made of letters, digits and _.")


def _look_at_var(node: exp.Expr) -> None:
    if str(node.this).upper() not in UNITS:
        raise QueryRefused(reason=f"{str(node.this)[:30]} is no unit of time that is known here.")


def _look_at_type(node: exp.Expr) -> None:
    if node.this not in TYPES:
        raise QueryRefused(
            reason="CAST leads to boolean, integers, numeric, double precision, text, date, timestamps, interval and uuid only."
        )


def _look_at_named(node: exp.Expr) -> None:
    least, most = NAMED.get(str(node.this).lower(), (1, 0))
    if not isinstance(node.this, str) or not least <= len(node.expressions) <= most:
        raise QueryRefused(reason=f"{_called(node)} is not among the functions: {', '.join(FUNCTIONS)}.")


def _look_at_not(node: exp.Expr) -> None:
    if node.parent is not None and not isinstance(node.parent, (*_TAKES_NOT, exp.Filter)):
        raise QueryRefused(reason="Put brackets around what begins with NOT, or holds IS NOT, NOT IN, NOT LIKE.")


def _look_at_bound(node: exp.Expr) -> None:
    if not _is_whole(node.expression):
        raise QueryRefused(reason="LIMIT and OFFSET are whole numbers.")


def _look_at_digits(node: exp.Expr) -> None:
    digits = node.args.get("decimals")
    if digits is not None and not (_is_whole(digits) and int(digits.this) <= 12):
        raise QueryRefused(reason="ROUND and TRUNC go to at most 12 digits, which are written as a number.")


def _look_at_interval(node: exp.Expr) -> None:
    amount = node.this
    if not (isinstance(amount, exp.Literal) and re.fullmatch(r"-?\d{1,6}", str(amount.this)) and node.args.get("unit")):
        raise QueryRefused(reason="An interval is a number and one unit: INTERVAL '30 days'.")


def _look_at_unit(node: exp.Expr) -> None:
    """DATE_TRUNC's unit comes as a text; EXTRACT's as a word."""
    unit = node.args.get("unit")
    if str(getattr(unit, "this", "")).upper() not in UNITS:
        raise QueryRefused(reason="DATE_TRUNC takes a unit such as 'day', 'week', 'month'.")


def _look_at_format(node: exp.Expr) -> None:
    if not (isinstance(node.args.get("format"), exp.Literal) and len(node.args["format"].this) <= 40):
        raise QueryRefused(reason="TO_CHAR takes its format as a text of at most 40 characters.")


_LOOKS: dict[type[exp.Expr], Callable[[exp.Expr], None]] = {
    exp.Literal: _look_at_literal,
    exp.Identifier: _look_at_identifier,
    exp.Var: _look_at_var,
    exp.DataType: _look_at_type,
    exp.Anonymous: _look_at_named,
    exp.Not: _look_at_not,
    exp.Limit: _look_at_bound,
    exp.Offset: _look_at_bound,
    exp.Round: _look_at_digits,
    exp.Trunc: _look_at_digits,
    exp.Interval: _look_at_interval,
    exp.TimestampTrunc: _look_at_unit,
    exp.TimeToStr: _look_at_format,
}


def _require_bounds(tree: exp.Expr) -> None:
    """Texts that are put together grow with each step, and each window sorts all rows once more, so both are few."""
    if sum(1 for _ in tree.find_all(exp.Window)) > _MOST_WINDOWS:
        raise QueryRefused(reason=f"A question has at most {_MOST_WINDOWS} windows (OVER).")
    joints = sum(max(1, len(node.expressions) - 1) for node in tree.find_all(exp.DPipe, exp.Concat))
    if joints > _MOST_JOINTS:
        raise QueryRefused(reason=f"Texts are put together at most {_MOST_JOINTS} times in a question.")
    if sum(1 for _ in tree.walk()) > _MOST_NODES:
        raise QueryRefused(reason="The question is too long.")


def _folded(name: str) -> str:
    """As PostgreSQL folds a name without quotes: only A to Z."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in name)


def _quote(name: exp.Identifier) -> None:
    if not name.args.get("quoted"):
        name.set("this", _folded(name.this))
        name.set("quoted", True)


def _is_whole(node: exp.Expr | None) -> bool:
    return (
        isinstance(node, exp.Literal) and not node.is_string and str(node.this).isdigit() and len(str(node.this)) <= 9
    )


def _limit(tree: exp.Query, most: int) -> None:
    asked = tree.args.get("limit")
    if asked is None or int(asked.expression.this) > most:
        tree.set("limit", exp.Limit(expression=exp.Literal.number(most)))


def _written(tree: exp.Query) -> str:
    """The tree as SQL. Read again it must be the same, or the question is refused: then the two do not agree on what it says."""
    try:
        sql = str(tree.sql("postgres", comments=False, unsupported_level=ErrorLevel.RAISE))
        again = sqlglot.parse_one(sql, read="postgres")
        if again.sql("postgres", comments=False) == sql:
            return sql
    except (SqlglotError, RecursionError, ValueError, TypeError) as error:
        raise QueryRefused(reason="This is not understood; ask in simpler words.") from error
    raise QueryRefused(reason="This is not understood without doubt; ask in simpler words.")
