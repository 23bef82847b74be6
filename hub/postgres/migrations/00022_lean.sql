-- +goose Up
-- What every acceptance asks, and every paper that a socket is shown. In SQL they were planned anew for each call, which took
-- ten times as long as the answer.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION hub_represented(legal uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM representatives r JOIN persons p ON p.id = r.person
        WHERE r.legal_person = legal AND r.role IN ('owner', 'manager') AND r.ended_at IS NULL
            AND (r.until IS NULL OR r.until > hub_now()) AND p.activated_at IS NOT NULL);
END $$;
CREATE OR REPLACE FUNCTION hub_sealed_retired(VARIADIC sealed bytea[]) RETURNS boolean LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public AS $$
BEGIN
    RETURN EXISTS (SELECT FROM vault_keys WHERE kind = 'seal' AND state = 'retired'
        AND decode('01' || lpad(to_hex(id), 8, '0'), 'hex') = ANY (SELECT substring(s FOR 5) FROM unnest(sealed) s));
END $$;

-- As before; and an entry may say itself whose papers or data it is about, which is then not looked up.
CREATE OR REPLACE FUNCTION hub_trail(entries jsonb) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
DECLARE
    in_hour timestamptz := hub_trail_hour();
    written timestamptz := hub_now();
BEGIN
    INSERT INTO trail (id, hour, at, call, outcome, status, kind, principal, acting_for, role, organisation, action, route,
            ground, object_kind, object, objects, persons, count, place, address, device)
        SELECT e.id, in_hour, written, e.call, e.outcome, coalesce(e.status, 0), e.kind, e.principal, e.acting_for,
            coalesce(e.role, ''), e.organisation, coalesce(e.action, ''), coalesce(e.route, ''), coalesce(e.ground, ''),
            coalesce(e.object_kind, ''), e.object, o.objects,
            CASE WHEN e.persons IS NOT NULL THEN e.persons WHEN o.objects = '{}' THEN '{}' ELSE hub_concerned(o.objects) END,
            coalesce(e.count, 1), coalesce(e.place, ''), decode(e.address, 'hex'), coalesce(e.device, '')
        FROM jsonb_to_recordset(entries) AS e (id uuid, call uuid, outcome text, status smallint, kind text, principal uuid,
            acting_for uuid, role text, organisation uuid, action text, route text, ground text, object_kind text,
            object uuid, objects uuid[], persons uuid[], count integer, place text, address text, device text),
        LATERAL (SELECT coalesce(e.objects, '{}') || CASE WHEN e.object_kind IN ('delivery', 'task', 'deliveries', 'tasks')
            THEN hub_papers(e.objects) ELSE '{}' END AS objects) o;
END $$;
-- +goose StatementEnd
