"""customers_view: the older back end's columns over the tables of now, for those who still read and write them."""

from alembic import op
import sqlalchemy as sa

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Currencies whose unit has not two decimals (CLDR, as pos/money.py counts them); a test compares.
DECIMALS = {
    0: "ADP AFN ALL BIF BYR CLP DJF ESP GNF IQD IRR ISK ITL JPY KMF KPW KRW LAK LBP LUF MGA MGF MMK MRO PYG RSD RWF SLL "
    "SOS STD SYP TMM TRL UGX UYI VND VUV XAF XOF XPF YER ZMK ZWD",
    3: "BHD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
MAJOR_UNITS = " ".join(
    f"WHEN s.currency IN ({', '.join(repr(code) for code in codes.split())}) "
    f"THEN round(c.total_spent / 1{'0' * digits}.0, {digits})"
    for digits, codes in DECIMALS.items()
)

# One row for each person, by the rights and the row security of who asks (security_invoker). The store's currency is taken from
# any of its orders (without one nobody has spent anything), so that a reader needs no sight of the table of all stores. Both old
# ids are joined, not looked up for each row: so each finds its person by an index.
VIEW = f"""
CREATE VIEW public.customers_view WITH (security_invoker = true) AS
SELECT i.number AS id, u.number AS user_id,
       NULL::text AS email,
       CASE WHEN p.first_name IS NULL AND p.last_name IS NULL
            THEN nullif(split_part(btrim(c.name), ' ', 1), '') ELSE p.first_name END AS first_name,
       CASE WHEN p.first_name IS NULL AND p.last_name IS NULL
            THEN nullif(btrim(substr(btrim(c.name), length(split_part(btrim(c.name), ' ', 1)) + 1)), '')
            ELSE p.last_name END AS last_name,
       c.phone,
       p.address, p.city, p.state, p.postal_code, p.country, p.date_of_birth,
       coalesce((SELECT m.balance - (SELECT coalesce(sum(l.remaining), 0)::bigint FROM public.point_lots l
                                      WHERE l.store_id = m.store_id AND l.member_id = m.id AND l.remaining > 0
                                        AND l.expires_at <= now())
                   FROM public.members m WHERE m.store_id = c.store_id AND m.customer_id = c.id), 0) AS loyalty_points,
       p.customer_type, p.preferred_payment_method,
       CASE {MAJOR_UNITS} ELSE round(c.total_spent / 100.0, 2) END AS total_spent,
       c.order_count, c.last_order_at AS last_order_date,
       coalesce(c.marketing_consent, false) AS marketing_consent, coalesce(c.sms_consent, false) AS sms_consent,
       p.tags, p.notes, p.is_verified, p.preferences, p.needs, p.experience_level, NULL::text AS medical_conditions,
       p.preferred_categories, p.preferred_effects, p.price_range,
       (SELECT h.raw -> 'purchase_history' FROM public.source_ids h
         WHERE h.store_id = c.store_id AND h.customer_id = c.id AND h.source = 'legacy' AND h.kind = 'profile'
           AND h.raw ? 'purchase_history' ORDER BY h.is_main DESC, h.number DESC LIMIT 1) AS purchase_history,
       c.created_at, greatest(c.updated_at, p.updated_at) AS updated_at,
       p.phone_recorded, c.store_id, c.id AS customer_uuid
  FROM public.customers c
  JOIN public.profiles p ON p.store_id = c.store_id AND p.customer_id = c.id
  LEFT JOIN public.source_ids i ON i.store_id = c.store_id AND i.customer_id = c.id
       AND i.source = 'legacy' AND i.kind = 'customer' AND i.is_main
  LEFT JOIN public.source_ids u ON u.store_id = c.store_id AND u.customer_id = c.id
       AND u.source = 'legacy' AND u.kind = 'user'
       AND u.number = (SELECT min(w.number) FROM public.source_ids w WHERE w.store_id = u.store_id
                          AND w.customer_id = u.customer_id AND w.source = 'legacy' AND w.kind = 'user')
  LEFT JOIN LATERAL (SELECT o.currency FROM public.orders o WHERE o.store_id = c.store_id LIMIT 1) s ON true
 WHERE c.origin <> 'walk_in'
"""

# Written by the rights of who writes. Texts are taken as the API takes them: without blanks at both ends, an empty one is none.
# The customer's row first, as everywhere; its version is raised, so that an ETag from before is stale.
WRITE = r"""
CREATE FUNCTION public.customers_view_write() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  longest CONSTANT jsonb := '{"first_name": 100, "last_name": 100, "address": 300, "city": 100, "state": 100,
                              "postal_code": 20, "country": 100, "notes": 4000, "tags": 100}';
  was CONSTANT jsonb := CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) END;
  told CONSTANT jsonb := CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(NEW) END;
  changed text[];
  field text;
  value text;
  taken jsonb := '{}';
  full_name text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    RAISE EXCEPTION 'customers_view takes no new rows: a customer comes with the first order, or by POST /api/v1/members'
      USING ERRCODE = 'feature_not_supported';
  ELSIF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'customers_view deletes no rows: nobody is erased through it' USING ERRCODE = 'feature_not_supported';
  END IF;
  changed := ARRAY(SELECT key FROM jsonb_each(told) e WHERE e.value IS DISTINCT FROM was -> key ORDER BY key);
  IF changed = '{}' THEN
    RETURN NEW;
  END IF;

  FOREACH field IN ARRAY changed LOOP
    IF NOT longest ? field THEN
      RAISE EXCEPTION 'customers_view: % is not changed here', field USING ERRCODE = 'feature_not_supported',
        HINT = 'Only names, address, notes and tags are written through it; the API changes the rest.';
    END IF;
    FOR value IN SELECT btrim(t, E' \t\n\r\f\v')
                   FROM unnest(CASE WHEN field = 'tags' THEN NEW.tags ELSE ARRAY[told ->> field] END) t LOOP
      IF value ~ '[\x01-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]' THEN
        RAISE EXCEPTION 'customers_view: % must not contain control characters', field USING ERRCODE = 'check_violation';
      ELSIF length(value) > (longest ->> field)::int THEN
        RAISE EXCEPTION 'customers_view: % is longer than % characters', field, longest ->> field
          USING ERRCODE = 'string_data_right_truncation';
      ELSIF field = 'tags' AND coalesce(value, '') = '' THEN
        RAISE EXCEPTION 'customers_view: a tag is empty' USING ERRCODE = 'check_violation';
      END IF;
      taken := taken || jsonb_build_object(field, nullif(value, ''));
    END LOOP;
  END LOOP;
  IF cardinality(NEW.tags) > 50 THEN
    RAISE EXCEPTION 'customers_view: tags are more than 50' USING ERRCODE = 'check_violation';
  END IF;
  IF 'tags' = ANY(changed) THEN
    taken := taken || jsonb_build_object('tags', ARRAY(
      SELECT btrim(t, E' \t\n\r\f\v') FROM unnest(NEW.tags) WITH ORDINALITY x(t, place) ORDER BY place));
  END IF;
  IF taken ?| ARRAY['first_name', 'last_name'] THEN
    -- Both: what the view has split from one name is kept as it was shown.
    taken := jsonb_build_object('first_name', NEW.first_name, 'last_name', NEW.last_name) || taken;
    full_name := nullif(concat_ws(' ', taken ->> 'first_name', taken ->> 'last_name'), '');
    IF length(full_name) > 200 THEN
      RAISE EXCEPTION 'customers_view: the names are longer than 200 characters'
        USING ERRCODE = 'string_data_right_truncation';
    END IF;
    changed := changed || 'name'::text;
  END IF;

  UPDATE public.customers SET version = version + 1, updated_at = now(),
         name = CASE WHEN 'name' = ANY(changed) THEN full_name ELSE name END
   WHERE store_id = OLD.store_id AND id = OLD.customer_uuid;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  NEW := jsonb_populate_record(NEW, taken);
  NEW.updated_at := now();
  UPDATE public.profiles SET updated_at = now(),
         first_name = CASE WHEN taken ? 'first_name' THEN NEW.first_name ELSE first_name END,
         last_name = CASE WHEN taken ? 'last_name' THEN NEW.last_name ELSE last_name END,
         address = CASE WHEN taken ? 'address' THEN NEW.address ELSE address END,
         city = CASE WHEN taken ? 'city' THEN NEW.city ELSE city END,
         state = CASE WHEN taken ? 'state' THEN NEW.state ELSE state END,
         postal_code = CASE WHEN taken ? 'postal_code' THEN NEW.postal_code ELSE postal_code END,
         country = CASE WHEN taken ? 'country' THEN NEW.country ELSE country END,
         tags = CASE WHEN taken ? 'tags' THEN NEW.tags ELSE tags END,
         notes = CASE WHEN taken ? 'notes' THEN NEW.notes ELSE notes END
   WHERE store_id = OLD.store_id AND customer_id = OLD.customer_uuid;
  -- Named, but not shown, as pos/audit_log.py does. The id is a UUIDv7 (RFC 9562 §5.7): servers before 18 make none.
  INSERT INTO public.audit_log (store_id, id, actor, action, subject, before, after)
  SELECT OLD.store_id,
         encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
           PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1),
           53, 1), 'hex')::uuid,
         'legacy:' || session_user, 'customers_view.change', 'customers:' || OLD.customer_uuid,
         jsonb_object_agg(c, CASE c WHEN 'tags' THEN was -> c ELSE '"[hidden]"' END)
           FILTER (WHERE was -> c <> 'null' OR c = 'name' AND concat(was ->> 'first_name', was ->> 'last_name') <> ''),
         jsonb_object_agg(c, CASE c WHEN 'tags' THEN taken -> c ELSE '"[hidden]"' END)
    FROM unnest(changed) c;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.create_index(
        "uq_source_ids_main",
        "source_ids",
        ["store_id", "source", "kind", "customer_id"],
        unique=True,
        postgresql_where=sa.text("is_main"),
    )
    op.execute(VIEW)
    op.execute(WRITE)
    op.execute("""
        CREATE TRIGGER customers_view_write INSTEAD OF INSERT OR UPDATE OR DELETE ON public.customers_view
        FOR EACH ROW EXECUTE FUNCTION public.customers_view_write()
    """)


def downgrade() -> None:
    op.execute("DROP VIEW public.customers_view")
    op.execute("DROP FUNCTION public.customers_view_write()")
    op.drop_index("uq_source_ids_main", table_name="source_ids", postgresql_where=sa.text("is_main"))
