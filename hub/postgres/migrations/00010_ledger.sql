-- +goose Up
-- The signed log of receipts (C2SP tlog-tiles). Nothing here is ever taken back: rows are added, partial tiles grow, an
-- unsigned head is signed once.
CREATE TABLE log_tiles (
    level smallint NOT NULL CHECK (level BETWEEN -1 AND 7), -- -1: entries
    n     bigint NOT NULL CHECK (n >= 0),
    width smallint NOT NULL CHECK (width BETWEEN 1 AND 256),
    bytes bytea NOT NULL,
    PRIMARY KEY (level, n),
    CONSTRAINT log_tiles_hashes CHECK (level < 0 OR length(bytes) = 32 * width)
);
ALTER TABLE log_tiles ALTER COLUMN bytes SET STORAGE EXTERNAL; -- hashes do not compress
-- +goose StatementBegin
CREATE FUNCTION hub_tile_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.level <> OLD.level OR NEW.n <> OLD.n OR NEW.width <= OLD.width
        OR substring(NEW.bytes FOR length(OLD.bytes)) <> OLD.bytes THEN
        RAISE EXCEPTION 'log_tiles only grow' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER log_tiles_grow BEFORE UPDATE ON log_tiles FOR EACH ROW EXECUTE FUNCTION hub_tile_grows();

-- Where each receipt is in the log.
CREATE TABLE log_leaves (
    index   bigint PRIMARY KEY CHECK (index >= 0),
    receipt uuid NOT NULL,
    CONSTRAINT log_leaves_once UNIQUE (receipt)
);

-- The heads of the log. note is the signed checkpoint; it comes after the log itself is durable, so that nothing is ever
-- signed that could get lost.
CREATE TABLE log_checkpoints (
    size bigint PRIMARY KEY CHECK (size > 0),
    root bytea NOT NULL CHECK (length(root) = 32),
    at   timestamptz NOT NULL,
    note text
);
-- +goose StatementBegin
CREATE FUNCTION hub_sign_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.note IS NOT NULL OR NEW.note IS NULL OR (NEW.size, NEW.root, NEW.at) IS DISTINCT FROM (OLD.size, OLD.root, OLD.at) THEN
        RAISE EXCEPTION 'a checkpoint is signed once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER log_checkpoints_signed_once BEFORE UPDATE ON log_checkpoints FOR EACH ROW EXECUTE FUNCTION hub_sign_once();

-- Which entries of the log are changes of its keys.
CREATE TABLE log_keys (
    index bigint PRIMARY KEY CHECK (index >= 0),
    entry text NOT NULL
);

-- RFC 3161 tokens over SHA-256 of a signed checkpoint.
CREATE TABLE log_timestamps (
    size      bigint NOT NULL REFERENCES log_checkpoints,
    authority text NOT NULL,
    token     bytea NOT NULL,
    at        timestamptz NOT NULL, -- what the authority attests
    PRIMARY KEY (size, authority)
);

-- +goose StatementBegin
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['log_tiles', 'log_leaves', 'log_checkpoints', 'log_keys', 'log_timestamps'] LOOP
        EXECUTE format('CREATE TRIGGER no_delete BEFORE DELETE ON %I FOR EACH ROW EXECUTE FUNCTION hub_refuse_change()', name);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['log_leaves', 'log_keys', 'log_timestamps'] LOOP
        EXECUTE format('CREATE TRIGGER no_update BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION hub_refuse_change()', name);
    END LOOP;
END $$;
-- +goose StatementEnd

-- That receipts are sealed at all, from the first start of a writer on. doubt says why no writer goes on, and held is the
-- checkpoint that the database must extend again before one does.
CREATE TABLE ledger_writer (
    single     boolean PRIMARY KEY DEFAULT true CHECK (single),
    doubt      text NOT NULL DEFAULT '',
    held       text NOT NULL DEFAULT '',
    changed_at timestamptz NOT NULL DEFAULT hub_now()
);

GRANT SELECT, INSERT ON log_leaves, log_keys, log_timestamps TO eblagh_worker;
GRANT SELECT, INSERT, UPDATE (width, bytes) ON log_tiles TO eblagh_worker;
GRANT SELECT, INSERT, UPDATE (note) ON log_checkpoints TO eblagh_worker;
GRANT SELECT, INSERT, UPDATE ON ledger_writer TO eblagh_worker;

-- The log is public. Which receipt an entry is of shows to whoever may see the receipt.
GRANT SELECT ON log_tiles, log_leaves, log_checkpoints, log_keys, log_timestamps TO eblagh_app;
ALTER TABLE log_leaves ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON log_leaves FOR SELECT TO eblagh_app USING (
    EXISTS (SELECT FROM receipts r WHERE r.id = log_leaves.receipt));
