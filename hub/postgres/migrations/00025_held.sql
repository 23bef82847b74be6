-- +goose Up
-- A hold and an erasure that wait for each other have the time at which they have their lock: by that of the row before it, a hold
-- that came second would stand in the books as the first.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION hub_refuse_held() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    PERFORM FROM cases c WHERE c.id IN (SELECT n.case_id FROM notices n JOIN documents d ON d.submitter = n.submitter
        WHERE d.id = NEW.document AND d.id = ANY (n.documents)) ORDER BY c.id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM documents d JOIN notices n ON n.submitter = d.submitter AND d.id = ANY (n.documents)
        JOIN legal_holds h ON h.case_id = n.case_id AND h.lifted_at IS NULL AND (h.notice IS NULL OR h.notice = n.id)
        WHERE d.id = NEW.document) THEN
        RAISE EXCEPTION 'document % is held by law', NEW.document
            USING ERRCODE = 'check_violation', CONSTRAINT = 'legal_holds_held';
    END IF;
    NEW.erased_at := hub_now();
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION hub_lock_held() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    PERFORM FROM cases c WHERE c.id = NEW.case_id FOR NO KEY UPDATE;
    NEW.placed_at := hub_now();
    RETURN NEW;
END $$;
-- +goose StatementEnd
