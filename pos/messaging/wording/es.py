"""Spanish, without accents where a text would otherwise cost twice as much (GSM-7 has é, ñ, Ñ, ü, but not á, í, ó, ú)."""

TEXTS = {
    "receipt": "{store}: {paid} pagado por el pedido {reference}, gracias. {points} {url} {stop}",
    "receipt_points": "+{earned} puntos, {balance} en total.",
    "payment_link": "{store}: pague {due} por el pedido {reference}: {url} {stop}",
    "order_ready": "{store}: el pedido {reference} esta listo. {stop}",
    "stop": "Responda STOP para no recibir mas.",
    "confirm_opt_in": (
        "{store}: responda SI para recibir novedades y ofertas por SMS, unas pocas al mes. Pueden aplicarse tarifas. Responda HELP "
        "para ayuda, STOP para cancelar."
    ),
    "confirmed": "{store}: gracias, recibira nuestras novedades y ofertas, unas pocas al mes. STOP para cancelar, HELP para ayuda.",
    "opted_out": "{store}: no recibira mas mensajes nuestros. Responda START para volver.",
    "restarted": "{store}: recibira de nuevo nuestros mensajes. STOP para cancelar.",
    "what_to_text": (
        "{store}: lo lee una persona. Escriba PUNTOS, PEDIDOS, ESTADO, PAGAR, PREMIOS, HORARIO o MENU para una respuesta inmediata."
    ),
    "help": (
        "{store}: escriba PUNTOS, PEDIDOS, ESTADO, PAGAR, PREMIOS, HORARIO, MENU o UNIRME. {contact} Pueden aplicarse tarifas. STOP para "
        "cancelar."
    ),
    "campaign": "{store}: {body} Responda STOP para cancelar",
}

# Sentences of answers to what customers ask; before the first stands the store's name.
ANSWERS = {
    "one_point": "{points} punto",
    "some_points": "{points} puntos",
    "come_to_the_counter": "Hace mucho que no sabemos de este numero. Venga al mostrador con su nombre o TapPass ID y se lo decimos alli.",
    "number_not_known": "No conocemos este numero. Responda UNIRME para ser miembro de TapPass y juntar puntos con sus pedidos.",
    "points": "Tiene {points}, nivel {level}.",
    "points_owed": "Su saldo es de {points}, porque un pedido se reembolso. Lo que gane lo compensa. Nivel {level}.",
    "reward_in_reach": "Alcanza para {reward} ({points}).",
    "next_reward": "Le faltan {missing} para {reward} ({points}).",
    "next_level": "Le faltan {missing} para el nivel {level}.",
    "next_expiry": "{points} vencen despues del {day}.",
    "not_a_member": "Todavia no es miembro de TapPass. Responda UNIRME y sus pedidos suman puntos.",
    "one_order_counts": "{orders} pedido de los ultimos {days} dias cuenta enseguida.",
    "orders_count": "{orders} pedidos de los ultimos {days} dias cuentan enseguida.",
    "your_orders": "Sus ultimos pedidos.",
    "order": "{reference}, {day}: {total}, {state}.",
    "no_orders": "Todavia no hay pedidos con este numero.",
    "your_open_orders": "Sus pedidos abiertos.",
    "open_order": "{reference}: {state}.",
    "no_open_orders": "No tiene pedidos abiertos.",
    "received": "recibido",
    "being_made": "en preparacion",
    "ready": "listo",
    "handed_over": "entregado",
    "canceled": "cancelado",
    "due": "faltan {due} por pagar",
    "overpaid": "pagado de mas",
    "refunded": "reembolsado",
    "partially_refunded": "reembolsado en parte",
    "pay_here": "Pague {due} por el pedido {reference}: {url}",
    "nothing_to_pay": "No hay nada que pagar.",
    "payment_on_its_way": "El pago del pedido {reference} esta en camino. No tiene que hacer nada.",
    "pay_at_counter": "Por favor pague {due} por el pedido {reference} en la caja.",
    "joined": "¡Le damos la bienvenida a TapPass!",
    "is_a_member": "Ya es miembro de TapPass.",
    "how_to_join": "Para ser miembro de TapPass y juntar puntos con sus pedidos, responda UNIRME.",
    "join_hint": "Responda UNIRME para juntar puntos.",
    "language_chosen": "Le escribiremos en español.",
    "how_to_choose": "Para elegir su idioma, responda ENGLISH o ESPAÑOL.",
    "rewards": "Premios por puntos.",
    "rewards_for": "Tiene {points}.",
    "reward": "{reward}: {points}.",
    "reward_ready": "{reward}: {points}, le alcanza.",
    "no_rewards": "No hay premios por el momento.",
    "no_menu": "Todavia no hay menu. Por favor pregunte en la caja.",
    "hours": "Hoy {spans}, {now}.",
    "open_now": "abierto ahora hasta las {until}",
    "closed_now": "cerrado ahora",
    "closed": "cerrado",
    "closed_today": "Hoy cerrado.",
    "hours_unknown": "No tenemos el horario. Por favor pregunte en la caja.",
}
