"""Proofs of the books: each is one SQL statement that gives the rows which break a rule, so none is the proof.

Every feature lists its own in its proofs.py; pos/audit/ runs them all. A statement names the store itself
(`:store`) and gives `subject`, which row it is, and columns that show what is wrong.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ForeignKeyConstraint

from pos.db import Base
from pos.statements import Statement

_prepared = cache(Statement)


@dataclass(frozen=True)
class Proof:
    """A rule of the books and the statement that finds what breaks it."""

    name: str
    rule: str
    statement: str


@dataclass(frozen=True)
class Violation:
    """One row that breaks a rule: ids and amounts only, nothing personal."""

    proof: Proof
    row: dict[str, Any]


def run(proofs: Iterable[Proof]) -> list[Violation]:
    """What breaks the rules in the current store, at most 100 rows of each."""
    return [Violation(proof, row) for proof in proofs for row in _prepared(proof.statement).mappings()[:100]]


def tenancy() -> Sequence[Proof]:
    """For each composite foreign key: no row whose parent is missing or another store's."""
    return [
        _orphans(str(table.name), constraint)
        for table in Base.metadata.sorted_tables
        for constraint in sorted(table.foreign_key_constraints, key=lambda key: str(key.name))
        if len(constraint.elements) == 2
    ]


def _orphans(table: str, constraint: ForeignKeyConstraint) -> Proof:
    column = constraint.column_keys[1]
    parent = constraint.referred_table.name
    key = constraint.elements[1].column.name
    statement = f"""
        SELECT child.{column} AS subject FROM {table} child
         WHERE child.store_id = :store AND child.{column} IS NOT NULL
           AND NOT EXISTS (SELECT FROM {parent} parent WHERE parent.store_id = child.store_id AND parent.{key} = child.{column})
    """
    return Proof(f"{table}.{column}", f"each {table}.{column} is a row of {parent} in the same store", statement)
