-- +goose Up
-- Organisations, what waits for a second pair of eyes there, and the keys of systems are changed by the app role, as the
-- principal: a forgotten check changes nothing. The worker role has no way to any of it.

-- Where the principal is the head of the branch or the manager of the office: a role counts at its own place alone.
CREATE FUNCTION hub_heads() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('eblagh.heads', true), ''), '{}')::uuid[]
$$;
CREATE FUNCTION hub_administers() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT hub_roles() && ARRAY['admin']
$$;

-- Organisations: their names stand on every cover.
REVOKE INSERT, UPDATE ON organisations FROM eblagh_worker;
GRANT UPDATE (id) ON organisations TO eblagh_worker; -- to lock a row: drafts come in under it
GRANT INSERT (id, kind, code, name, province), UPDATE (name, province, disabled_at) ON organisations TO eblagh_app;
ALTER TABLE organisations ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON organisations FOR SELECT TO eblagh_app USING (true);
CREATE POLICY add ON organisations FOR INSERT TO eblagh_app WITH CHECK ((SELECT hub_administers()));
CREATE POLICY change ON organisations FOR UPDATE TO eblagh_app USING ((SELECT hub_administers()));

-- Four eyes: people say it, no system does. What is in force follows from the changes alone, and of those an easing never
-- comes into force by whoever asked for it.
CREATE FUNCTION hub_minds(place uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT hub_person() IS NOT NULL AND (hub_roles() && ARRAY['operator', 'admin'] OR place = ANY (hub_heads()))
$$;
REVOKE INSERT, UPDATE ON four_eyes_changes FROM eblagh_worker;
REVOKE UPDATE (agreed_by, in_force_at, lapsed_at) ON four_eyes_changes FROM eblagh_worker;
GRANT INSERT (id, organisation, people, keys, asked_by, in_force_at), UPDATE (agreed_by, in_force_at, lapsed_at)
    ON four_eyes_changes TO eblagh_app;
DROP POLICY read ON four_eyes_changes;
CREATE POLICY read ON four_eyes_changes FOR SELECT TO eblagh_app USING (hub_minds(organisation));
CREATE POLICY ask ON four_eyes_changes FOR INSERT TO eblagh_app WITH CHECK (hub_minds(organisation) AND asked_by = hub_person()
    AND (in_force_at IS NULL OR EXISTS (SELECT FROM organisations o
        WHERE o.id = organisation AND four_eyes_changes.people >= o.four_eyes AND four_eyes_changes.keys >= o.four_eyes_keys)));
CREATE POLICY agree ON four_eyes_changes FOR UPDATE TO eblagh_app USING (hub_minds(organisation))
    WITH CHECK (hub_minds(organisation) AND (lapsed_at IS NOT NULL OR agreed_by = hub_person()));
-- +goose StatementBegin
CREATE FUNCTION hub_four_eyes_in_force() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    UPDATE organisations SET four_eyes = NEW.people, four_eyes_keys = NEW.keys WHERE id = NEW.organisation;
    RETURN NULL;
END $$;

-- Whether drafts wait at a place, held against drafts that come in meanwhile. No row for who has no say there.
CREATE FUNCTION hub_four_eyes_begin(place uuid) RETURNS SETOF boolean LANGUAGE plpgsql VOLATILE
    SECURITY DEFINER SET search_path = public AS $$
BEGIN
    PERFORM FROM organisations o WHERE o.id = place AND hub_minds(place) FOR UPDATE;
    IF FOUND THEN
        RETURN QUERY SELECT EXISTS (SELECT FROM drafts d WHERE d.submitter = place AND d.state = 'waiting');
    END IF;
END $$;
-- +goose StatementEnd
CREATE TRIGGER four_eyes_changes_in_force AFTER INSERT OR UPDATE OF in_force_at ON four_eyes_changes
    FOR EACH ROW WHEN (NEW.in_force_at IS NOT NULL) EXECUTE FUNCTION hub_four_eyes_in_force();
REVOKE EXECUTE ON FUNCTION hub_four_eyes_begin, hub_four_eyes_in_force FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_four_eyes_begin TO eblagh_app;

-- Keys: the head or manager of the place gives one a new secret. An operator ends one that leaked, and can do nothing with
-- it but that.
CREATE FUNCTION hub_keeps_keys(place uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT hub_administers() OR coalesce(place = ANY (hub_heads()), false)
$$;
REVOKE INSERT, UPDATE ON api_keys FROM eblagh_worker;
GRANT UPDATE (last_used_at) ON api_keys TO eblagh_worker;
REVOKE INSERT ON api_key_secrets FROM eblagh_worker;
REVOKE UPDATE (until) ON api_key_secrets FROM eblagh_worker;
GRANT INSERT (id, name, role, organisation, mode, scopes, expires_at), UPDATE (expires_at, revoked_at) ON api_keys TO eblagh_app;
GRANT INSERT (hash, key), UPDATE (until) ON api_key_secrets TO eblagh_app;
DROP POLICY read ON api_keys;
CREATE POLICY read ON api_keys FOR SELECT TO eblagh_app USING (
    (SELECT hub_roles()) && ARRAY['operator', 'admin'] OR organisation = ANY ((SELECT hub_heads())::uuid[]));
CREATE POLICY add ON api_keys FOR INSERT TO eblagh_app WITH CHECK ((SELECT hub_administers()));
CREATE POLICY rotate ON api_keys FOR UPDATE TO eblagh_app USING (hub_keeps_keys(organisation));
CREATE POLICY revoke ON api_keys FOR UPDATE TO eblagh_app USING ((SELECT hub_roles()) && ARRAY['operator'])
    WITH CHECK ((SELECT hub_roles()) && ARRAY['operator'] AND revoked_at IS NOT NULL);
CREATE POLICY add ON api_key_secrets FOR INSERT TO eblagh_app WITH CHECK (
    EXISTS (SELECT FROM api_keys k WHERE k.id = api_key_secrets.key AND hub_keeps_keys(k.organisation)));
CREATE POLICY change ON api_key_secrets FOR UPDATE TO eblagh_app USING (
    EXISTS (SELECT FROM api_keys k WHERE k.id = api_key_secrets.key AND hub_keeps_keys(k.organisation)));

-- Who works at the places of a case, and who has put a hold on it or somebody to work on it: for its clerks and judges, who
-- say who works on it. A judge sees nobody's name otherwise.
-- +goose StatementBegin
CREATE FUNCTION hub_case_staff(matter uuid) RETURNS TABLE (id uuid, given_name_ct bytea, family_name_ct bytea, name_ct bytea,
    key_name text, works boolean) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF NOT hub_case_official(matter) OR NOT hub_roles() && ARRAY['court_clerk', 'judge'] THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH places AS (
        SELECT c.branch AS place FROM cases c WHERE c.id = matter UNION SELECT p.party FROM parties p WHERE p.case_id = matter
    ), workers AS (
        SELECT DISTINCT g.person FROM grants g WHERE g.organisation IN (SELECT place FROM places) AND g.revoked_at IS NULL
            AND g.role IN ('court_clerk', 'office_clerk', 'office_manager')
    ), named AS (
        SELECT w.person FROM workers w
        UNION SELECT unnest(ARRAY[a.person, a.assigned_by]) FROM case_assignees a WHERE a.case_id = matter
        UNION SELECT unnest(ARRAY[h.placed_by, h.lifted_by]) FROM legal_holds h WHERE h.case_id = matter
    )
    SELECT n.person, p.given_name_ct, p.family_name_ct, p.name_ct, k.name, n.person IN (SELECT w.person FROM workers w)
    FROM named n LEFT JOIN persons p ON p.id = n.person LEFT JOIN api_keys k ON k.id = n.person
    WHERE p.id IS NOT NULL OR k.id IS NOT NULL ORDER BY n.person LIMIT 500;
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION hub_case_staff FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_case_staff TO eblagh_app;
