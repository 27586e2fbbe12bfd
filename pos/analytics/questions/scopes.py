"""Which view, column or declared name each name of a question means, and how much the question grows when it is worked out.

A name that means nothing here is refused, so that PostgreSQL finds none by itself: no catalogue, no function called like a column.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from pos.analytics.questions.refusals import QueryRefused
from pos.analytics.questions.views import SCHEMA, VIEWS

COLUMNS = {view.name: tuple(view.columns) for view in VIEWS}
# Put before what WITH declares, so that no such name is ever one of the catalogue's.
_DECLARED = "q_"
_MOST_RELATIONS, _MOST_WEIGHT = 12, 20_000
_FUNCTION = re.compile(r'"?([A-Za-z_]+)"?\(')
_SETS = (exp.Union, exp.Intersect, exp.Except)


@dataclass(frozen=True)
class Relation:
    """What stands in FROM: its columns with their weights (how many names and signs they are when everything is put in place), its own
    weight, and how many views it reads."""

    columns: dict[str, int]
    weight: int
    relations: int


@dataclass
class Scope:
    """The names that hold at one place: what WITH declared, what stands in FROM, and the same of the places around it."""

    declared: dict[str, Relation]
    outer: "Scope | None" = None
    sources: dict[str, Relation] = field(default_factory=dict)

    def places(self) -> "Iterator[Scope]":
        scope: Scope | None = self
        while scope:
            yield scope
            scope = scope.outer

    def weight_of(self, column: exp.Column) -> int:
        """Raises QueryRefused for a column that there is not."""
        name, table = column.name, column.table
        for place in self.places():
            if table and table not in place.sources:
                continue
            found = [
                source.columns[name]
                for label, source in place.sources.items()
                if table in ("", label) and name in source.columns
            ]
            if found:
                return max(found)
            if table:
                raise QueryRefused(
                    reason=f"{table} has no column {name}. It has: {', '.join(place.sources[table].columns)}."
                )
        what = f"{table}.{name}" if table else name
        raise QueryRefused(
            reason=f"There is no column {what} here. GET /analytics/schema lists all views and their columns."
        )


def resolve(tree: exp.Query) -> frozenset[str]:
    """The views that it reads. Changes the tree: views get their schema, declared names their prefix. Raises QueryRefused."""
    views: set[str] = set()
    found = _relation(tree, Scope({}), views)
    if found.relations > _MOST_RELATIONS:
        raise QueryRefused(
            reason=f"A question reads at most {_MOST_RELATIONS} views, each counted as often as it is read."
        )
    if found.weight > _MOST_WEIGHT:
        raise QueryRefused(reason="The question grows too large when everything in it is put in its place.")
    return frozenset(views)


def _relation(query: exp.Expr, scope: Scope, views: set[str]) -> Relation:
    declared = dict(scope.declared)
    with_ = query.args.get("with_")
    for cte in with_.expressions if with_ else ():
        name = cte.args["alias"]
        declared_here = _relation(cte.this, Scope(dict(declared), scope.outer), views)
        declared[name.name] = _renamed(declared_here, name)
        name.this.set("this", _prefixed(name.name))
    inner = Scope(declared, scope.outer)
    if isinstance(query, exp.Subquery):
        return _relation(query.this, inner, views)
    if isinstance(query, _SETS):
        return _set_operation(query, inner, views)
    return _select(query, inner, views)


def _prefixed(name: str) -> str:
    if len(name.encode()) > 60:
        raise QueryRefused(reason="A name of WITH has at most 60 characters.")
    return _DECLARED + name


def _set_operation(query: exp.Expr, scope: Scope, views: set[str]) -> Relation:
    sides = [_relation(side, Scope(scope.declared, scope.outer), views) for side in (query.this, query.expression)]
    columns = {name: max(weight, *sides[1].columns.values(), 0) for name, weight in sides[0].columns.items()}
    output = Scope({}, None, {"": Relation(columns, 0, 0)})
    order = query.args.get("order")
    for column in order.find_all(exp.Column) if order else ():
        output.weight_of(column)
    return Relation(columns, sum(side.weight for side in sides), sum(side.relations for side in sides))


def _select(select: exp.Expr, scope: Scope, views: set[str]) -> Relation:
    total = Relation({}, 0, 0)
    inner = Scope(scope.declared, scope.outer)
    if not select.expressions:
        raise QueryRefused(reason="Say after SELECT what is to be shown.")
    for source in _sources(select):
        label, found = _source(source, scope, views)
        if label in inner.sources:
            raise QueryRefused(reason=f"{label} stands in FROM twice; give one of them another name with AS.")
        inner.sources[label] = found
        total = Relation({}, total.weight + found.weight, total.relations + found.relations)
    outputs = _outputs(select, inner)
    names = {name: weight for name, weight in outputs.items() if name}
    weight = sum(1 for _ in _own_nodes(select))
    for node in _own_nodes(select):
        if isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
            weight += _weight_in_place(node, inner, names)
        elif isinstance(node, (exp.Select, *_SETS)):
            found = _relation(node, Scope(scope.declared, inner), views)
            total = Relation({}, total.weight + found.weight, total.relations + found.relations)
    return Relation(names, total.weight + weight + sum(outputs.values()), total.relations)


def _weight_in_place(column: exp.Column, scope: Scope, outputs: dict[str, int]) -> int:
    """ORDER BY and GROUP BY may mean a column of the answer."""
    if (
        not column.table
        and column.name in outputs
        and column.find_ancestor(exp.Order, exp.Group, exp.Select).__class__ is not exp.Select
    ):
        return outputs[column.name]
    return scope.weight_of(column)


def _sources(select: exp.Expr) -> list[exp.Expr]:
    first = select.args.get("from_")
    return ([first.this] if first else []) + [join.this for join in select.args.get("joins") or ()]


def _own_nodes(select: exp.Expr) -> Iterator[exp.Expr]:
    """What the SELECT is made of; of its subqueries the first node alone, of FROM only the conditions, nothing of WITH."""
    skipped = {id(source) for source in _sources(select)} | {id(select.args.get("with_"))}
    waiting = list(select.iter_expressions())
    while waiting:
        node = waiting.pop()
        if id(node) in skipped:
            continue
        yield node
        if not isinstance(node, (exp.Select, *_SETS)):
            waiting.extend(node.iter_expressions())


def _source(source: exp.Expr, scope: Scope, views: set[str]) -> tuple[str, Relation]:
    """The name by which a source is known and what it is."""
    alias = source.args.get("alias")
    if isinstance(source, exp.Subquery):
        found = _relation(source.this, Scope(scope.declared, scope.outer), views)
        if not (alias and alias.name):
            raise QueryRefused(reason="A SELECT in FROM needs a name: (SELECT …) AS name.")
        return alias.name, _renamed(found, alias)
    if not (isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier)):
        raise QueryRefused(reason="Only views, names of WITH and SELECTs in brackets stand in FROM.")
    label = alias.name if alias and alias.name else source.name
    return label, _renamed(_table(source, label, scope, views), alias)


def _table(table: exp.Table, label: str, scope: Scope, views: set[str]) -> Relation:
    name, schema = table.name, table.db
    if not schema and name in scope.declared:
        table.this.set("this", _prefixed(name))
        _call(table, label)
        return scope.declared[name]
    if name not in COLUMNS or schema not in ("", SCHEMA):
        raise QueryRefused(reason=f"There is no view {name}. There are: {', '.join(COLUMNS)}.")
    views.add(name)
    table.set("db", exp.to_identifier(SCHEMA, quoted=True))
    _call(table, label)
    return Relation(dict.fromkeys(COLUMNS[name], 1), 1, 1)


def _call(table: exp.Table, label: str) -> None:
    """The name by which the question knows it goes on to hold."""
    alias = table.args.get("alias")
    if alias is None:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(label, quoted=True)))


def _renamed(found: Relation, alias: exp.Expr | None) -> Relation:
    names = [column.name for column in alias.args.get("columns") or ()] if alias else []
    if len(names) > len(found.columns):
        raise QueryRefused(reason="More names than columns.")
    kept = list(found.columns.items())
    columns = dict([(name, weight) for name, (_, weight) in zip(names, kept, strict=False)] + kept[len(names) :])
    return Relation(columns, found.weight, found.relations)


def _outputs(select: exp.Expr, scope: Scope) -> dict[str, int]:
    """The columns of the answer with their weights, in their order. What has no name gets none, as in PostgreSQL."""
    found: dict[str, int] = {}
    for position, each in enumerate(select.expressions):
        if isinstance(each, exp.Star):
            for source in scope.sources.values():
                found |= source.columns
        elif isinstance(each, exp.Column) and isinstance(each.this, exp.Star):
            if each.table not in scope.sources:
                raise QueryRefused(reason=f"There is no {each.table} in this FROM.")
            found |= scope.sources[each.table].columns
        else:
            name = _name(each)
            found[name or f"?column {position}?"] = _weight(each, scope)
    return found


def _weight(expression: exp.Expr, scope: Scope) -> int:
    total = 0
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        total += 1
        if isinstance(node, (exp.Select, *_SETS)):
            continue
        if isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
            total += scope.weight_of(node)
        waiting.extend(node.iter_expressions())
    return total


def _name(expression: exp.Expr) -> str:
    """As PostgreSQL calls a column of an answer: by its alias, its column, its function."""
    if isinstance(expression, (exp.Alias, exp.Column)):
        return str(expression.alias_or_name)
    if isinstance(expression, (exp.Cast, exp.Paren)):
        return _name(expression.this)
    if isinstance(expression, exp.Case):
        return "case"
    if isinstance(expression, (exp.Filter, exp.Window, exp.WithinGroup)):
        return _name(expression.this)
    called = _FUNCTION.match(expression.sql("postgres"))
    return called.group(1).lower() if called and isinstance(expression, exp.Func) else ""
