"""What is asked of points: how many, why, until when, from which order, and how far it is to the next level."""

from pos.assistant.found import Intent
from pos.assistant.intents.fill import order_named
from pos.assistant.sentences import brief, day, points
from pos.assistant.tools import points as tools
from pos.assistant.tools.points import Expiries, Ledger, NoMember, Points, PointsOfOrder, Step
from pos.messaging.wording import say


def worded(found: Points | NoMember, language: str) -> list[str]:
    if isinstance(found, NoMember):
        return _offered(found, language)
    facts = {"points": points(found.balance, language), "level": found.level.capitalize()}
    sentences = [say("points" if found.balance >= 0 else "points_owed", language, facts)]
    sentences += [_reward(found.reward_in_reach, "reward_in_reach", language)] if found.reward_in_reach else []
    sentences += [_reward(found.next_reward, "next_reward", language)] if found.next_reward else []
    if found.next_level:
        missing = points(found.next_level.missing, language)
        sentences.append(say("next_level", language, {"missing": missing, "level": found.next_level.name.capitalize()}))
    if found.next_expiry:
        expiring = {
            "points": points(found.next_expiry.points, language),
            "day": day(found.next_expiry.last_on, language),
        }
        sentences.append(say("next_expiry", language, expiring))
    return sentences


def _offered(found: NoMember, language: str) -> list[str]:
    sentences = [say("not_a_member", language, {})]
    if found.orders:
        name = "one_order_counts" if found.orders == 1 else "orders_count"
        sentences.append(say(name, language, {"orders": found.orders, "days": found.days}))
    return sentences


def _reward(step: Step, name: str, language: str) -> str:
    facts = {"reward": brief(step.name), "points": f"{step.points:,}", "missing": points(step.missing, language)}
    return say(name, language, facts)


def worded_ledger(found: Ledger | NoMember, language: str) -> list[str]:
    if isinstance(found, NoMember):
        return _offered(found, language)
    sentences = [say("balance_is", language, {"points": points(found.balance, language)})]
    for act in found.acts:
        facts = {
            "points": points(abs(act.points), language),
            "day": day(act.on, language),
            "reference": act.reference or "",
            "reward": brief(act.reward or ""),
        }
        sentences.append(say(_sentence_of(act), language, facts))
    if found.earlier:
        facts = {"entries": f"{found.earlier:,}", "points": points(found.earlier_points, language)}
        sentences.append(say("acts_before", language, facts))
    if found.due:
        sentences.append(say("act_due", language, {"points": points(found.due, language)}))
    return sentences


def _sentence_of(act: tools.Act) -> str:
    """The name of the sentence for what it did, and whether points came or went by it."""
    sign = "more" if act.points > 0 else "less"
    where = {"earned": "order", "spent": "reward"}.get(act.kind)
    if where == "order" and act.reference and act.points > 0:
        return "act_earned"
    if where == "reward" and act.reward and act.points < 0:
        return "act_spent"
    if act.kind in ("given_back", "taken_back") and act.reference:
        return f"act_order_{sign}"
    return "act_expired" if act.kind == "expired" else f"act_{sign}"


def worded_expiring(found: Expiries | NoMember, language: str) -> list[str]:
    if isinstance(found, NoMember):
        return _offered(found, language)
    if not found.expiring:
        return [say("nothing_expires", language, {})]
    listed = [
        say("next_expiry", language, {"points": points(each.points, language), "day": day(each.last_on, language)})
        for each in found.expiring
    ]
    return listed + ([say("later_expiry", language, {"points": points(found.more, language)})] if found.more else [])


def worded_of_order(found: PointsOfOrder, language: str) -> list[str]:
    if found.reference is None:
        return [say("not_yours", language, {})]
    if not found.counts:
        return [say("no_points_of_order", language, {"reference": found.reference})]
    facts = {"reference": found.reference, "points": points(found.earned, language)}
    said = [say("points_of_order", language, facts)]
    if found.spent:
        said.append(say("spent_in_order", language, {"points": points(found.spent, language)}))
    return said


def worded_level(found: Points | NoMember, language: str) -> list[str]:
    if isinstance(found, NoMember):
        return _offered(found, language)
    said = [say("level_is", language, {"level": found.level.capitalize()})]
    if found.next_level is None:
        return [*said, say("highest_level", language, {})]
    missing = points(found.next_level.missing, language)
    return [*said, say("next_level", language, {"missing": missing, "level": found.next_level.name.capitalize()})]


INTENTS = (
    Intent(
        "points",
        tools.BALANCE,
        worded,
        words={"en": ("points", "balance"), "es": ("puntos", "saldo")},
        examples={
            "en": ("how many points do I have", "points", "my points please", "can you tell me my points"),
            "es": ("cuantos puntos tengo", "puntos", "mi saldo de puntos"),
        },
    ),
    Intent(
        "points_explained",
        tools.LEDGER,
        worded_ledger,
        examples={
            "en": (
                "why is my balance this", "why do I have so many points", "explain my points", "where do my points come from",
                "points history", "how did I earn my points", "how did my points come", "what are my points made up from",
            ),
            "es": (
                "por que tengo este saldo", "por que tengo tantos puntos", "explicame mis puntos", "de donde salen mis puntos",
                "historial de puntos", "como gane mis puntos", "detalle de mis puntos",
            ),
        },
        takes=frozenset({"number"}),
    ),
    Intent(
        "points_of_order",
        tools.OF_ORDER,
        worded_of_order,
        examples={
            "en": (
                "how many points did order <order> earn", "points of order <order>", "points for my last order",
                "how many points did I earn with my last order", "how many points for <order>",
            ),
            "es": (
                "cuantos puntos me dio el pedido <order>", "puntos del pedido <order>", "puntos de mi ultimo pedido",
                "cuantos puntos gane con mi ultimo pedido",
            ),
        },
        takes=frozenset({"order"}),
        fill=order_named,
    ),
    Intent(
        "points_expiring",
        tools.EXPIRING,
        worded_expiring,
        examples={
            "en": ("when do my points expire", "do my points expire", "how many points expire", "expiring points", "when do I lose my points next"),
            "es": ("cuando vencen mis puntos", "mis puntos caducan", "cuantos puntos vencen", "puntos por vencer", "que puntos vencen"),
        },
    ),
    Intent(
        "level",
        tools.BALANCE,
        worded_level,
        examples={
            "en": (
                "level", "what level am I", "next level", "how many points until next level", "how many points do I need for the next level",
                "what is the next level", "when do I reach the next level",
            ),
            "es": (
                "nivel", "que nivel tengo", "siguiente nivel", "cuantos puntos me faltan para el siguiente nivel",
                "cuanto falta para el proximo nivel", "cual es el siguiente nivel",
            ),
        },
    ),
)  # fmt: skip
