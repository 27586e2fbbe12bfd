"""Opt-outs in other words than the provider's: the phrases by which people say it, in English and Spanish.

A phrase is read word by word: `a|b` is either word, a name in capitals one of the phrases under that name, and what stands in
brackets may be missing. Phrases are kept apart by ` / `. A text is an opt-out only if the whole of it is phrases of these, with
politeness around them; nothing is guessed. What could as well be about an order (cancel) counts alone or with a please, not when
it is asked for (can you cancel).
"""

import re
from functools import cache

_NAMED = {
    # English
    "PLEASE": (
        "please|pleas|plese|pls|plz|kindly|hi|hey|hello|ok|okay|sorry|sir|guys|just / no thanks / no thank you / "
        "por favor / porfavor|porfa|hola|ya|oye|oiga / favor de"
    ),
    "ASKING": (
        "PLEASE / seriously / can|could|will|would you|u|ya / i want|need|wanna [to] / i want|need|asked|told you to / i would like [you] to / "
        "id like [you] to / i wish to / i said / you need to / you must / you guys / who is this / who dis / yes|yeah|si / "
        "[i|im] [am] not interested / [i|im] [am] no longer interested / i never signed up for this / i didnt sign up for this / "
        "quiero|quisiera|deseo|necesito / me gustaria / [me] puede|pueden|puedes|podria|podrian"
    ),
    "THANKS": (
        "please|pls|plz|thanks|thx|ty|now|already|immediately|asap|ok|okay|sir|guys|forever|ever|again|anymore / thank you|u / right now|away / "
        "at once / for good / any more / por favor / porfavor|porfa|ya|ahora|inmediatamente / ahora mismo / [muchas] gracias / nunca mas / de una vez"
    ),
    "AND": "and|or|y",
    "DAMN": "freaking|fucking|damn|bloody",
    "ME": "me|us|here / this|my number|phone|cell / my phone number / my cell phone",
    "MYSELF": "me|us / this|my number|phone / my phone number",
    "TEXTS": "[WHICH] [SORT] NOTE",
    "WHICH": "the|these|those|this|that|all|any|more|anymore|your|ur|my / all the|these|your / all of the|these|your / any more",
    "SORT": "text|sms|marketing|promotional|promo|spam|advertising|mass|automated|unwanted",
    "NOTE": (
        "text|texts|txt|txts|texting|message|messages|messaging|msg|msgs|sms|spam|ad|ads|adverts|advertising|advertisements|promo|promos|"
        "promotion|promotions|marketing|notification|notifications|alert|alerts|newsletter|newsletters|subscription|subscriptions|"
        "communication|communications|offers"
    ),
    "LIST": "it|this|that|here|everything|all / [all] [your|ur|the|this] [text|texting|sms|mailing|marketing|contact|phone] list|lists",
    "FROM": "from|off|of|on|to LIST / off of LIST / from|off|of|on|to TEXTS / from you [guys]",
    "TO_ME": "to ME",
    "STOP": "stop|stopp|quit|cease",
    "END": "stop|quit|cease|end|halt|discontinue|terminate|cancel",
    "BOTHERING": (
        "texting|txting|messaging|msging|contacting|bothering|spamming|harassing|annoying|pestering|calling / "
        "sending texts|messages / blowing up"
    ),
    "BOTHER": "text|txt|message|msg|contact|bother|spam|harass|disturb|call|sms / call or text / text or call",
    "DO_NOT": "dont|never [ever] / do not [ever] / dont you|u|ever",
    "UNSUBSCRIBE": "unsubscribe|unsub|unsuscribe|unsubscribing|optout / un subscribe / opt|opting out",
    "HOW": "how do|can i / how do you / how to / where do i",
    "WANT": "want|need / want to get|receive / wish to get|receive / wish for",
    "WRONGLY": "[i] [think] you|u have|got|texted / [i] [think] youve [got] / this|it is / its|thats / im afraid",
    # Spanish
    "MENSAJES": "[CUALES] MENSAJE [CLASE]",
    "CUALES": "los|las|mis|sus|tus|estos|estas|esos|el|la|mi|su|esta|este|mas|tantos|ningun / todos los / todas las",
    "MENSAJE": (
        "mensaje|mensajes|mensajitos|texto|textos|sms|msj|msjs|promocion|promociones|promo|promos|publicidad|anuncios|ofertas|"
        "notificaciones|alertas|spam|suscripcion|suscripciones"
    ),
    "CLASE": "de texto|publicidad / publicitarios|promocionales|mas",
    "LISTA": "de aqui|todo|esto / de [la|su|tu|esta|las|sus] lista|listas / de MENSAJES",
    "MANDAR": "mandar|enviar|escribir|molestar|textear|mensajear|contactar|llamar|fastidiar",
    "MANDARME": (
        "mandarme|enviarme|escribirme|molestarme|textearme|mensajearme|contactarme|llamarme|fastidiarme|mandarnos|enviarnos|escribirnos|"
        "molestarnos|contactarnos|llamarnos"
    ),
    "MANDES": (
        "mande|mandes|manden|manda|mandas|mandan|envie|envies|envien|escriba|escribas|escriban|moleste|molestes|molesten|textee|textees|"
        "texteen|contacte|contactes|contacten|llame|llames|llamen|fastidie|fastidies|fastidien"
    ),
    "DEJEN": "deja|dejas|deje|dejen|dejar|para|pare|paren|parar|basta|termina|terminen",
    "QUITENME": (
        "quitame|quiteme|quitenme|quitarme|borrame|borreme|borrenme|borrarme|eliminame|elimineme|eliminenme|eliminarme|sacame|saqueme|"
        "saquenme|sacarme|remuevame|remuevanme|desuscribeme|desuscribame|desuscribirme|desuscribirse|desuscribir|desinscribir|"
        "desinscribirme|desafiliar|desafiliarme"
    ),
    "QUITEN": "quita|quite|quiten|quitar|borra|borre|borren|borrar|elimina|elimine|eliminen|eliminar|saca|saque|saquen|sacar",
    "CANCELEN": "cancelar|cancela|cancele|cancelen|anular|anula|anule|desactivar|desactive|suspender|suspenda|detener|detengan|detenga",
    "COMO": "me quiero / como me puedo / como puedo / como me",
    "DAR": "dar|darme|darse|darnos|deme|denme|dame|den|doy|damos",
    "ES": "este es / es|tiene|tienes|tienen / creo que tiene|tienes|tienen",
    # Either
    "ALONE": "cancel|end|quit|revoke|cancelar|baja|alto|parar|pare|detener",
}

