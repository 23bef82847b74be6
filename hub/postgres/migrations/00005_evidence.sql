-- +goose Up
CREATE TABLE receipts (
    id                  uuid PRIMARY KEY,
    event               text NOT NULL,
    at                  timestamptz NOT NULL,
    recorded_at         timestamptz NOT NULL DEFAULT hub_now(),
    notice              uuid,
    submitter           uuid,
    case_id             uuid,
    recipient           uuid,
    capacity            text NOT NULL DEFAULT '',
    actor_kind          text NOT NULL,
    actor               uuid,
    auth                text NOT NULL DEFAULT '',
    channel             text NOT NULL DEFAULT '',
    provider            text NOT NULL DEFAULT '',
    provider_message_id text NOT NULL DEFAULT '',
    provider_status     text NOT NULL DEFAULT '',
    reason              text NOT NULL DEFAULT '',
    rule                text NOT NULL DEFAULT '',
    rule_version        text NOT NULL DEFAULT '',
    details             jsonb NOT NULL DEFAULT '{}',
    salt                bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()) CHECK (length(salt) = 16),
    form                smallint NOT NULL DEFAULT 1 -- version of the canonical form
) PARTITION BY RANGE (id);
CREATE INDEX receipts_notice ON receipts (notice, at);
CREATE TRIGGER receipts_append_only BEFORE UPDATE OR DELETE ON receipts
    FOR EACH ROW EXECUTE FUNCTION hub_refuse_change();

-- Receipts that wait for the log, filled by trigger in the same transaction, so that none can be forgotten.
CREATE TABLE ledger_queue (
    receipt uuid PRIMARY KEY
);
-- +goose StatementBegin
CREATE FUNCTION hub_queue_receipts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS
    $$ BEGIN INSERT INTO ledger_queue (receipt) SELECT id FROM added; RETURN NULL; END $$;
-- +goose StatementEnd
CREATE TRIGGER receipts_to_ledger AFTER INSERT ON receipts REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION hub_queue_receipts();

-- Who looked at what, on what ground. Looks at a paper's content are receipts as well.
CREATE TABLE looks (
    id        uuid PRIMARY KEY,
    at        timestamptz NOT NULL DEFAULT hub_now(),
    principal uuid NOT NULL,
    kind      text NOT NULL,          -- person or key
    role      text NOT NULL,
    action    text NOT NULL,
    object    uuid,
    ground    text NOT NULL,
    count     integer NOT NULL DEFAULT 1
);
CREATE INDEX looks_object ON looks (object, at);
CREATE TRIGGER looks_append_only BEFORE UPDATE OR DELETE ON looks
    FOR EACH ROW EXECUTE FUNCTION hub_refuse_change();

-- Monthly partitions by UUIDv7, made ahead; a default one takes what a clock gone astray would lose. One table at a time:
-- a transaction that locked two of them could wait in a circle with those that write to both.
-- +goose StatementBegin
CREATE FUNCTION hub_make_partitions(parent text, first timestamptz, months integer) RETURNS integer LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public AS $$
DECLARE
    month timestamptz; name text; made integer := 0;
BEGIN
    IF parent NOT IN ('notices', 'deliveries', 'attempts', 'receipts') THEN
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
REVOKE EXECUTE ON FUNCTION hub_make_partitions FROM PUBLIC;
SELECT hub_make_partitions(parent, now() - interval '1 month', 6)
    FROM unnest(ARRAY['notices', 'deliveries', 'attempts', 'receipts']) AS parent;
CREATE TABLE notices_rest PARTITION OF notices DEFAULT;
CREATE TABLE deliveries_rest PARTITION OF deliveries DEFAULT;
CREATE TABLE attempts_rest PARTITION OF attempts DEFAULT;
CREATE TABLE receipts_rest PARTITION OF receipts DEFAULT;
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON receipts_rest
    FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_change();
