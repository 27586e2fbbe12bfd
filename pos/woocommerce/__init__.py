"""The web shop: read from WooCommerce, so that web orders belong to the same customers. Nothing is written there."""