_PHRASES = (
    # stop
    "stop|stopp|stopall|unsubscribe / stop all / quit it / [reply|text|txt|send] stop / [reply|text|txt] stop to|2 end|unsubscribe|cancel|quit|stop|optout",
    "[reply|text|txt] stop to|2 opt out",
    "stop [DAMN] it|this|that|everything / stop all of it|this / no [please] stop [it] / cease and desist",
    "END [DAMN] [with] TEXTS [FROM] [TO_ME]",
    "[no] STOP [DAMN] BOTHERING [ME] / STOP [DAMN] BOTHERING ME with TEXTS / STOP [DAMN] BOTHERING TO_ME",
    "STOP [DAMN] sending [ME] [TEXTS] [TO_ME] / STOP [DAMN] sending [ME] these|this|stuff|things|anything|crap [TO_ME] / STOP [DAMN] sending [ME] this crap|stuff|junk",
    # unsubscribe me, how do I opt out, take me off your list
    "[HOW] UNSUBSCRIBE [ME] [FROM] / let me UNSUBSCRIBE [FROM] / i|im UNSUBSCRIBE [FROM] / i am UNSUBSCRIBE [FROM]",
    "HOW stop TEXTS [FROM] [TO_ME]",
    "opt ME out [FROM]",
    "remove|delete|erase|drop MYSELF [FROM] / take|get MYSELF off [of] [LIST] / take|get MYSELF off [of] TEXTS / lose|forget|erase my|this number",
    # do not text me, never send me anything
    "DO_NOT [DAMN] BOTHER [ME]",
    "DO_NOT send [ME] TEXTS [TO_ME] / DO_NOT send ME anything [else]",
    # no more texts, I no longer want these messages
    "no more / no more TEXTS [FROM] / no [SORT] texts|txts|messages|msgs|sms|spam|ads|marketing|texting / enough of|with TEXTS",
    "[i] dont|never WANT TEXTS [FROM] / [i] do not WANT TEXTS [FROM] / [i] no longer WANT TEXTS [FROM]",
    "i revoke|withdraw [all] [my|any] consent|permission / revoke|withdraw [all] [my] consent|permission / i do not consent / i dont consent",
    # leave me alone, wrong number
    "leave me|us alone|be / go away / fuck off",
    "[WRONGLY] [the|a] wrong number|person / [WRONGLY] [the|a] wrong phone number",
    # no más, no quiero más mensajes, ya no me escriban
    "[ya] no mas [MENSAJES] / nomas|nunca mas [MENSAJES] / no MENSAJES / no hay mas MENSAJES",
    "[ya] no quiero|queremos|deseo [recibir] MENSAJES [mas] / [ya] no quiero|queremos|deseo recibir mas|nada [MENSAJES]",
    "[ya] no|nunca me|nos MANDES [mas|nada] [MENSAJES] [mas|nunca] / [ya] no quiero que me|nos MANDES [mas|nada] [MENSAJES] [mas]",
    "[ya] no MANDAR MENSAJES [mas] / [ya] no MANDARME [mas|nada] [MENSAJES] [mas] / no molestar|contactar|molesten|moleste|contacten|escriban|llamen [mas]",
    # basta, alto, dejen de mandarme mensajes
    "basta|paren|detente / que paren|pare|dejen / basta de|con MENSAJES / alto|stop|parar|paren|pare [a|de|con] MENSAJES / CANCELEN [de] MENSAJES",
    "DEJEN de MANDAR [MENSAJES|esto|cosas] / DEJEN de MANDARME [esto|cosas] / DEJEN de MANDAR|MANDARME MENSAJES",
    "dejame|dejeme|dejenme|dejanos|dejenos|dejennos en paz / dejame|dejeme|dejenme tranquilo|tranquila",
    # darme de baja, quítenme de la lista, número equivocado
    "[COMO] DAR de baja [LISTA] / DAR de baja mi|este numero [LISTA] / quiero la baja",
    "QUITENME [LISTA] / QUITEN mi|este numero|telefono|celular [LISTA]",
    "[ES] [el] numero equivocado / se equivoco|equivocaron de numero|persona / te equivocaste de numero|persona",
)
_NAMED["PHRASE"] = " / ".join(_PHRASES)


