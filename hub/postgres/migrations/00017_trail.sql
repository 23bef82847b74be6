-- +goose Up
-- Who did or looked at what, when, from where and on what ground: an entry for every look and for every call that may
-- change something. at is when it was written down; hour is the hour under whose digest it is sealed, which is that of at
-- unless that hour was closed already. The form is that of the canonical text in hub/trail.
CREATE TABLE trail (
    id           uuid NOT NULL,
    hour         timestamptz NOT NULL CHECK (extract(epoch FROM hour)::bigint % 3600 = 0),
    at           timestamptz NOT NULL,
    call         uuid NOT NULL,               -- the entries of one call have it in common
    outcome      text NOT NULL CHECK (outcome IN ('begun', 'done', 'refused', 'failed')),
    status       smallint NOT NULL DEFAULT 0, -- of the answer; 0: there was none yet
    kind         text NOT NULL CHECK (kind IN ('person', 'key', 'nobody')),
    principal    uuid,
    acting_for   uuid,
    role         text NOT NULL DEFAULT '',
    organisation uuid,
    action       text NOT NULL DEFAULT '',
    route        text NOT NULL DEFAULT '',
    ground       text NOT NULL DEFAULT '',
    object_kind  text NOT NULL DEFAULT '',
    object       uuid,
    objects      uuid[] NOT NULL DEFAULT '{}', -- everything it was about: the object, what a list showed, the papers behind
    persons      uuid[] NOT NULL DEFAULT '{}', -- whose papers or data it was about
    count        integer NOT NULL DEFAULT 1,
    place        text NOT NULL DEFAULT '' CHECK (place IN ('', 'loopback', 'private', 'public', 'many')),
    address      bytea CHECK (length(address) = 16), -- a keyed index of it, by which equal ones are known
    device       text NOT NULL DEFAULT '' CHECK (length(device) <= 40),
    form         smallint NOT NULL DEFAULT 1,
    PRIMARY KEY (hour, id)
) PARTITION BY RANGE (hour);
CREATE INDEX trail_principal ON trail (principal, hour, id);
CREATE INDEX trail_about ON trail USING gin (objects, persons);
CREATE TRIGGER trail_append_only BEFORE UPDATE OR DELETE ON trail
    FOR EACH ROW EXECUTE FUNCTION hub_refuse_change();

-- The hours that are closed: how many entries each has, and the digest over them, which the receipt seals.
CREATE TABLE trail_hours (
    hour      timestamptz PRIMARY KEY CHECK (extract(epoch FROM hour)::bigint % 3600 = 0),
    entries   bigint NOT NULL CHECK (entries >= 0),
    digest    bytea NOT NULL CHECK (length(digest) = 32),
    receipt   uuid NOT NULL UNIQUE,
    closed_at timestamptz NOT NULL DEFAULT hub_now()
);
-- What the digest of an hour is over: id and hash of each entry, 48 bytes, in the order of the ids. So that what does not
-- fit is found by its name.
CREATE TABLE trail_parts (
    hour  timestamptz NOT NULL REFERENCES trail_hours DEFERRABLE INITIALLY DEFERRED,
    part  integer NOT NULL CHECK (part >= 0),
    marks bytea NOT NULL CHECK (length(marks) BETWEEN 48 AND 48 * 4096 AND length(marks) % 48 = 0),
    PRIMARY KEY (hour, part)
);
ALTER TABLE trail_parts ALTER COLUMN marks SET STORAGE EXTERNAL; -- hashes do not compress
CREATE INDEX receipts_trail ON receipts (id) WHERE event IN ('eblagh:TrailDigest', 'eblagh:TrailDetached');
-- Partitions that were detached because they were old, by their month.
CREATE TABLE trail_detached (
    month       timestamptz PRIMARY KEY,
    name        text NOT NULL,
    receipt     uuid NOT NULL UNIQUE,
    detached_at timestamptz NOT NULL DEFAULT hub_now()
);
-- +goose StatementBegin
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['trail_hours', 'trail_parts', 'trail_detached'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I
            FOR EACH ROW EXECUTE FUNCTION hub_refuse_change()', name);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_change()', name);
    END LOOP;
END $$;

