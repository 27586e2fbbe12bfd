"""The words that questions are made of: each with the meaning by which examples are compared, in English and in Spanish. Pure.

A sentence is understood only if every word of it is here, or is a slip of one that is: what nobody has thought of is not guessed at.
Words are written as `plain.words` gives them: lower case, without accents and apostrophes.
"""

from functools import cache

# Meaning: the English words, the Spanish words.
_MEANINGS: dict[str, tuple[str, str]] = {
    "point": ("points point pts balance", "puntos punto saldo"),
    "order": ("order purchase", "pedido orden compra"),
    "orders": ("orders purchases", "pedidos ordenes compras"),
    "ordered": ("ordered bought", "pedi compre ordene pedido comprado"),
    "last": ("last latest recent newest previous", "ultimo ultima ultimos ultimas reciente recientes anterior"),
    "history": ("history list", "historial historia lista"),
    "why": ("why explain explanation reason", "porque explica explicame explicar razon motivo"),
    "come": ("come came", "vine venido vienen vino vinieron venir"),
    "source": ("breakdown detail details", "salen salieron detalle desglose"),
    "buy": ("buy", "comprar compran"),
    "earn": (
        "earn earned earning get got gain gained bring brought give gave giving",
        "gane gano ganar ganado dio dieron dan sumo sume sumaron obtuve dimos damos",
    ),
    "expire": (
        "expire expires expiring expired lose expiry expiration",
        "vencen vence vencer vencimiento caducan caduca caducar expiran expira pierdo perder",
    ),
    "level": ("level tier rank", "nivel rango categoria"),
    "next": ("next higher", "siguiente proximo proxima"),
    "need": ("need missing until reach left away", "faltan falta necesito hasta llegar alcanzar"),
    "status": ("status progress", "estado"),
    "ready": ("ready done finished prepared", "listo lista preparado terminado"),
    "where": ("where wheres", "donde"),
    "when": ("when whens", "cuando"),
    "open": ("open opening opens", "abierto abierta abiertos abiertas abren abre abrir"),
    "close": ("close closes closed closing", "cierran cierra cerrado cerrada cerrar"),
    "hours": ("hours schedule", "horario horarios horas"),
    "spend": ("spend spent spending", "gaste gastado gasto gastar gastos"),
    "visit": ("visit visits visited", "visita visitas visite visitado"),
    "times": ("times often", "veces vez"),
    "here": ("here", "aqui"),
    "own": ("own", "tenemos"),
    "receipt": ("receipt receipts bill invoice", "recibo recibos ticket factura comprobante cuenta"),
    "pay": ("pay paying payment", "pagar pago pague"),
    "link": ("link", "enlace liga"),
    "owe": ("owe due owed owes", "debo deber debemos deben adeudo pendiente"),
    "reward": ("rewards reward prizes prize gifts", "premios premio recompensas recompensa regalos"),
    "afford": ("afford enough redeem redeemable exchange", "alcanza alcanzan canjear canjeo cambiar"),
    "address": ("address directions located", "direccion ubicacion ubicados ubicado ubicada quedan"),
    "locations": (
        "location locations branch branches shops places store stores",
        "local locales sucursal sucursales tienda tiendas lugares",
    ),
    "menu": ("menu", "menu carta"),
    "food": (
        "food drinks drink eat beer beers serve",
        "comida bebidas bebida comer beber tomar cerveza cervezas sirven",
    ),
    "price": ("price cost costs prices", "precio cuesta cuestan costo vale valen precios"),
    "offer": ("offer carry", "tienen hay venden ofrecen"),
    "available": ("available stock", "disponible disponibles existencias queda quedan stock"),
    "subscribed": ("subscribed subscription subscribe", "suscrito suscrita suscripcion apuntado"),
    "consent": ("consent permission agreed agree", "consentimiento permiso acepte"),
    "marketing": (
        "marketing news offers promotions ads advertising",
        "publicidad ofertas novedades promociones noticias",
    ),
    "data": ("data information", "datos informacion"),
    "know": ("know stored keep", "saben sabes guardan"),
    "can": ("can could", "puedes puede puedo pueden"),
    "ask": ("ask questions help commands", "preguntar preguntas ayudar comandos"),
    "human": ("human person somebody someone staff agent employee", "persona humano alguien empleado agente"),
    "talk": ("talk speak chat call", "hablar llamar"),
    "become": ("become join joining enroll signup register", "hacerme unirme inscribirme registrarme ser"),
    "member": ("member membership", "miembro socio socia membresia"),
    "language": ("language english spanish", "idioma lengua espanol ingles"),
    "many": ("many much number", "cuantos cuantas cuanto cuanta numero"),
    # Of the business.
    "sales": ("sales revenue turnover takings income", "ventas ingresos facturacion recaudacion"),
    "sell": ("sell sold selling sells", "vendimos vendio vendido vendidos vender vendieron vendemos vendi vende"),
    "make": ("make take took earned", "hicimos ganamos facturamos cobramos recaudamos"),
    "compare": (
        "compare compared versus vs against comparison than",
        "compara comparar comparado comparadas comparados contra frente respecto",
    ),
    "better": ("better worse more up down growth", "mejor mas"),
    # No example has these: the least of anything is not told.
    "least": (
        "least worst less fewer fewest lowest lower bottom slowest quietest weakest minimum",
        "menos peor peores menor menores minimo minima",
    ),
    "late": ("late later early earlier delayed", "tarde temprano atrasado atrasados retrasado retrasados"),
    "back": ("back", ""),
    # Neither a month nor a filler, if nothing is said with it.
    "may": ("may", ""),
    "before": ("before prior", "antes previo previa"),
    "best": (
        "best most top popular favorite bestseller bestsellers bestselling",
        "mejores popular populares favorito favoritos estrella",
    ),
    "product": ("product products item items seller sellers things", "producto productos articulo articulos cosas"),
    "busy": ("busiest busy peak rush", "concurrida concurrido ocupada ocupado movida movido pico"),
    "hour": ("hour time", "hora"),
    "day": ("day", "dia"),
    "tip": ("tips tip gratuity", "propinas propina"),
    "tax": ("tax taxes vat", "impuestos impuesto iva"),
    "discount": ("discounts discount discounted", "descuentos descuento descontamos"),
    "refund": (
        "refunds refund refunded",
        "reembolsos reembolso devoluciones devolucion reembolsamos devolvimos reembolsado",
    ),
    "method": ("method methods", "metodo metodos forma formas"),
    "payments": ("payments paid", "pagos pagado pagaron"),
    "cash": ("cash", "efectivo"),
    "card": ("card cards", "tarjeta tarjetas"),
    "person": (
        "people employees cashier cashiers team server servers bartender",
        "personas empleados cajero cajeros cajera equipo mesero meseros",
    ),
    "who": ("who whos", "quien quienes"),
    "by": ("by per", "por"),
    "new": ("new", "nuevos nuevo nuevas nueva"),
    "returning": (
        "returning return returned regular regulars repeat",
        "regresaron recurrentes habituales volvieron repetidos",
    ),
    "customer": ("customers customer guests guest clients", "clientes cliente"),
    "outstanding": ("outstanding liability unredeemed circulation unspent", "circulacion pasivo sin canjear emitidos"),
    "worth": ("worth value", "valor"),
    "message": ("messages message texts text sms", "mensajes mensaje sms textos"),
    "send": (
        "send sent sending",
        "enviados enviamos enviado enviar mandamos envie envia manda mandame enviame envian mandan",
    ),
    "deliver": ("delivered arrive arrived", "entregados entregado llegaron"),
    "campaign": ("campaign campaigns", "campana campanas"),
    "result": ("result results perform performance go went", "resultado resultados fue resulto"),
    "low": ("low running out reorder short", "bajo poco pocas poca agotado agotados agotando acaba acabando reponer"),
    "stock": ("inventory", "inventario"),
    "unpaid": ("unpaid owing", "impagos impagados"),
    "not": ("not arent isnt havent", "sin no"),
    "tab": ("tab tabs", "mesas cuentas"),
    "average": ("average mean typical", "promedio media medio"),
    "business": ("business", "negocio"),
    "going": ("going doing", "va vamos yendo"),
}
# One word that was two.
_JOINED: dict[str, str] = {
    "did i order": "ordered",
    "did i buy": "ordered",
    "how many": "many",
    "how much": "many",
    "how come": "why",
    "how often": "many times",
    "how late": "when",
    "give me": "",
    "did i lose": "lost",
    "may i": "",
    "may we": "",
    "what time": "when",
    "do you have": "offer",
    "customers do we have": "customer own",
    "guests do we have": "customer own",
    "have you got": "offer",
    "do you sell": "offer",
    "do you carry": "offer",
    "got any": "offer",
    "is there": "offer",
    "are there": "offer",
    "left in stock": "available",
    "in stock": "available",
    "out of stock": "low available",
    "running out": "low",
    "run out": "low",
    "por que": "why",
    "a que hora": "when",
    "hasta que hora": "when close",
    "sign up": "become member",
    "signed up": "subscribed",
    "opted in": "subscribed",
    "real person": "human",
    "best seller": "best product",
    "best sellers": "best product",
    "mas vendido": "best product",
    "mas vendidos": "best product",
    "mas vendemos": "best product",
    "mas se vende": "best product",
    "mas popular": "best",
    "mas populares": "best",
    "sold most": "best sell",
    "sell most": "best sell",
    "sold the most": "best sell",
    "sell the most": "best sell",
    "sells the most": "best sell",
    "sells best": "best sell",
    "vendio mas": "best sell",
    "vende mas": "best sell",
    "mas vendio": "best sell",
    "hora pico": "busy hour",
    "mas ocupada": "busy",
    "mas ocupado": "busy",
    "mas movida": "busy",
    "mas movido": "busy",
    "mas concurrida": "busy",
    "mas concurrido": "busy",
    "mas fuerte": "busy",
    "period before": "before",
    "time before": "before",
    "sin pagar": "unpaid",
    "por pagar": "unpaid",
    "not paid": "unpaid",
    "not been paid": "unpaid",
    "not yet paid": "unpaid",
    "sin canjear": "outstanding",
    "last time": "last times",
    "ultima vez": "last times",
}
_FILLERS = (
    (
        "what whats which i im id ive how my me mine myself a an the is are am be been was were do does did have has had of on in to for with at and or "
        "please pls plz hi hello hey thanks thank you your yours we our us it its this that these those there now today tell show see "
        "check want wanna would like will so far ever total all currently right exactly just any some current account tappass "
        "club about placed yet still bit overall altogether look find out report if really amount money kind each anything something so from up made only"
    ),
    (
        "que cual cuales yo como mi mis me un una unos unas el la los las lo es son esta estan este estos estas esto soy estoy ser era fue de del en a al "
        "para con y o por favor porfa hola gracias tengo tiene tener hemos he ha han nos se su sus ahora dime muestra muestrame "
        "ver quiero quisiera saber cuentame total todo todos actual actualmente ya te le les nuestra nuestras nuestros "
        "nuestro hubo dinero tuvimos tuve muchas informe eso tantos tantas hice habia hago hacer algo tipo fueron cada"
    ),
)
# Whoever speaks of these asks about somebody else, or plays a trick.
SOMEBODY_ELSE = frozenset(
    [
        "everybody",
        "everyone",
        "anybody",
        "anyone",
        "his",
        "her",
        "hers",
        "their",
        "theirs",
        "wife",
        "husband",
        "friend",
        "boss",
        "neighbor",
        "neighbour",
        "brother",
        "sister",
        "mother",
        "father",
        "son",
        "daughter",
        "other",
        "others",
        "another",
        "owner",
        "admin",
        "administrator",
        "instructions",
        "prompt",
        "system",
        "select",
        "drop",
        "delete",
        "insert",
        "update",
        "password",
        "passwords",
        "key",
        "root",
        "sql",
        "database",
        "phone",
        "phones",
        "numbers",
        "otro",
        "otra",
        "otros",
        "otras",
        "esposo",
        "esposa",
        "amigo",
        "amiga",
        "novio",
        "novia",
        "jefe",
        "dueno",
        "duena",
        "vecino",
        "vecina",
        "hermano",
        "hermana",
        "ajeno",
        "ajenos",
        "instrucciones",
        "contrasena",
        "sistema",
        "telefono",
        "telefonos",
        "base",
    ]
)
# Told apart by the language, where a word is in both.
_LANGUAGES = ("en", "es")


@cache
def meanings() -> dict[str, str]:
    """The meaning of each word; a filler means nothing (""). A word with several has that of its first line."""
    found: dict[str, str] = {}
    for meaning, sides in _MEANINGS.items():
        for side in sides:
            for word in side.split():
                found.setdefault(word, meaning)
    for words in (*_FILLERS, *_JOINED):
        for word in words.split():
            found.setdefault(word, "")
    return found


@cache
def languages() -> dict[str, frozenset[str]]:
    """The languages in which a word is known."""
    found: dict[str, set[str]] = {}
    for sides in (*_MEANINGS.values(), _FILLERS):
        for language, side in zip(_LANGUAGES, sides, strict=True):
            for word in side.split():
                found.setdefault(word, set()).add(language)
    return {word: frozenset(known) for word, known in found.items()}


@cache
def joined() -> dict[tuple[str, ...], tuple[str, ...]]:
    """What several words mean together."""
    return {tuple(words.split()): tuple(meaning.split()) for words, meaning in _JOINED.items()}
