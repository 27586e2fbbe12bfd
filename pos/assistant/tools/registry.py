"""All tools by name: what a program may call to ask the books. Each reads, and none writes; acts (joining, a link to pay) are no tools."""

from typing import Any

from pos.assistant.tools import askable, consents, goods, house, offers, orders, places, points, sales
from pos.assistant.tools.tool import Tool

_MODULES = (points, orders, offers, places, consents, askable, sales, goods, house)
TOOLS: dict[str, Tool[Any, Any]] = {
    tool.name: tool for module in _MODULES for tool in vars(module).values() if isinstance(tool, Tool)
}
