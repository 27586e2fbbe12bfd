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
    "campaign": "{store}: {body} Responda STOP para cancelar",
}
