"""What must hold of orders and their lines."""

from pos.proofs import Proof

PROOFS = (
    Proof(
        "order.total",
        "total = subtotal − discount + tax (unless the prices include it) + tip + shipping + fees",
        """
        SELECT id AS subject, total, subtotal, discount, tax, tip, shipping, fees FROM orders
         WHERE store_id = :store
           AND total <> subtotal - discount + CASE WHEN tax_included THEN 0 ELSE tax END + tip + shipping + fees
        """,
    ),
    Proof(
        "order.lines",
        "subtotal, discount and tax are the sums of the lines that were not voided, of which there is at least one unless "
        "the order was merged into another",
        """
        SELECT o.id AS subject, o.subtotal, l.subtotal AS lines_subtotal, o.discount, l.discount AS lines_discount,
               o.tax, l.tax AS lines_tax
          FROM orders o
          LEFT JOIN (SELECT order_id, sum(subtotal) AS subtotal, sum(discount) AS discount, sum(tax) AS tax
                       FROM order_lines WHERE store_id = :store AND voided_at IS NULL GROUP BY order_id) l ON l.order_id = o.id
         WHERE o.store_id = :store
           AND (o.subtotal, o.discount, o.tax) IS DISTINCT FROM (l.subtotal, l.discount, l.tax)
           AND NOT (o.merged_into_id IS NOT NULL AND l.order_id IS NULL AND (o.subtotal, o.discount, o.tax) = (0, 0, 0))
        """,
    ),
    Proof(
        "order_line.amounts",
        "a line's subtotal is quantity × unit price, its total the subtotal less the discount",
        """
        SELECT id AS subject, order_id, quantity, unit_price, subtotal, discount, total FROM order_lines
         WHERE store_id = :store AND (subtotal <> quantity * unit_price OR total <> subtotal - discount)
        """,
    ),
    Proof(
        "order.discounts",
        "an order's discount is what its discounts come to, and each of a line is of a line of its own order",
        """
        SELECT o.id AS subject, o.discount, coalesce(d.off, 0) AS discounts
          FROM orders o
          LEFT JOIN (SELECT d.order_id, sum(d.off) AS off, bool_or(l.order_id <> d.order_id) AS is_astray
                       FROM order_discounts d
                       LEFT JOIN order_lines l ON l.store_id = d.store_id AND l.id = d.line_id
                      WHERE d.store_id = :store AND d.replaced_at IS NULL GROUP BY d.order_id) d ON d.order_id = o.id
         WHERE o.store_id = :store AND (o.discount <> coalesce(d.off, 0) OR d.is_astray)
        """,
    ),
    Proof(
        "order.merged",
        "an order that was merged is canceled, without lines and without money",
        """
        SELECT o.id AS subject, o.status, o.total, o.amount_paid FROM orders o
         WHERE o.store_id = :store AND o.merged_into_id IS NOT NULL
           AND (o.status <> 'canceled' OR o.total <> 0 OR o.amount_paid <> 0)
        """,
    ),
    Proof(
        "coupon.usage_count",
        "a coupon counts the uses that orders hold, and they are not more than its limit",
        """
        SELECT c.id AS subject, c.usage_count, coalesce(u.uses, 0) AS uses, c.usage_limit
          FROM coupons c
          LEFT JOIN (SELECT coupon_id, count(*) AS uses FROM order_coupons
                      WHERE store_id = :store AND returned_at IS NULL GROUP BY coupon_id) u ON u.coupon_id = c.id
         WHERE c.store_id = :store
           AND (c.usage_count <> coalesce(u.uses, 0) OR c.usage_count > c.usage_limit)
        """,
    ),
    Proof(
        "coupon.returned",
        "a use that was given back takes nothing off an order that counts",
        """
        SELECT u.id AS subject, d.order_id, d.off
          FROM order_coupons u
          JOIN order_discounts d ON d.store_id = u.store_id AND d.coupon_use_id = u.id AND d.replaced_at IS NULL
          JOIN orders o ON o.store_id = d.store_id AND o.id = d.order_id
         WHERE u.store_id = :store AND u.returned_at IS NOT NULL AND o.status <> 'canceled'
        """,
    ),
    Proof(
        "product.stock",
        "tracked stock is below zero only where a sale without network took it, or the web shop sells it as well",
        """
        SELECT p.id AS subject, p.sku, p.stock_quantity FROM products p
         WHERE p.store_id = :store AND p.stock_quantity < 0 AND p.wc_product_id IS NULL
           AND NOT EXISTS (SELECT FROM order_lines l JOIN orders o ON o.store_id = l.store_id AND o.id = l.order_id
                            WHERE l.store_id = :store AND l.product_id = p.id AND l.takes_stock AND o.is_offline)
        """,
    ),
    Proof(
        "order.payment_status",
        "the payment status is what the amounts say",
        """
        SELECT id AS subject, payment_status, total, amount_paid, amount_refunded FROM orders
         WHERE store_id = :store AND payment_status <> CASE
               WHEN status = 'canceled' AND amount_paid > amount_refunded THEN 'overpaid'
               WHEN total = 0 AND amount_paid - amount_refunded = 0 THEN 'paid'
               WHEN amount_paid = 0 THEN 'unpaid'
               WHEN amount_paid - amount_refunded > total THEN 'overpaid'
               WHEN amount_paid - amount_refunded = total THEN 'paid'
               WHEN amount_paid = amount_refunded THEN 'refunded'
               WHEN amount_refunded > 0 THEN 'partially_refunded'
               ELSE 'partially_paid' END
        """,
    ),
    Proof(
        "customer.orders",
        "a customer's order count, first and last order are those of the orders that are not canceled",
        """
        SELECT c.id AS subject, c.order_count, coalesce(o.count, 0) AS orders, c.first_order_at, o.first_at, c.last_order_at, o.last_at
          FROM customers c
          LEFT JOIN (SELECT customer_id, count(*) AS count, min(placed_at) AS first_at, max(placed_at) AS last_at
                       FROM orders WHERE store_id = :store AND status <> 'canceled' GROUP BY customer_id) o ON o.customer_id = c.id
         WHERE c.store_id = :store
           AND (c.order_count, c.first_order_at, c.last_order_at) IS DISTINCT FROM (coalesce(o.count, 0), o.first_at, o.last_at)
        """,
    ),
    Proof(
        "customer.total_spent",
        "what a customer spent is what was paid for the orders less what was refunded",
        """
        SELECT c.id AS subject, c.total_spent, coalesce(o.spent, 0) AS orders_spent
          FROM customers c
          LEFT JOIN (SELECT customer_id, sum(amount_paid - amount_refunded) AS spent
                       FROM orders WHERE store_id = :store GROUP BY customer_id) o ON o.customer_id = c.id
         WHERE c.store_id = :store AND c.total_spent <> coalesce(o.spent, 0)
        """,
    ),
)
