"""A text reduced to its words in plain Latin letters, so that the same word is found however it was typed or dressed up."""

import re
import unicodedata

# What looks like a letter of ours in another alphabet (Cyrillic, Greek, Armenian), in small capitals, or barred; and the zero.
_LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХҮԀԚԜҺӀавеѕіјкмнорстухүԁԛԝһӏ"
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεηικνορτυχς"
    "ՏՍԼՕօոսհցզյք"
    "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ"
    "ıłøđɑɡŁØĐ0",
    "abesijkmhopctyxydqwhlabesijkmhopctyxydqwhl"
    "abezhikmnoptyxaenikvoptuxc"
    "suloonuhgqjp"
    "abcdefghijklmnoprstuvwyz"
    "ilodaglodo",
)
# Letters white on black, round or square, which Unicode does not trace back to letters.
_BADGES = {first + place: chr(ord("a") + place) for first in (0x1F150, 0x1F170) for place in range(26)}
# Emoji that Unicode would take apart into letters and digits.
_LETTERED = re.compile(r"[0-9#*]\ufe0f?\u20e3|[\u2122\u2139\u24c2\u3297\u3299\U0001f200-\U0001f265]")
_APOSTROPHES = re.compile(r"['’‘‛`´ʼ′＇]")
_UNSEEN = {"Mn", "Me", "Cf", "Cc", "Cs", "Cn"}
_FILLERS = "\u115f\u1160\u3164\uffa0"
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_SPELLED_OUT = re.compile(r"\b\w(?: \w\b){2,}")


def words(text: str) -> str:
    """The words of a text, with one blank between them: in lower case, without accents, signs, emoji and what nobody sees; letters
    of other alphabets that look like ours are ours, and a word that was spelled out (S.T.O.P) is one word."""
    bare = _APOSTROPHES.sub("", _LETTERED.sub(" ", text))
    seen = "".join(_seen(sign) for sign in unicodedata.normalize("NFKD", bare))
    latin = seen.translate(_LOOK_ALIKES).translate(_BADGES).casefold()
    spaced = _BETWEEN_WORDS.sub(" ", latin).strip()
    return _SPELLED_OUT.sub(lambda found: found.group().replace(" ", ""), spaced)


def _seen(sign: str) -> str:
    """The sign, a blank for a line's end or a tab, and nothing for an accent, a mark that nobody sees, or a filler."""
    if sign.isspace():
        return " "
    return "" if unicodedata.category(sign) in _UNSEEN or sign in _FILLERS else sign
