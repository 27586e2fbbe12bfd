"""Spanish, without accents where a text would otherwise cost twice as much (GSM-7 has é, ñ, Ñ, ü, but not á, í, ó, ú)."""

TEXTS = {
    "receipt": "{store}: {total} pagado por el pedido {reference}, gracias. {points} {url} {stop}",
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
        "{store}: escriba PUNTOS, PEDIDOS, ESTADO, PAGAR, PREMIOS, HORARIO o MENU. {contact} Pueden aplicarse tarifas. STOP para "
        "cancelar."
    ),
    "one_point": "{points} punto",
    "some_points": "{points} puntos",
    "number_not_known": "no conocemos este numero. Responda UNIRME para ser miembro de TapPass y juntar puntos con sus pedidos.",
    "points": "tiene {points}, nivel {level}.",
    "points_owed": "su saldo es de {points}, porque un pedido se reembolso. Lo que gane lo compensa. Nivel {level}.",
    "reward_in_reach": "Alcanza para {reward} ({points}).",
    "next_reward": "Le faltan {missing} para {reward} ({points}).",
    "next_level": "Le faltan {missing} para llegar a {level}.",
    "next_expiry": "{points} vencen el {day}.",
    "not_a_member": "todavia no es miembro de TapPass. Responda UNIRME y sus pedidos suman puntos.",
    "one_order_counts": "{orders} pedido de los ultimos {days} dias cuenta enseguida.",
    "orders_count": "{orders} pedidos de los ultimos {days} dias cuentan enseguida.",
    "campaign": "{store}: {body} Responda STOP para cancelar",
}
