-- +goose Up
-- Where a person's clock stands: quiet hours are theirs. A name of the tz database, checked by the program.
ALTER TABLE persons ADD COLUMN time_zone text NOT NULL DEFAULT 'Asia/Tehran'
    CONSTRAINT persons_time_zone CHECK (length(time_zone) BETWEEN 1 AND 64);

-- A hold may name a provider: it begins no more texts. A provider carries no arrivals.
ALTER TABLE holds ADD COLUMN provider text CHECK (length(provider) BETWEEN 1 AND 100);
ALTER TABLE holds DROP CONSTRAINT holds_something;
ALTER TABLE holds ADD CONSTRAINT holds_something CHECK (num_nonnulls(channel, provider, submitter) > 0);
ALTER TABLE holds ADD CONSTRAINT holds_provider_of_texts CHECK (provider IS NULL OR channel IS DISTINCT FROM 'inbox');

-- What died and what is in doubt, newest first, for who puts it right.
CREATE INDEX deliveries_dead ON deliveries (status, id) WHERE status IN ('failed', 'expired', 'unknown');
-- Held is said of a delivery that a hold covers; it is no state of the row.
DROP INDEX deliveries_held;

-- The moves that hub/doc.go draws, and no others. Only the beginning of an attempt counts one, by one. Arrival is the
-- inbox's way to be delivered, an attempt that of a text.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION hub_refuse_backward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'delivery %: % cannot become %', OLD.id, OLD.status, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'deliveries_forward';
END $$;
-- +goose StatementEnd
DROP TRIGGER deliveries_forward ON deliveries;
CREATE TRIGGER deliveries_forward BEFORE UPDATE ON deliveries FOR EACH ROW
    WHEN (NOT CASE
        WHEN NEW.channel <> OLD.channel OR NEW.attempts <> OLD.attempts
                + (NEW.status = 'sending' AND OLD.status IN ('pending', 'queued'))::integer THEN false
        WHEN OLD.status IN ('pending', 'queued') THEN NEW.status IN ('pending', 'queued', 'failed', 'cancelled', 'expired')
                OR NEW.status = CASE OLD.channel WHEN 'inbox' THEN 'delivered' ELSE 'sending' END
        WHEN OLD.status = 'sending' THEN NEW.status IN ('sending', 'sent', 'unknown', 'pending', 'delivered', 'failed')
        WHEN OLD.status = 'sent' THEN NEW.status IN ('sent', 'unknown', 'delivered', 'failed')
        WHEN OLD.status = 'unknown' THEN NEW.status IN ('unknown', 'sent', 'pending', 'delivered', 'failed')
        ELSE false
    END) EXECUTE FUNCTION hub_refuse_backward();