def is_opt_out(said: str) -> bool:
    """Whether these words (pos/messaging/plain.py) say, as a whole, that somebody wants no more texts."""
    return _whole().fullmatch(said + " ") is not None


@cache
def _whole() -> re.Pattern[str]:
    """The pattern of a whole text; made when the first text comes, because it takes a while (0.1 s)."""
    more = f"(?:{_item('AND')}?{_item('ASKING')}{{0,2}}{_item('PHRASE|ALONE')}){{0,3}}{_item('THANKS')}{{0,3}}"
    return re.compile(f"(?:{_item('ASKING')}{{0,3}}{_item('PHRASE')}|{_item('PLEASE')}{{0,2}}{_item('ALONE')}){more}")


def _any_of(phrases: str) -> str:
    return f"(?:{'|'.join(map(_pattern, phrases.split(' / ')))})"


def _pattern(phrase: str) -> str:
    """The pattern of one phrase. Each word takes the blank behind it along, so that a missing word leaves none."""
    return "".join(f"{_item(item[1:-1])}?" if item[0] == "[" else _item(item) for item in phrase.split())


def _item(item: str) -> str:
    """The pattern of a word, of several to choose from, or of what stands under a name."""
    choices = (_any_of(_NAMED[word]) if word.isupper() else f"{word} " for word in item.split("|"))
    return f"(?:{'|'.join(choices)})"
