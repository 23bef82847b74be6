-- +goose Up
-- Four eyes. The content of a draft is there only while somebody can still do something with it: once it is a notice, or
-- withdrawn, replaced or expired, the row tells that there was one, who made it and who decided, and nothing of the paper.
ALTER TABLE drafts
    ADD COLUMN reference   text NOT NULL,
    ADD COLUMN kind        text NOT NULL,
    ADD COLUMN priority    text NOT NULL CHECK (priority IN ('urgent', 'normal', 'bulk')),
    ADD COLUMN case_number text NOT NULL,          -- as it was typed
    ADD COLUMN case_key    text NOT NULL,          -- normalised
    ADD COLUMN restricted  boolean NOT NULL,       -- by the kind of case that the paper names
    ADD COLUMN branch      uuid NOT NULL REFERENCES organisations, -- which hears the case
    ADD COLUMN recipient   uuid NOT NULL,
    ADD COLUMN client      uuid,                   -- for whom counsel is to be served
    ADD COLUMN documents   uuid[] NOT NULL,
    ADD COLUMN replaces    uuid,                   -- the returned draft in whose place this one came
    ADD COLUMN replaced_by uuid,
    ADD COLUMN rank        smallint NOT NULL GENERATED ALWAYS AS (
        CASE priority WHEN 'urgent' THEN 0 WHEN 'normal' THEN 1 ELSE 2 END) STORED,
    DROP CONSTRAINT drafts_state_check, DROP CONSTRAINT drafts_decided, DROP CONSTRAINT drafts_four_eyes,
    DROP CONSTRAINT drafts_approved,
    ADD CONSTRAINT drafts_state CHECK (state IN ('waiting', 'approved', 'returned', 'withdrawn', 'replaced', 'expired')),
    ADD CONSTRAINT drafts_content CHECK ((paper_ct IS NOT NULL) = (state IN ('waiting', 'returned'))),
    ADD CONSTRAINT drafts_decided CHECK ((decided_by IS NULL) = (decided_at IS NULL)
        AND (state <> 'waiting' OR decided_by IS NULL)
        AND (state NOT IN ('approved', 'returned', 'replaced') OR decided_by IS NOT NULL)),
    ADD CONSTRAINT drafts_four_eyes CHECK (decided_by <> author),
    ADD CONSTRAINT drafts_reason CHECK ((reason_ct IS NOT NULL) = (state = 'returned')),
    ADD CONSTRAINT drafts_approved CHECK ((notice IS NOT NULL) = (state = 'approved')),
    ADD CONSTRAINT drafts_replaced CHECK ((replaced_by IS NOT NULL) = (state = 'replaced'));

DROP INDEX drafts_submitter;
CREATE INDEX drafts_waiting ON drafts (submitter, rank, id) WHERE state = 'waiting';
CREATE INDEX drafts_state ON drafts (submitter, state, id);
CREATE INDEX drafts_urgency ON drafts (rank, id) WHERE state = 'waiting';
-- One draft of a reference waits at a time. Whether a notice has it is for notice_refs to say, when it is approved.
CREATE UNIQUE INDEX drafts_reference ON drafts (submitter, reference) WHERE state = 'waiting';

-- What was made and decided stays as it was: a draft is never edited, and moves on only from waiting and returned.
-- +goose StatementBegin
CREATE FUNCTION hub_draft_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.submitter, NEW.author, NEW.author_kind, NEW.request, NEW.corrects, NEW.reference, NEW.kind, NEW.priority,
            NEW.case_number, NEW.case_key, NEW.restricted, NEW.branch, NEW.recipient, NEW.client, NEW.documents, NEW.replaces, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.submitter, OLD.author, OLD.author_kind, OLD.request, OLD.corrects, OLD.reference, OLD.kind,
            OLD.priority, OLD.case_number, OLD.case_key, OLD.restricted, OLD.branch, OLD.recipient, OLD.client, OLD.documents, OLD.replaces, OLD.created_at)
        OR OLD.state NOT IN ('waiting', 'returned')
        OR OLD.state = 'returned' AND NEW.state NOT IN ('returned', 'withdrawn', 'replaced', 'expired')
        OR OLD.state = 'waiting' AND NEW.state = 'replaced' THEN
        RAISE EXCEPTION 'a draft does not go that way' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER drafts_move BEFORE UPDATE ON drafts FOR EACH ROW EXECUTE FUNCTION hub_draft_moves();
