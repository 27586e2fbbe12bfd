"""What the generators of old data make people of: names, and numbers that carriers could give out. They are read, never texted."""

import hashlib
import json
from pathlib import Path

SEED = Path(__file__).parents[1] / "seed"
FIRST_NAMES: list[str] = json.loads((SEED / "people.json").read_text(encoding="utf-8"))["first_names"]
LAST_NAMES = (
    "Adeyemi", "Almeida", "Andersson", "Bauer", "Becker", "Berg", "Bianchi", "Bondarenko", "Brandão", "Castro",
    "Chen", "Costa", "Costello", "D'Angelo", "Delgado", "Dias", "Dubois", "Eriksen", "Farah", "Fernández",
    "Ferreira", "Fischer", "Fontaine", "García", "Gomes", "Greene", "Gutiérrez", "Haddad", "Hansen", "Hoang",
    "Holm", "Horváth", "Ibáñez", "Ivanova", "Jansen", "Johansson", "Kamau", "Kaya", "Keller", "Kim", "Kovács",
    "Kowalski", "Łukasik", "Lefèvre", "Lindqvist", "Lund", "Mazur", "Mbeki", "Mehta", "Moreau", "Moreno", "Müller",
    "Nair", "Nakamura", "Nguyễn", "Novák", "O'Brien", "Oduya", "Okafor", "Olsen", "Öztürk", "Park", "Peña",
    "Pereira", "Petrov", "Popović", "Quispe", "Ramírez", "Reyes", "Rossi", "Sato", "Schäfer", "Silva", "Šimůnek",
    "Singh", "Sørensen", "Suzuki", "Tanaka", "Tóth", "Vandenberg", "Vargas", "Watanabe", "Weber", "Williams",
    "Wójcik", "Yılmaz", "Zhang", "Zieliński",
)  # fmt: skip
AREAS = (
    "201", "202", "203", "205", "206", "207", "208", "209", "212", "213", "214", "215", "216", "217", "218", "219",
    "224", "225", "228", "229", "231", "234", "239", "240", "248", "251", "252", "253", "254", "256", "260", "262",
    "267", "269", "270", "276", "281", "301", "303", "304",
)  # fmt: skip
# 80 exchanges, 220 to 299, of 10,000 numbers each.
_PER_AREA = 800_000
# Shares no factor with the count of all numbers, so that no two people get the same one, and neighbours are far apart.
STEP = 7_654_321


def number(person: int, shift: int) -> str:
    """The ten digits of somebody's number: another one for each of 32,000,000 people."""
    place = (person * STEP + shift) % (len(AREAS) * _PER_AREA)
    area, rest = divmod(place, _PER_AREA)
    return f"{AREAS[area]}{220 + rest // 10_000}{rest % 10_000:04d}"


def shift(seed: str) -> int:
    """Where the numbers of a seed begin."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:3])
