"""What a question may be made of: the kinds of nodes that the parser may find in it, with the parts that each may have.

What is not listed is refused, also what a later version of the parser learns to read.
"""

from sqlglot import exp
from sqlglot.expressions import DataType

_ONE, _TWO = frozenset({"this"}), frozenset({"this", "expression"})
_MANY = frozenset({"this", "expressions"})


def _each(parts: frozenset[str], *kinds: type[exp.Expr]) -> dict[type[exp.Expr], frozenset[str]]:
    return dict.fromkeys(kinds, parts)


# --- functions, by the names under which they are asked for --------------------------------------------------

AGGREGATES: dict[type[exp.Expr], frozenset[str]] = {
    exp.Count: frozenset({"this", "big_int"}),
    **_each(_ONE, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.LogicalAnd, exp.LogicalOr, exp.AnyValue),
    **_each(_ONE, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop),
    **_each(_TWO, exp.Corr),
    **_each(_ONE, exp.PercentileCont, exp.PercentileDisc),
}
RANKINGS: dict[type[exp.Expr], frozenset[str]] = {
    **_each(frozenset(), exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist),
    **_each(_ONE, exp.Ntile, exp.FirstValue, exp.LastValue),
    exp.NthValue: frozenset({"this", "offset"}),
    exp.Lag: frozenset({"this", "offset", "default"}),
    exp.Lead: frozenset({"this", "offset", "default"}),
}
SCALARS: dict[type[exp.Expr], frozenset[str]] = {
    **_each(_ONE, exp.Abs, exp.Sign, exp.Ceil, exp.Floor, exp.Sqrt, exp.Ln, exp.Lower, exp.Upper, exp.Length, exp.Trim),
    exp.Round: frozenset({"this", "decimals"}),
    exp.Trunc: frozenset({"this", "decimals"}),
    exp.Coalesce: _MANY,
    **_each(_MANY | {"ignore_nulls"}, exp.Greatest, exp.Least),
    **_each(_TWO, exp.Nullif, exp.Left, exp.Right),
    exp.Concat: frozenset({"expressions", "safe", "coalesce"}),
    exp.Substring: frozenset({"this", "start", "length"}),
    exp.StrPosition: frozenset({"this", "substr"}),
    exp.WidthBucket: frozenset({"this", "min_value", "max_value", "num_buckets"}),
    exp.TimestampTrunc: frozenset({"this", "unit"}),
    exp.Extract: _TWO,
    exp.TimeToStr: frozenset({"this", "format"}),
    exp.CurrentDate: frozenset(),
    exp.CurrentTimestamp: frozenset(),
}
# Functions that the parser knows by name only, and how many arguments they may have.
NAMED = {"age": (1, 2), "make_date": (3, 3), "to_char": (2, 2)}
FUNCTIONS = [
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "bool_and",
    "bool_or",
    "any_value",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "variance",
    "var_pop",
    "var_samp",
    "corr",
    "percentile_cont",
    "percentile_disc",
    "row_number",
    "rank",
    "dense_rank",
    "percent_rank",
    "cume_dist",
    "ntile",
    "lag",
    "lead",
    "first_value",
    "last_value",
    "nth_value",
    "abs",
    "sign",
    "ceil",
    "floor",
    "sqrt",
    "ln",
    "round",
    "trunc",
    "mod",
    "lower",
    "upper",
    "length",
    "trim",
    "left",
    "right",
    "substring",
    "position",
    "concat",
    "coalesce",
    "nullif",
    "greatest",
    "least",
    "width_bucket",
    "date_trunc",
    "date_part",
    "extract",
    "to_char",
    "age",
    "make_date",
    "now",
    "current_date",
    "current_timestamp",
    "cast",
]

# --- everything else -----------------------------------------------------------------------------------------

