"""Questions made by chance: some good, some odd, some hostile."""

import random

_NUMBERS = ("total", "net", "tax", "tip", "subtotal", "amount_paid", "placed_hour", "1", "2.5", "0", "-3")
_TEXTS = ("kind", "status", "source", "currency", "'food'", "'it''s'", "'%'", "'-- x'", "'; DROP'")
_WORDS = ("=", "<>", "<", ">=", "IS DISTINCT FROM")
_BAD = (
    "pg_sleep(1)", "set_config('app.store_id', '', false)", "(SELECT phone FROM public.customers LIMIT 1)", "current_user", "x::regclass",
    "lo_creat(-1)", "store_id", "repeat('x', 1000000000)", "E'\\''", "$1", "o.row_to_json",
)  # fmt: skip


def question(chance: random.Random, *, badness: float = 0.04) -> str:
    """One SELECT over the orders, deep by chance; `badness` is how often a part of it is hostile."""
    return _Maker(chance, badness).select()


class _Maker:
    def __init__(self, chance: random.Random, badness: float) -> None:
        self._chance, self._badness = chance, badness

    def select(self) -> str:
        pick = self._chance.random()
        if pick < 0.2:
            return f"SELECT kind, count(*) AS n, sum({self.number(1)}) AS s FROM report_orders o WHERE {self.truth(2)} GROUP BY kind ORDER BY kind"
        if pick < 0.35:
            return f"WITH w AS (SELECT id, {self.number(2)} AS v, {self.text(1)} AS t FROM report_orders o) SELECT * FROM w WHERE {self.over_w()} ORDER BY id"
        if pick < 0.45:
            return f"SELECT {self.number(2)} AS v FROM report_orders o UNION SELECT {self.number(1)} FROM report_orders o ORDER BY v"
        return f"SELECT id, {self.number(3)} AS v, {self.text(2)} AS t, {self.truth(2)} AS b FROM report_orders o WHERE {self.truth(3)} ORDER BY id"

    def over_w(self) -> str:
        return self._chance.choice(
            ("v > 0", "NOT v > 0", "t IS NOT NULL", "v BETWEEN 0 AND 1000", "t LIKE 'f%' OR v IN (1, 2)")
        )

    def number(self, depth: int) -> str:
        if self._chance.random() < self._badness:
            return self._chance.choice(_BAD)
        if depth == 0 or self._chance.random() < 0.3:
            return self._chance.choice(_NUMBERS)
        left, right = self.number(depth - 1), self.number(depth - 1)
        return self._chance.choice((
            f"{left} + {right}", f"{left} - {right}", f"{left} * {right}", f"({left}) / nullif({right}, 0)", f"-({left})", f"({left} + {right})",
            f"coalesce({left}, {right})", f"greatest({left}, {right})", f"CASE WHEN {self.truth(depth - 1)} THEN {left} ELSE {right} END",
            f"cast({left} AS numeric)", f"({left})::bigint", f"round({left})", f"abs({left}) % 7", f"length({self.text(depth - 1)})",
        ))  # fmt: skip

    def text(self, depth: int) -> str:
        if self._chance.random() < self._badness:
            return self._chance.choice(_BAD)
        if depth == 0 or self._chance.random() < 0.4:
            return self._chance.choice(_TEXTS)
        left, right = self.text(depth - 1), self.text(depth - 1)
        return self._chance.choice((
            f"{left} || {right}", f"upper({left})", f"left({left}, 3)", f"concat({left}, {right})", f"({self.number(depth - 1)})::text",
            f"substring({left} FROM 2 FOR 2)", f"CASE {left} WHEN {right} THEN 'a' ELSE 'b' END",
        ))  # fmt: skip

    def truth(self, depth: int) -> str:
        if depth == 0:
            return self._chance.choice(("true", "is_offline", "total > 0", "kind = 'food'"))
        left, right, one, other = (
            self.truth(depth - 1),
            self.truth(depth - 1),
            self.number(depth - 1),
            self.number(depth - 1),
        )
        return self._chance.choice((
            f"{left} AND {right}", f"{left} OR {right}", f"NOT {left}", f"NOT ({left} OR {right})", f"({left})", f"{one} {self._chance.choice(_WORDS)} {other}",
            f"{one} IN ({other}, 1, 2)", f"{one} NOT IN ({other}, 3)", f"{one} BETWEEN 0 AND {other}", f"{one} NOT BETWEEN {other} AND 5", f"{one} IS NULL",
            f"{one} IS NOT NULL", f"{self.text(depth - 1)} LIKE {self.text(0)}", f"{self.text(depth - 1)} NOT LIKE 'a%'", f"{left} IS NOT TRUE",
            f"EXISTS (SELECT 1 FROM report_order_lines l WHERE l.order_id = o.id AND {left})", f"{left} = ({right})",
        ))  # fmt: skip
