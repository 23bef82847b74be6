-- +goose Up
-- The parts of texts that went in several. Each part has a message id and reports of its own; the text is delivered when
-- every part is, and rejected as soon as one is. A text that went as one has no row here.
CREATE TABLE attempt_parts (
    delivery    uuid NOT NULL,
    n           integer NOT NULL CHECK (n > 0),
    part        integer NOT NULL CHECK (part > 0),
    provider    text NOT NULL,
    message_id  text,              -- the provider's, as given; NULL: the answer never came
    message_key text,              -- normalised, to match reports
    taken_at    timestamptz NOT NULL DEFAULT hub_now(),
    outcome     text CHECK (outcome IN ('delivered', 'rejected')),
    reason      text NOT NULL DEFAULT '',
    happened_at timestamptz,
    PRIMARY KEY (delivery, n, part),
    CHECK ((outcome IS NULL) = (happened_at IS NULL)),
    CHECK ((message_id IS NULL) = (message_key IS NULL))
) PARTITION BY RANGE (delivery);
CREATE INDEX attempt_parts_message ON attempt_parts (provider, message_key) WHERE message_key IS NOT NULL;

-- Any table that is partitioned by range can be asked for.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION hub_make_partitions(parent text, first timestamptz, months integer) RETURNS integer LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public AS $$
DECLARE
    month timestamptz; name text; made integer := 0;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_partitioned_table t JOIN pg_class c ON c.oid = t.partrelid
        WHERE c.relname = parent AND c.relnamespace = 'public'::regnamespace AND t.partstrat = 'r') THEN
        RAISE EXCEPTION 'no partitioned table: %', parent USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('eblagh partitions'));
    FOR i IN 0..months - 1 LOOP
        month := date_trunc('month', first AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + make_interval(months => i);
        name := parent || to_char(month AT TIME ZONE 'UTC', '_YYYY_MM');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', name, parent,
                hub_uuid_floor(month), hub_uuid_floor(month + interval '1 month'));
            IF parent = 'receipts' THEN -- a statement's trigger is not inherited
                EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I
                    FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_change()', name);
            END IF;
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END $$;
-- +goose StatementEnd
SELECT hub_make_partitions('attempt_parts', now() - interval '1 month', 6);
CREATE TABLE attempt_parts_rest PARTITION OF attempt_parts DEFAULT;

-- Reports that nobody's attempt claims are removed after a while, and counted: there must not be too many.
CREATE INDEX reports_parked_since ON reports (received_at) WHERE delivery IS NULL;
GRANT DELETE ON reports TO eblagh_worker;

GRANT SELECT, INSERT, UPDATE ON attempt_parts TO eblagh_worker;
GRANT SELECT ON attempt_parts TO eblagh_app;
ALTER TABLE attempt_parts ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON attempt_parts FOR SELECT TO eblagh_app USING (
    EXISTS (SELECT FROM deliveries d WHERE d.id = attempt_parts.delivery));