OPERATORS: dict[type[exp.Expr], frozenset[str]] = {
    **_each(
        _TWO,
        exp.And,
        exp.Or,
        exp.EQ,
        exp.NEQ,
        exp.LT,
        exp.LTE,
        exp.GT,
        exp.GTE,
        exp.NullSafeEQ,
        exp.NullSafeNEQ,
    ),
    **_each(_TWO | {"negate"}, exp.Like, exp.ILike, exp.Is),
    **_each(_TWO, exp.Escape, exp.Add, exp.Sub, exp.Mul, exp.Mod),
    exp.Div: frozenset({"this", "expression", "typed", "safe"}),
    exp.DPipe: frozenset({"this", "expression", "safe"}),
    **_each(_ONE, exp.Not, exp.Neg, exp.Paren, exp.Exists),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.In: frozenset({"this", "expressions", "query"}),
    exp.Case: frozenset({"this", "ifs", "default"}),
    exp.If: frozenset({"this", "true"}),
    exp.Cast: frozenset({"this", "to"}),
    exp.AtTimeZone: frozenset({"this", "zone"}),
    exp.Interval: frozenset({"this", "unit"}),
}
STRUCTURE: dict[type[exp.Expr], frozenset[str]] = {
    exp.Select: frozenset({
        "with_", "expressions", "distinct", "from_", "joins", "where", "group", "having", "windows", "order", "limit", "offset",
    }),
    **_each(frozenset({"with_", "this", "expression", "distinct", "order", "limit", "offset"}), exp.Union, exp.Intersect, exp.Except),
    exp.Subquery: frozenset({"this", "alias"}),
    exp.With: frozenset({"expressions"}),
    exp.CTE: frozenset({"this", "alias"}),
    exp.From: _ONE,
    exp.Join: frozenset({"this", "kind", "side", "on", "using"}),
    exp.Table: frozenset({"this", "db", "alias"}),
    exp.TableAlias: frozenset({"this", "columns"}),
    exp.Alias: frozenset({"this", "alias"}),
    exp.Column: frozenset({"this", "table"}),
    exp.Identifier: frozenset({"this", "quoted"}),
    exp.Literal: frozenset({"this", "is_string"}),
    exp.DataType: frozenset({"this", "expressions"}),
    exp.Distinct: frozenset({"expressions"}),
    exp.Group: frozenset({"expressions", "rollup", "cube"}),
    exp.Ordered: frozenset({"this", "desc", "nulls_first"}),
    exp.Window: frozenset({"this", "partition_by", "order", "spec", "alias", "over"}),
    exp.WindowSpec: frozenset({"kind", "start", "start_side", "end", "end_side"}),
    exp.WithinGroup: _TWO,
    exp.Filter: _TWO,
    **_each(_ONE, exp.Where, exp.Having, exp.DataTypeParam, exp.Boolean, exp.Var),
    **_each(frozenset({"expression"}), exp.Limit, exp.Offset),
    **_each(frozenset({"expressions"}), exp.Order, exp.Rollup, exp.Cube),
    **_each(frozenset(), exp.Star, exp.Null),
}  # fmt: skip
NODES: dict[type[exp.Expr], frozenset[str]] = {
    **AGGREGATES, **RANKINGS, **SCALARS, **OPERATORS, **STRUCTURE, exp.Anonymous: _MANY,
}  # fmt: skip
TYPES = frozenset({
    DataType.Type.BOOLEAN, DataType.Type.SMALLINT, DataType.Type.INT, DataType.Type.BIGINT, DataType.Type.DECIMAL, DataType.Type.DOUBLE,
    DataType.Type.FLOAT, DataType.Type.TEXT, DataType.Type.VARCHAR, DataType.Type.DATE, DataType.Type.TIMESTAMP,
    DataType.Type.TIMESTAMPTZ, DataType.Type.TIME, DataType.Type.UUID, DataType.Type.INTERVAL,
})  # fmt: skip
UNITS = frozenset(
    [
        "YEAR",
        "YEARS",
        "QUARTER",
        "MONTH",
        "MONTHS",
        "WEEK",
        "WEEKS",
        "DAY",
        "DAYS",
        "HOUR",
        "HOURS",
        "MINUTE",
        "MINUTES",
        "SECOND",
        "SECONDS",
        "DOW",
        "ISODOW",
        "DOY",
        "ISOYEAR",
        "EPOCH",
        "DECADE",
    ]
)
