"""Customers as the chat service writes them, with sane defaults."""

import json
from datetime import date
from typing import Any

from pos.legacy.customer_info.records import Fault, Told, read

TODAY = date(2026, 3, 1)


def order(**changes: Any) -> dict[str, Any]:
    return {
        "id": 29,
        "productId": 8,
        "quantity": 2,
        "total": 700.0,
        "date": "2/10/2023",
        "name": "Alpine Explorer Tent",
        "unitprice": 350.0,
        "category": "Tents",
        "brand": "AlpineGear",
        "description": "Room for eight,\nand their boots.",
    } | changes


def customer(*orders: Any, **changes: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "firstName": "Rosa",
        "lastName": "Diaz",
        "age": 35,
        "email": "Rosa@example.com",
        "phone": "415-555-0132",
        "address": "12 Pine St,  Dockside",
        "membership": "Gold",
        "orders": list(orders),
    } | changes


def written(record: Any) -> bytes:
    return json.dumps(record).encode()


def read_told(record: Any, *, digits: int = 2) -> tuple[Told | None, tuple[Fault, ...]]:
    """What is made of a record, which is given as an object, or as bytes if it is none."""
    content = record if isinstance(record, bytes) else written(record)
    return read(content, digits=digits, today=TODAY)
