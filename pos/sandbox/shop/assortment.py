"""What the shop is stocked with: names, prices and weights, drawn from by goods.py. Names are written as WordPress keeps them."""

# A key, the name, and the key of what it belongs to.
CATEGORIES = (
    ("beer", "Beer &amp; Cider", None),
    ("ales", "Ales", "beer"),
    ("hoppy", "IPA &amp; Pale Ale", "ales"),
    ("lagers", "Lagers", "beer"),
    ("ciders", "Ciders", "beer"),
    ("pantry", "Pantry &#8211; to take home", None),
    ("snacks", "Salt &amp; Crunch", "pantry"),
    ("sauces", "Chef&#8217;s sauces", "pantry"),
    ("merch", "Merchandise", None),
    ("wear", "T-shirts &amp; Hoodies", "merch"),
    ("glass", "Glasses &amp; Mugs", "merch"),
    ("gifts", "Gifts", None),
)

# A name, a price, its category, its tax class, how many there are (None: not counted), and the reduced price.
SIMPLE = (
    ("Taproom IPA, six cans", 1450, "hoppy", "", 84, None),
    ("Hazy Morning IPA, four cans", 1690, "hoppy", "", 36, 1490),
    ("Session Pale Ale, six cans", 1290, "hoppy", "", 120, None),
    ("West Coast Pale, six cans", 1350, "hoppy", "", 0, None),
    ("Oatmeal Stout, four cans", 1390, "ales", "", 44, None),
    ("Barley Wine, one bottle", 1190, "ales", "", 18, None),
    ("Brown Ale, six cans", 1250, "ales", "", 63, None),
    ("Pilsner, six cans", 1190, "lagers", "", 140, None),
    ("Helles, six cans", 1190, "lagers", "", 96, None),
    ("Dunkel, four cans", 1290, "lagers", "", 27, 999),
    ("Dry Cider, four cans", 1350, "ciders", "", 52, None),
    ("Pear Cider, four cans", 1390, "ciders", "", 31, None),
    ("Pretzel sticks", 450, "snacks", "reduced-rate", None, None),
    ("Spent-grain crackers", 595, "snacks", "reduced-rate", 75, None),
    ("Smoked almonds", 725, "snacks", "reduced-rate", 48, None),
    ("Salt &amp; vinegar chips", 399, "snacks", "reduced-rate", None, None),
    ("Beef jerky", 899, "snacks", "reduced-rate", 22, None),
    ("Caramel popcorn", 549, "snacks", "reduced-rate", 40, 449),
    ("Stout barbecue sauce", 850, "sauces", "reduced-rate", 33, None),
    ("Pale ale mustard", 675, "sauces", "reduced-rate", 57, None),
    ("Chili-hop hot sauce", 795, "sauces", "reduced-rate", 19, None),
    ("Beer vinegar", 999, "sauces", "reduced-rate", 12, None),
    ("Shaker pint glass", 799, "glass", "", 160, None),
    ("Tulip glass, set of two", 1899, "glass", "", 28, None),
    ("Stoneware mug", 2450, "glass", "", 15, 1995),
    ("Growler, 64 oz", 3200, "glass", "", 21, None),
    ("Enamel mug", 1400, "glass", "", 67, None),
    ("Knitted cap", 2200, "wear", "", 30, None),
    ("Canvas tote", 1600, "merch", "", None, None),
    ("Sticker sheet", 350, "merch", "", None, None),
    ("Bottle opener", 1250, "merch", "", 90, None),
    ("Coasters, set of six", 1099, "merch", "", 44, None),
    ("Brew-day book", 2995, "gifts", "zero-rate", 17, None),
    ("Gift box &#8211; small", 3900, "gifts", "", 25, None),
    ("Gift box &#8211; large", 7400, "gifts", "", 9, None),
    ("Brewery tour for two", 4800, "gifts", "", None, None),
)

# A name, a price, and its options with what they cost more and how many there are.
VARIABLE = (
    ("Logo T-shirt", 2500, "wear", (("S", 0, 24), ("M", 0, 40), ("L", 0, 38), ("XL", 200, 12))),
    ("Hoodie", 5400, "wear", (("S", 0, 6), ("M", 0, 14), ("L", 0, 11), ("XL", 300, 0))),
    ("Tasting crate", 3600, "gifts", (("6 cans", 0, None), ("12 cans", 2900, None), ("24 cans", 7900, None))),
    ("House coffee, stout-barrel aged", 1650, "pantry", (("Whole bean", 0, 30), ("Ground", 0, 26))),
)

# A code, its kind, whole percent or cents, what else the API shows of it, and how often it is used.
COUPONS = (
    ("welcome10", "percent", 10, {"usage_limit_per_user": 1, "individual_use": True}, 8),
    ("five-off", "fixed_cart", 500, {"minimum_amount": "20.00"}, 5),
    ("pint-night", "fixed_product", 100, {"limit_usage_to_x_items": 6}, 3),
    ("summer24", "percent", 25, {"usage_limit": 500, "exclude_sale_items": True}, 2),
    ("staff-pick", "percent", 100, {"email_restrictions": ["*@example.com"]}, 0.1),
)

FIRST_NAMES = (
    "Aaliyah", "Anders", "Beatriz", "Björn", "Camila", "Carlos", "Chloé", "Daria", "Diego", "Emre", "Fatima", "Femi",
    "Grace", "Hana", "Ines", "Jamal", "Jürgen", "Kaito", "Lena", "Marek", "Nadia", "Omar", "Priya", "Rosa", "Sean",
    "Siobhán", "Tariq", "Uma", "Víctor", "Wen", "Yara", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Abara", "Baker", "Castillo", "Dvořák", "Eriksen", "Fischer", "Garcia", "Haddad", "Ito", "Jensen", "Kowalski", "Lopez",
    "Müller", "Nakamura", "O'Connor", "Petrov", "Quinn", "Rossi", "Silva", "Tran", "Ueda", "van Dijk", "Walker", "Yılmaz",
)  # fmt: skip

# How orders stand after some days, by weight.
STATUSES = {
    "completed": 66, "processing": 7, "cancelled": 8, "refunded": 5, "failed": 6, "on-hold": 3, "pending": 3, "trash": 2,
}  # fmt: skip
YOUNG_STATUSES = {"processing": 60, "completed": 15, "on-hold": 8, "pending": 9, "failed": 4, "cancelled": 4}
LINE_COUNTS = {1: 44, 2: 31, 3: 17, 4: 6, 7: 2}
QUANTITIES = {1: 70, 2: 20, 3: 7, 6: 3}
METHODS = {"stripe": 62, "ppcp": 20, "cod": 12, "bacs": 6}
# What is sent costs this; who fetches pays nothing.
SHIPPING = {("Flat rate", 590): 52, ("Express", 1490): 10, ("Free shipping", 0): 14, ("Local pickup", 0): 24}
# A fee with what it costs and whether it is taxed; one is a discount.
FEES = (("Gift wrapping", 350, True), ("Bottle deposit", 60, False), ("Loyalty discount", -200, True))
COUPON_SHARE, FEE_SHARE, GUEST_SHARE, PARTLY_REFUNDED_SHARE, TWICE_SHARE = 0.15, 0.07, 0.42, 0.06, 0.3
NOTES = (
    "",
    "",
    "",
    "",
    "Please ring twice.",
    "It is a gift, no receipt please.",
    "Leave it with the neighbours at no. 12 &amp; thanks!",
)
REASONS = ("", "Broken on arrival", "Ordered by mistake", "Out of stock after all", "Guest changed their mind")
