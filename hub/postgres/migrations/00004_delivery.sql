-- +goose Up
-- One notice over one channel, or one code by SMS. due_at is when somebody must look at the row again: pending: when to
-- start; queued: when its task counts as lost; sending: when its attempt counts as unknown; sent: when its report is
-- overdue; unknown: when it closes. So recovery is the normal path.
CREATE TABLE deliveries (
    id          uuid PRIMARY KEY,
    notice      uuid,
    challenge   uuid,
    recipient   uuid,
    submitter   uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000', -- zero for codes
    channel     text NOT NULL CHECK (channel IN ('inbox', 'sms')),
    priority    text NOT NULL CHECK (priority IN ('code', 'urgent', 'normal', 'bulk')),
    status      text NOT NULL DEFAULT 'pending'
                CHECK (status IN ('pending', 'queued', 'sending', 'sent', 'unknown', 'held',
                                  'delivered', 'failed', 'cancelled', 'expired')),
    attempts    integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    due_at      timestamptz,
    expires_at  timestamptz,
    last_reason text NOT NULL DEFAULT '',
    replays     uuid,
    created_at  timestamptz NOT NULL DEFAULT hub_now(),
    updated_at  timestamptz NOT NULL DEFAULT hub_now(),
    CONSTRAINT deliveries_of_one CHECK (num_nonnulls(notice, challenge) = 1),
    CONSTRAINT deliveries_final CHECK ((due_at IS NULL) = (status IN ('delivered', 'failed', 'cancelled', 'expired'))),
    CONSTRAINT deliveries_attempted CHECK (status NOT IN ('sending', 'sent', 'unknown') OR attempts > 0),
    CONSTRAINT deliveries_code CHECK ((challenge IS NOT NULL) = (priority = 'code'))
) PARTITION BY RANGE (id);
-- The claim: due rows of a lane, a few of each submitter.
CREATE INDEX deliveries_claim ON deliveries (channel, priority, submitter, due_at) WHERE status IN ('pending', 'queued');
-- Overdue attempts and reports.
CREATE INDEX deliveries_overdue ON deliveries (due_at) WHERE status IN ('sending', 'sent', 'unknown');
-- What ended or stands still otherwise than it should: rare, and what people look for.
CREATE INDEX deliveries_astray ON deliveries (submitter, status, notice)
    WHERE status IN ('failed', 'expired', 'cancelled', 'unknown', 'held');
CREATE INDEX deliveries_held ON deliveries (channel, priority) WHERE status = 'held';
CREATE INDEX deliveries_notice ON deliveries (notice) WHERE notice IS NOT NULL;

-- +goose StatementBegin
CREATE FUNCTION hub_refuse_backward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'delivery % is final: % cannot become %', OLD.id, OLD.status, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'deliveries_forward';
END $$;
-- +goose StatementEnd
CREATE TRIGGER deliveries_forward BEFORE UPDATE ON deliveries FOR EACH ROW
    WHEN (OLD.due_at IS NULL OR NEW.attempts < OLD.attempts) EXECUTE FUNCTION hub_refuse_backward();

-- Commits before the first byte leaves. n is the fence of its outcome.
CREATE TABLE attempts (
    delivery      uuid NOT NULL,
    n             integer NOT NULL CHECK (n > 0),
    provider      text NOT NULL,
    started_at    timestamptz NOT NULL DEFAULT hub_now(),
    outcome       text CHECK (outcome IN ('accepted', 'delivered', 'deferred', 'rejected', 'unknown')),
    reason        text NOT NULL DEFAULT '',
    ended_at      timestamptz,
    message_id    text,              -- the provider's, as given
    message_key   text,              -- normalised, to match reports
    PRIMARY KEY (delivery, n),
    CHECK ((outcome IS NULL) = (ended_at IS NULL))
) PARTITION BY RANGE (delivery);
CREATE INDEX attempts_message ON attempts (provider, message_key) WHERE message_key IS NOT NULL;

