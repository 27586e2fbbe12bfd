"""The demo store's board: charts that an owner looks at, without answers until somebody refreshes them."""

import json
from pathlib import Path

from pos import clock
from pos.analytics.charts import actions
from pos.analytics.charts.actions import Found

_SEED = Path(__file__).parents[2] / "seed" / "charts.json"


def hang() -> None:
    """Puts them up in the open transaction of the store."""
    for body in json.loads(_SEED.read_text()):
        actions.create_chart(body, Found(clock.now()))