-- Partitions of the trail go by the hour, those of the other tables by UUIDv7. A statement's trigger is not inherited.
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
            IF parent = 'trail' THEN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', name, parent,
                    month, month + interval '1 month');
            ELSE
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', name, parent,
                    hub_uuid_floor(month), hub_uuid_floor(month + interval '1 month'));
            END IF;
            IF parent IN ('receipts', 'trail') THEN
                EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I
                    FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_change()', name);
            END IF;
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END $$;
-- +goose StatementEnd
SELECT hub_make_partitions('trail', now() - interval '1 month', 6);
CREATE TABLE trail_rest PARTITION OF trail DEFAULT;
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON trail_rest FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_change();

-- +goose StatementBegin
-- The hour that takes entries now, held open until the transaction ends: who closes an hour waits for everybody that
-- holds it. That the clock was still in the hour when it was held is what makes that sound, whatever the snapshot; that
-- it is not closed is looked at as well, for clocks can be set back.
CREATE FUNCTION hub_trail_hour() RETURNS timestamptz LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
DECLARE
    in_hour timestamptz; closed timestamptz;
BEGIN
    LOOP
        SELECT max(t.hour) INTO closed FROM trail_hours t;
        in_hour := greatest(date_trunc('hour', hub_now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC', closed + interval '1 hour');
        PERFORM pg_advisory_xact_lock_shared(hub_trail_lock(), (extract(epoch FROM in_hour) / 3600)::integer);
        IF hub_now() < in_hour + interval '1 hour' AND NOT EXISTS (SELECT FROM trail_hours t WHERE t.hour >= in_hour) THEN
            RETURN in_hour;
        END IF;
    END LOOP;
END $$;
CREATE FUNCTION hub_trail_lock() RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 1953653100 $$;

-- The papers behind deliveries and officers' tasks; and whose papers or data things are.
CREATE FUNCTION hub_papers(things uuid[]) RETURNS uuid[] LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    RETURN ARRAY(SELECT d.notice FROM deliveries d WHERE d.id = ANY (things)
        UNION SELECT t.notice FROM officer_tasks t WHERE t.id = ANY (things));
END $$;
CREATE FUNCTION hub_concerned(things uuid[]) RETURNS uuid[] LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    RETURN ARRAY(SELECT n.recipient FROM notices n WHERE n.id = ANY (things)
        UNION SELECT p.id FROM persons p WHERE p.id = ANY (things));
END $$;

-- The one way into the trail. Each entry comes as the object that hub/postgres makes of it; things of kinds that lead to
-- a paper are followed to it.
CREATE FUNCTION hub_trail(entries jsonb) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
DECLARE
    in_hour timestamptz := hub_trail_hour();
    written timestamptz := hub_now();
BEGIN
    INSERT INTO trail (id, hour, at, call, outcome, status, kind, principal, acting_for, role, organisation, action, route,
            ground, object_kind, object, objects, persons, count, place, address, device)
        SELECT e.id, in_hour, written, e.call, e.outcome, coalesce(e.status, 0), e.kind, e.principal, e.acting_for,
            coalesce(e.role, ''), e.organisation, coalesce(e.action, ''), coalesce(e.route, ''), coalesce(e.ground, ''),
            coalesce(e.object_kind, ''), e.object, o.objects,
            CASE WHEN o.objects = '{}' THEN '{}' ELSE hub_concerned(o.objects) END,
            coalesce(e.count, 1), coalesce(e.place, ''), decode(e.address, 'hex'), coalesce(e.device, '')
        FROM jsonb_to_recordset(entries) AS e (id uuid, call uuid, outcome text, status smallint, kind text, principal uuid,
            acting_for uuid, role text, organisation uuid, action text, route text, ground text, object_kind text,
            object uuid, objects uuid[], count integer, place text, address text, device text),
        LATERAL (SELECT coalesce(e.objects, '{}') || CASE WHEN e.object_kind IN ('delivery', 'task', 'deliveries', 'tasks')
            THEN hub_papers(e.objects) ELSE '{}' END AS objects) o;
END $$;

-- Which of the things of an entry are the principal's own to know of: papers that have arrived for the addressee, and the
-- addressee themselves.
CREATE FUNCTION hub_own_among(things uuid[], addressee uuid) RETURNS uuid[] LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public AS $$
BEGIN
    RETURN ARRAY(SELECT i.notice FROM inbox i WHERE i.recipient = addressee AND i.notice = ANY (things)
        UNION SELECT addressee WHERE addressee = ANY (things));
END $$;

-- Who looked at what is the addressee's, and what else was done with it: never by name, and nothing of papers that have
-- not arrived.
CREATE FUNCTION hub_looks(paper uuid, before_hour timestamptz, before_id uuid, most integer) RETURNS TABLE (hour timestamptz,
    id uuid, at timestamptz, kind text, role text, acting boolean, organisation text, action text, notices uuid[])
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
DECLARE
    me uuid := hub_addressee(); asking uuid := hub_person();
BEGIN
    IF me IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT t.hour, t.id, t.at, t.kind, t.role, t.acting_for IS NOT NULL, coalesce(o.name, ''), t.action,
            array_remove(w.own, me)
        FROM trail t LEFT JOIN organisations o ON o.id = t.organisation,
            LATERAL (SELECT hub_own_among(t.objects, me) AS own) w
        WHERE t.persons @> ARRAY[me] AND (paper IS NULL OR t.objects @> ARRAY[paper]) AND t.outcome = 'done'
            AND t.principal IS DISTINCT FROM asking AND t.kind <> 'nobody' AND t.role <> ''
            AND (before_id IS NULL OR (t.hour, t.id) < (before_hour, before_id))
            AND w.own <> '{}' AND (paper IS NULL OR paper = ANY (w.own))
        ORDER BY t.hour DESC, t.id DESC LIMIT most;
END $$;

-- The whole trail is the auditors'. A thing is found as what an entry was about, and as whose that is. An entry's hour is
-- that of its moment, or soon after.
CREATE FUNCTION hub_trail_search(thing uuid, who uuid, since timestamptz, until timestamptz, before_hour timestamptz,
    before_id uuid, most integer) RETURNS SETOF trail LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF NOT 'auditor' = ANY (hub_roles()) THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE 'SELECT * FROM trail t WHERE true'
        || CASE WHEN thing IS NOT NULL THEN ' AND (t.objects @> ARRAY[$1] OR t.persons @> ARRAY[$1])' ELSE '' END
        || CASE WHEN who IS NOT NULL THEN ' AND t.principal = $2' ELSE '' END
        || CASE WHEN since IS NOT NULL THEN ' AND t.at >= $3 AND t.hour >= $3 - interval ''1 hour''' ELSE '' END
        || CASE WHEN until IS NOT NULL THEN ' AND t.at < $4 AND t.hour < $4 + interval ''1 day''' ELSE '' END
        || CASE WHEN before_id IS NOT NULL THEN ' AND (t.hour, t.id) < ($5, $6)' ELSE '' END
        || ' ORDER BY t.hour DESC, t.id DESC LIMIT $7'
        USING thing, who, since, until, before_hour, before_id, most;
END $$;

-- Takes the oldest month out of the trail that ended before a moment and whose hours are all closed, and leaves a receipt
-- of it. The table stays, for whoever keeps old ones elsewhere; the digests of its hours stay in the log.
CREATE FUNCTION hub_detach_trail(before timestamptz, sealed_by uuid) RETURNS text LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public AS $$
DECLARE
    old record; held bigint;
BEGIN
    SELECT c.relname AS name, make_timestamptz(substr(c.relname, 7, 4)::integer, right(c.relname, 2)::integer, 1, 0, 0, 0, 'UTC') AS month
        INTO old FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'trail'::regclass AND c.relname ~ '^trail_\d{4}_\d{2}$' ORDER BY c.relname LIMIT 1;
    IF old.name IS NULL OR old.month + interval '1 month' > before
        OR NOT EXISTS (SELECT FROM trail_hours h WHERE h.hour >= old.month + interval '1 month' - interval '1 hour') THEN
        RETURN NULL;
    END IF;
    EXECUTE format('SELECT count(*) FROM %I', old.name) INTO held;
    EXECUTE format('ALTER TABLE trail DETACH PARTITION %I', old.name);
    EXECUTE format('REVOKE ALL ON %I FROM eblagh_app, eblagh_worker', old.name);
    INSERT INTO trail_detached (month, name, receipt) VALUES (old.month, old.name, sealed_by);
    INSERT INTO receipts (id, event, at, actor_kind, details)
        VALUES (sealed_by, 'eblagh:TrailDetached', hub_now(), 'system', jsonb_build_object(
            'from', to_char(old.month AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS".000000Z"'),
            'until', to_char((old.month + interval '1 month') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS".000000Z"'),
            'entries', held));
    RETURN old.name;
END $$;
-- +goose StatementEnd

-- What was recorded of looks before goes on here, each as a call of its own, sealed from now on.
INSERT INTO trail (id, hour, at, call, outcome, kind, principal, role, action, ground, object, objects, persons, count)
    SELECT l.id, date_trunc('hour', hub_now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC', l.at, l.id, 'done', l.kind, l.principal,
        l.role, l.action, l.ground, l.object, array_remove(ARRAY[l.object], NULL), hub_concerned(ARRAY[l.object]), l.count
    FROM looks l;
DROP TABLE looks;

ALTER TABLE trail ENABLE ROW LEVEL SECURITY;
ALTER TABLE trail_hours ENABLE ROW LEVEL SECURITY;
ALTER TABLE trail_parts ENABLE ROW LEVEL SECURITY;
ALTER TABLE trail_detached ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON trail TO eblagh_worker;
GRANT SELECT, INSERT ON trail_hours, trail_parts TO eblagh_worker;
GRANT SELECT ON trail_detached TO eblagh_worker;
REVOKE EXECUTE ON FUNCTION hub_trail, hub_trail_hour, hub_papers, hub_concerned, hub_own_among, hub_detach_trail, hub_looks,
    hub_trail_search FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_trail TO eblagh_app, eblagh_worker;
GRANT EXECUTE ON FUNCTION hub_detach_trail TO eblagh_worker;
GRANT EXECUTE ON FUNCTION hub_looks, hub_trail_search TO eblagh_app;

-- Keys: no key is for ever, and the secret of one can change. A key has one secret in force, and while a rotation runs, the
-- one before until a stated time. Only their hashes are here.
UPDATE api_keys SET expires_at = hub_now() + interval '365 days' WHERE expires_at IS NULL;
ALTER TABLE api_keys ALTER COLUMN expires_at SET NOT NULL;
CREATE TABLE api_key_secrets (
    hash    bytea PRIMARY KEY CHECK (length(hash) = 32), -- SHA-256 of the whole key
    key     uuid NOT NULL REFERENCES api_keys,
    made_at timestamptz NOT NULL DEFAULT hub_now(),
    until   timestamptz                                  -- NULL: as long as the key
);
CREATE UNIQUE INDEX api_key_secrets_current ON api_key_secrets (key) WHERE until IS NULL;
INSERT INTO api_key_secrets (hash, key, made_at) SELECT hash, id, created_at FROM api_keys;
ALTER TABLE api_keys DROP COLUMN hash;
CREATE INDEX api_keys_organisation ON api_keys (organisation, id);
CREATE INDEX api_keys_expiry ON api_keys (expires_at) WHERE revoked_at IS NULL;
GRANT SELECT, INSERT, UPDATE (until) ON api_key_secrets TO eblagh_worker;
-- Who looks after keys sees which there are, and never a hash.
GRANT SELECT (id, name, role, organisation, mode, scopes, created_at, expires_at, revoked_at, last_used_at) ON api_keys TO eblagh_app;
GRANT SELECT (key, until) ON api_key_secrets TO eblagh_app;
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_key_secrets ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON api_keys FOR SELECT TO eblagh_app USING (
    (SELECT hub_roles()) && ARRAY['operator', 'admin']
    OR (SELECT hub_roles()) && ARRAY['judge', 'office_manager'] AND organisation = ANY ((SELECT hub_organisations())::uuid[]));
CREATE POLICY read ON api_key_secrets FOR SELECT TO eblagh_app USING (EXISTS (SELECT FROM api_keys k WHERE k.id = api_key_secrets.key));
