-- +goose Up
-- The entries of one call are found by it. Of a change that was begun another entry tells how it ended; when the process
-- died in between there is none, and the change stands, for its entry was committed with it.
CREATE INDEX trail_call ON trail (call);
CREATE INDEX trail_begun ON trail (at, id) WHERE outcome = 'begun';

-- What was begun and has no end, noted once nothing can be under way any more.
CREATE TABLE trail_unended (
    entry    uuid PRIMARY KEY,
    hour     timestamptz NOT NULL,
    call     uuid NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT hub_now()
);
CREATE INDEX trail_unended_noted ON trail_unended (noted_at);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON trail_unended FOR EACH ROW EXECUTE FUNCTION hub_refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON trail_unended FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_change();
-- Up to which moment that was looked at. The row is the lock of who looks.
CREATE TABLE trail_looked (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    until timestamptz NOT NULL
);
INSERT INTO trail_looked (until) VALUES (hub_now() - interval '1 day');

-- +goose StatementBegin
-- Notes what was begun longer ago than patience and has no end; at most so many beginnings at once, but all of a moment.
CREATE FUNCTION hub_note_unended(patience interval, most integer) RETURNS integer LANGUAGE plpgsql VOLATILE
    SECURITY DEFINER SET search_path = public AS $$
DECLARE
    since timestamptz; last timestamptz; noted integer;
BEGIN
    SELECT l.until INTO since FROM trail_looked l FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    SELECT max(b.at) INTO last FROM (SELECT t.at FROM trail t WHERE t.outcome = 'begun' AND t.at > since
        AND t.at < hub_now() - patience AND t.hour >= since - interval '1 hour' ORDER BY t.at LIMIT most) b;
    IF last IS NULL THEN
        RETURN 0;
    END IF;
    INSERT INTO trail_unended (entry, hour, call)
        SELECT t.id, t.hour, t.call FROM trail t WHERE t.outcome = 'begun' AND t.at > since AND t.at <= last
            AND t.hour >= since - interval '1 hour' AND NOT EXISTS (SELECT FROM trail e WHERE e.call = t.call
                AND e.outcome <> 'begun' AND e.hour BETWEEN t.hour AND t.hour + interval '1 day')
        ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS noted = ROW_COUNT;
    UPDATE trail_looked l SET until = last;
    RETURN noted;
END $$;

-- As hub_trail_search of seven arguments, which processes of before go on calling: also by call, and only what has no end.
CREATE FUNCTION hub_trail_search(thing uuid, who uuid, of_call uuid, unended boolean, since timestamptz, until timestamptz,
    before_hour timestamptz, before_id uuid, most integer) RETURNS SETOF trail LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF NOT 'auditor' = ANY (hub_roles()) THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE 'SELECT * FROM trail t WHERE true'
        || CASE WHEN thing IS NOT NULL THEN ' AND (t.objects @> ARRAY[$1] OR t.persons @> ARRAY[$1])' ELSE '' END
        || CASE WHEN who IS NOT NULL THEN ' AND t.principal = $2' ELSE '' END
        || CASE WHEN of_call IS NOT NULL THEN ' AND t.call = $8' ELSE '' END
        || CASE WHEN unended THEN ' AND (t.hour, t.id) IN (SELECT u.hour, u.entry FROM trail_unended u)' ELSE '' END
        || CASE WHEN since IS NOT NULL THEN ' AND t.at >= $3 AND t.hour >= $3 - interval ''1 hour''' ELSE '' END
        || CASE WHEN until IS NOT NULL THEN ' AND t.at < $4 AND t.hour < $4 + interval ''1 day''' ELSE '' END
        || CASE WHEN before_id IS NOT NULL THEN ' AND (t.hour, t.id) < ($5, $6)' ELSE '' END
        || ' ORDER BY t.hour DESC, t.id DESC LIMIT $7'
        USING thing, who, since, until, before_hour, before_id, most, of_call;
END $$;
-- +goose StatementEnd
ALTER TABLE trail_unended ENABLE ROW LEVEL SECURITY;
ALTER TABLE trail_looked ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON trail_unended TO eblagh_worker;
REVOKE EXECUTE ON FUNCTION hub_note_unended, hub_trail_search(uuid, uuid, uuid, boolean, timestamptz, timestamptz, timestamptz, uuid, integer)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_note_unended TO eblagh_worker;
GRANT EXECUTE ON FUNCTION hub_trail_search(uuid, uuid, uuid, boolean, timestamptz, timestamptz, timestamptz, uuid, integer) TO eblagh_app;
