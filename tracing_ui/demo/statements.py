"""The SQL of the shop, laid out as its developers wrote it, and a query to its search engine."""

import json

PRODUCT = """SELECT p.id, p.name, p.price_cents, p.currency, p.tax_class, m.url AS image_url
FROM product AS p
LEFT JOIN media AS m ON m.product_id = p.id AND m.position = 1
WHERE p.id = $1 AND p.deleted_at IS NULL"""

RELATED = """SELECT p.id, p.name, count(*) AS bought_together
FROM order_line AS mine
JOIN order_line AS other ON other.order_id = mine.order_id AND other.product_id <> mine.product_id
JOIN product AS p ON p.id = other.product_id
WHERE mine.product_id = $1
  AND mine.created_at > now() - interval '90 days'
GROUP BY p.id, p.name
ORDER BY bought_together DESC
LIMIT 12"""

USER = "SELECT id, email, password_hash, tier, locked_until FROM account WHERE email = lower($1)"

RESERVE = """UPDATE stock
SET reserved = reserved + $1, updated_at = now()
WHERE sku = $2 AND warehouse_id = $3 AND on_hand - reserved >= $1
RETURNING on_hand, reserved"""

AVAILABLE = "SELECT sku, sum(on_hand - reserved) AS available FROM stock WHERE sku = ANY($1) GROUP BY sku"

INSERT_ORDER = """INSERT INTO "order" (id, user_id, total_cents, currency, state, placed_at)
VALUES ($1, $2, $3, $4, 'placed', now())"""

INSERT_LINES = """INSERT INTO order_line (order_id, product_id, quantity, price_cents)
SELECT $1, line.product_id, line.quantity, line.price_cents
FROM unnest($2::order_line_input[]) AS line"""

ADD_COLUMN = """ALTER TABLE stock
  ADD COLUMN bin_location text NOT NULL DEFAULT 'unsorted',
  ADD CONSTRAINT stock_bin_is_known FOREIGN KEY (bin_location) REFERENCES bin (code)"""

PRICE_RULES = """WITH applicable AS (
  SELECT r.id, r.kind, r.factor, r.priority
  FROM price_rule AS r
  WHERE r.valid @> now() AND (r.tier IS NULL OR r.tier = $1)
)
SELECT a.*, c.condition
FROM applicable AS a
JOIN price_rule_condition AS c ON c.rule_id = a.id
ORDER BY a.priority, a.id"""

PICK_LIST = """INSERT INTO pick_list (order_id, bin, sku, quantity)
SELECT order_id, bin, sku, quantity FROM pending_line WHERE order_id = ANY($1)
ON CONFLICT (order_id, sku) DO NOTHING"""

SETTLED = "SELECT id, total_cents, currency FROM payment WHERE merchant_id = $1 AND settled_at IS NULL LIMIT 500"

POSTING = """INSERT INTO posting (account, amount_cents, currency, payment_id, booked_on)
VALUES ($1, $2, $3, $4, $5), ($6, -$2, $3, $4, $5)"""


def search_query(words: str, facets: list[str]) -> str:
    """A query as JSON; with many facets it is several kilobytes long."""
    fields = ["name^4", "brand^2", "description", "category.path"]
    return json.dumps(
        {
            "query": {
                "bool": {
                    "must": [{"multi_match": {"query": words, "fields": fields, "type": "cross_fields"}}],
                    "filter": [{"term": {"is_listed": True}}, {"range": {"stock": {"gt": 0}}}],
                }
            },
            "aggs": {facet: {"terms": {"field": f"facet.{facet}", "size": 25, "min_doc_count": 1}} for facet in facets},
            "size": 24,
        }
    )
