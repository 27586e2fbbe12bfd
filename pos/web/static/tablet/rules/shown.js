// What an order shows of an act that got no answer. It may be what somebody else has done just like it, so only the act's answer is proof.

const LOOKS = {
  pay: ({ body, isNew }, { payments }) => {
    const found = payments.find((each) => isNew(each) && each.method === body.method && each.amount === body.amount + (body.tip ?? 0));
    return found && { change: (found.tendered ?? found.amount) - found.amount };
  },
  refund: ({ body, isNew }, { refunds }) => refunds.some((each) => isNew(each) && each.reason === body.reason) && { change: 0 },
  cancel: (_, { status }) => status === "canceled" && { change: 0 },
  void: ({ body, isNew }, { voided_lines: voided }) => voided.some((each) => isNew(each) && each.void_reason === body.reason) && { change: 0 },
};

/** `{change}`, the change to hand out, if the `order` shows what the act (core/once.js) was to do; else null. */
export function shownOf({ kind, body, known }, order) {
  const isNew = ({ id }) => !known.includes(id);
  return LOOKS[kind]?.({ body, isNew }, order) || null;
}
