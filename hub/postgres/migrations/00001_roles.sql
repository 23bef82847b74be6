-- +goose Up
-- Three roles, taken by SET ROLE on each pool: the owner migrates, app reads under row-level security as the principal
-- that SET LOCAL names, worker writes past it (COPY is refused under row-level security).
-- +goose StatementBegin
DO $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('eblagh roles'));
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'eblagh_owner') THEN
        CREATE ROLE eblagh_owner NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'eblagh_app') THEN
        CREATE ROLE eblagh_app NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'eblagh_worker') THEN
        CREATE ROLE eblagh_worker NOLOGIN BYPASSRLS;
    END IF;
END $$;
-- +goose StatementEnd

GRANT USAGE ON SCHEMA public TO eblagh_app, eblagh_worker;
GRANT CREATE, USAGE ON SCHEMA public TO eblagh_owner;

-- The hub's clock. Tests shift it with: ALTER DATABASE … SET eblagh.clock_offset = '1 minute'.
CREATE FUNCTION hub_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT clock_timestamp() + coalesce(nullif(current_setting('eblagh.clock_offset', true), ''), '0')::interval
$$;

-- The smallest UUIDv7 of a moment: the bounds of partitions, and of look-ups by age.
CREATE FUNCTION hub_uuid_floor(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;

-- The principal of the running transaction, as the app role's policies see it.
CREATE FUNCTION hub_person() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('eblagh.person', true), '')::uuid
$$;
CREATE FUNCTION hub_organisations() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('eblagh.organisations', true), ''), '{}')::uuid[]
$$;
CREATE FUNCTION hub_roles() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('eblagh.roles', true), ''), '{}')::text[]
$$;

-- +goose StatementBegin
CREATE FUNCTION hub_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
-- +goose StatementEnd

-- What this database is: an instance is either live or test, for ever.
CREATE TABLE instance (
    single      boolean PRIMARY KEY DEFAULT true CHECK (single),
    mode        text NOT NULL CHECK (mode IN ('live', 'test')),
    vault       bytea,              -- fingerprint of the key file that the ciphertext here was made under
    created_at  timestamptz NOT NULL DEFAULT hub_now()
);