CREATE TRIGGER drafts_kept BEFORE DELETE ON drafts FOR EACH ROW EXECUTE FUNCTION hub_refuse_change();

-- Which papers wait, and who said so. Easing (fewer papers wait) takes two people: it is asked for, and in force once
-- another one agrees.
ALTER TABLE organisations ADD CONSTRAINT organisations_four_eyes CHECK (four_eyes OR NOT four_eyes_keys);
CREATE TABLE four_eyes_changes (
    id           uuid PRIMARY KEY,
    organisation uuid NOT NULL REFERENCES organisations,
    people       boolean NOT NULL, -- the papers of people wait
    keys         boolean NOT NULL, -- those of systems, too
    asked_by     uuid NOT NULL,
    asked_at     timestamptz NOT NULL DEFAULT hub_now(),
    agreed_by    uuid,
    in_force_at  timestamptz,
    lapsed_at    timestamptz,      -- something else was asked for meanwhile
    CONSTRAINT four_eyes_keys_too CHECK (people OR NOT keys),
    CONSTRAINT four_eyes_two CHECK (agreed_by <> asked_by),
    CONSTRAINT four_eyes_once CHECK (in_force_at IS NULL OR lapsed_at IS NULL)
);
CREATE UNIQUE INDEX four_eyes_asked ON four_eyes_changes (organisation) WHERE in_force_at IS NULL AND lapsed_at IS NULL;
CREATE TRIGGER four_eyes_changes_once BEFORE UPDATE ON four_eyes_changes
    FOR EACH ROW WHEN (OLD.in_force_at IS NOT NULL OR OLD.lapsed_at IS NOT NULL) EXECUTE FUNCTION hub_refuse_change();
CREATE TRIGGER four_eyes_changes_kept BEFORE DELETE ON four_eyes_changes FOR EACH ROW EXECUTE FUNCTION hub_refuse_change();

GRANT SELECT, INSERT, UPDATE (agreed_by, in_force_at, lapsed_at) ON four_eyes_changes TO eblagh_worker;
GRANT SELECT ON four_eyes_changes TO eblagh_app;
ALTER TABLE four_eyes_changes ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON four_eyes_changes FOR SELECT TO eblagh_app USING (
    organisation = ANY ((SELECT hub_organisations())::uuid[]) AND (SELECT hub_roles()) && ARRAY['judge', 'office_manager']
    OR (SELECT hub_roles()) && ARRAY['operator', 'admin']);

