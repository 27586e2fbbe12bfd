"""JSON of the care of customers."""

from pos.http.api import Blueprint

blueprint = Blueprint("care", __name__, description="The care of customers: two rows that are one person")