-- What providers told us, raw. Unmatched ones wait for the outcome of their attempt.
CREATE TABLE reports (
    id          uuid PRIMARY KEY,
    provider    text NOT NULL,
    message_id  text NOT NULL,
    message_key text NOT NULL,
    outcome     text NOT NULL,
    reason      text NOT NULL DEFAULT '',
    at          timestamptz,
    received_at timestamptz NOT NULL DEFAULT hub_now(),
    raw         bytea NOT NULL,
    delivery    uuid,
    n           integer,
    CHECK ((delivery IS NULL) = (n IS NULL))
);
CREATE INDEX reports_parked ON reports (provider, message_key) WHERE delivery IS NULL;

-- What an operator keeps from starting, by channel, by submitter, or both. Nothing is taken back but the hold itself, once.
CREATE TABLE holds (
    id          uuid PRIMARY KEY,
    channel     text CHECK (channel IN ('inbox', 'sms')),   -- NULL: sms; arrivals are held by name only
    submitter   uuid REFERENCES organisations,              -- NULL: every one
    reason      text NOT NULL CHECK (reason <> ''),
    created_by  uuid NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT hub_now(),
    released_by uuid,
    released_at timestamptz CHECK (released_at >= created_at),
    CONSTRAINT holds_something CHECK (num_nonnulls(channel, submitter) > 0),
    CONSTRAINT holds_released_by CHECK ((released_at IS NULL) = (released_by IS NULL))
);
CREATE INDEX holds_open ON holds (submitter) WHERE released_at IS NULL;
CREATE TRIGGER holds_released_once BEFORE UPDATE ON holds
    FOR EACH ROW WHEN (OLD.released_at IS NOT NULL) EXECUTE FUNCTION hub_refuse_change();
CREATE TRIGGER holds_kept BEFORE DELETE ON holds FOR EACH ROW EXECUTE FUNCTION hub_refuse_change();

-- Rows that become due, claimed like deliveries. fired_at is set once.
CREATE TABLE timers (
    id         uuid PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('expire')),
    notice     uuid NOT NULL,
    due_at     timestamptz NOT NULL,
    fired_at   timestamptz
);
CREATE INDEX timers_due ON timers (due_at) WHERE fired_at IS NULL;

-- Arrival: this is service. Append-only; the unique key is why it happens once.
CREATE TABLE inbox (
    recipient  uuid NOT NULL,
    cursor     bigint NOT NULL CHECK (cursor > 0),
    notice     uuid NOT NULL,
    submitter  uuid NOT NULL,
    arrived_at timestamptz NOT NULL,
    PRIMARY KEY (recipient, cursor),
    CONSTRAINT inbox_once UNIQUE (recipient, notice)
) PARTITION BY HASH (recipient);
-- +goose StatementBegin
DO $$
BEGIN
    FOR i IN 0..15 LOOP
        EXECUTE format('CREATE TABLE inbox_%s PARTITION OF inbox FOR VALUES WITH (MODULUS 16, REMAINDER %s)', i, i);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON inbox_%s
            FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_change()', i);
    END LOOP;
END $$;
-- +goose StatementEnd
CREATE TRIGGER inbox_append_only BEFORE UPDATE OR DELETE ON inbox
    FOR EACH ROW EXECUTE FUNCTION hub_refuse_change();

-- One row per recipient, locked to hand out cursors. nudged and acked are how far the live channel got.
CREATE TABLE inbox_cursors (
    recipient       uuid PRIMARY KEY,
    last            bigint NOT NULL DEFAULT 0,
    last_arrived_at timestamptz NOT NULL DEFAULT '-infinity',
    nudged          bigint NOT NULL DEFAULT 0 CHECK (nudged <= last),
    acked           bigint NOT NULL DEFAULT 0 CHECK (acked <= nudged)
) WITH (fillfactor = 70);

-- The addressee opened the notice: once.
CREATE TABLE opens (
    notice    uuid PRIMARY KEY,
    recipient uuid NOT NULL,
    submitter uuid NOT NULL,
    person    uuid NOT NULL REFERENCES persons,
    opened_at timestamptz NOT NULL
);
CREATE INDEX opens_recipient ON opens (recipient);
CREATE TRIGGER opens_append_only BEFORE UPDATE OR DELETE ON opens
    FOR EACH ROW EXECUTE FUNCTION hub_refuse_change();
CREATE TRIGGER opens_no_truncate BEFORE TRUNCATE ON opens
    FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_change();