-- Whether a draft belongs to a restricted case, by what it says or by what the case is, and whether somebody is assigned
-- to that.
-- +goose StatementBegin
CREATE FUNCTION hub_draft_standing(at_branch uuid, number_key text, said boolean, who uuid, OUT restricted boolean, OUT assigned boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    restricted := said OR EXISTS (SELECT FROM cases c WHERE c.branch = at_branch AND c.number = number_key AND c.restricted);
    assigned := restricted AND EXISTS (SELECT FROM cases c JOIN case_assignees a ON a.case_id = c.id
        WHERE c.branch = at_branch AND c.number = number_key AND a.person = who);
END $$;
CREATE FUNCTION hub_draft_staffed(at_branch uuid, number_key text, said boolean, maker uuid) RETURNS boolean LANGUAGE plpgsql
    STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    RETURN hub_person() IS NULL OR maker = hub_person()
        OR 'judge' = ANY (hub_roles()) AND at_branch = ANY (hub_organisations())
        OR (SELECT NOT s.restricted OR s.assigned FROM hub_draft_standing(at_branch, number_key, said, hub_person()) s);
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION hub_draft_standing, hub_draft_staffed FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_draft_standing TO eblagh_worker, eblagh_app;
GRANT EXECUTE ON FUNCTION hub_draft_staffed TO eblagh_app;

-- Who works with papers at the place sees its drafts, but for what is addressed to them: nobody reads a paper before it
-- has arrived by working at the court. Its author made it, and knows it.
DROP POLICY read ON drafts;
CREATE POLICY read ON drafts FOR SELECT TO eblagh_app USING (
    submitter = ANY ((SELECT hub_organisations())::uuid[])
    AND (SELECT hub_roles()) && ARRAY['court_clerk', 'judge', 'office_clerk', 'office_manager']
    AND (recipient IS DISTINCT FROM (SELECT hub_person()) OR author = (SELECT hub_person()))
    AND hub_draft_staffed(branch, case_key, restricted, author));

-- The people of a draft that the principal sees: whom it is for, who made it, who decided. A checker must know to whom a
-- paper goes, and a judge sees nobody's name otherwise.
-- +goose StatementBegin
CREATE FUNCTION hub_draft_people(wanted uuid) RETURNS TABLE (id uuid, kind text, given_name_ct bytea, family_name_ct bytea,
    name_ct bytea, national_id_ct bytea) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    RETURN QUERY SELECT p.id, p.kind, p.given_name_ct, p.family_name_ct, p.name_ct,
            CASE WHEN p.id = d.recipient OR p.id = d.client THEN p.national_id_ct END
        FROM drafts d JOIN persons p ON p.id IN (d.recipient, d.client, d.author, d.decided_by)
        WHERE d.id = wanted AND d.state IN ('waiting', 'returned') AND d.submitter = ANY (hub_organisations())
            AND hub_roles() && ARRAY['court_clerk', 'judge', 'office_clerk', 'office_manager']
            AND (d.recipient IS DISTINCT FROM hub_person() OR d.author = hub_person())
            AND hub_draft_staffed(d.branch, d.case_key, d.restricted, d.author);
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION hub_draft_people FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_draft_people TO eblagh_app;

-- Who somebody is at an identity provider outside. Bound by hand, never by name or address. 
CREATE TABLE identities (
    id            uuid PRIMARY KEY,
    issuer        text NOT NULL CHECK (length(issuer) BETWEEN 1 AND 500),
    subject       bytea NOT NULL,   -- issuer and subject, keyed by the vault: the subject itself is nowhere
    person        uuid NOT NULL REFERENCES persons,
    bound_by      uuid NOT NULL,
    bound_at      timestamptz NOT NULL DEFAULT hub_now(),
    ended_by      uuid,
    ended_at      timestamptz CHECK (ended_at >= bound_at),
    CONSTRAINT identities_ended CHECK ((ended_by IS NULL) = (ended_at IS NULL))
);
CREATE UNIQUE INDEX identities_subject ON identities (subject) WHERE ended_at IS NULL;
CREATE INDEX identities_person ON identities (person, id);
CREATE TRIGGER identities_ended_once BEFORE UPDATE ON identities
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION hub_refuse_change();
CREATE TRIGGER identities_kept BEFORE DELETE ON identities FOR EACH ROW EXECUTE FUNCTION hub_refuse_change();

-- Sign-ins from outside that were used up: each works once.
CREATE TABLE outside_sign_ins (
    nonce   bytea PRIMARY KEY,      -- SHA-256
    used_at timestamptz NOT NULL DEFAULT hub_now()
);
CREATE INDEX outside_sign_ins_age ON outside_sign_ins (used_at);

GRANT SELECT, INSERT, UPDATE ON identities TO eblagh_worker;
GRANT SELECT, INSERT, DELETE ON outside_sign_ins TO eblagh_worker;
