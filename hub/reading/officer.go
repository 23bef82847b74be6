package reading

import (
	"context"
	"fmt"
	"strings"

	"eblagh/hub"
	"eblagh/hub/access"
)

// TaskQuery asks for a page of the tasks of one's own branches as their service officer.
type TaskQuery struct {
	State hub.TaskState // "": what is left to do: open and taken
	After string        // the Next of the page before
	Limit int           // 1 to MaxLimit; 0: DefaultLimit
}

// TaskPage is a page of tasks: what is to do, oldest first; what is over, newest first. Next is empty on the last.
type TaskPage struct {
	Items []hub.Carried
	Next  string
}

// Tasks lists tasks with their covers and, while they are in hand, whom to go to. Errors: unauthorized, forbidden,
// validation.
func (r *Reader) Tasks(ctx context.Context, p access.Principal, q TaskQuery) (TaskPage, error) {
	d, err := access.May(p, access.TaskWork)
	if err != nil {
		return TaskPage{}, err
	}
	w, limit, err := q.walk()
	if err != nil {
		return TaskPage{}, err
	}
	w.Organisations = access.Where(p, access.TaskWork)
	var sealed []SealedTask
	err = r.store.ReadAs(ctx, p, func(v View) error {
		if sealed, err = v.Tasks(ctx, w); err != nil {
			return err
		}
		return r.note(ctx, v, p, d, access.TaskWork, hub.ID{}, min(len(sealed), limit),
			idsOf(sealed[:min(len(sealed), limit)], func(s SealedTask) hub.ID { return s.Task.ID })...)
	})
	if err != nil {
		return TaskPage{}, err
	}
	page := TaskPage{}
	if len(sealed) > limit { // there is one more
		sealed = sealed[:limit]
		page.Next = taskMark(sealed[limit-1].Task.ID)
	}
	page.Items = make([]hub.Carried, len(sealed))
	for i, s := range sealed {
		if page.Items[i], err = r.unsealTask(s); err != nil {
			return TaskPage{}, err
		}
	}
	return page, nil
}

// Task is one task with its returns. Errors: unauthorized, forbidden, and not-found for other branches' and for a paper
// to the officer themselves.
func (r *Reader) Task(ctx context.Context, p access.Principal, task hub.ID) (hub.Carried, error) {
	var sealed SealedTask
	err := r.readTask(ctx, p, task, func(v View) (err error) {
		sealed, err = v.Task(ctx, task)
		return err
	})
	if err != nil {
		return hub.Carried{}, err
	}
	return r.unsealTask(sealed)
}

// TaskPaper is what the paper says, for the officer who carries it, to print. Ladder.Fetch comes before it: it records
// D.6. Errors: as Task's, and not-found for a paper that one does not carry.
func (r *Reader) TaskPaper(ctx context.Context, p access.Principal, task hub.ID) (hub.Notice, error) {
	var paper Paper
	err := r.readTask(ctx, p, task, func(v View) (err error) {
		paper, err = v.TaskPaper(ctx, task)
		return err
	})
	if err != nil {
		return hub.Notice{}, err
	}
	return r.unseal(paper)
}

// TaskDocument is one document of a paper that the officer carries, with its bytes. Ladder.Fetch comes before it: it
// records D.6. Errors: as TaskPaper's.
func (r *Reader) TaskDocument(ctx context.Context, p access.Principal, task, document hub.ID) (hub.Document, []byte, error) {
	var sealed SealedDocument
	err := r.readTask(ctx, p, task, func(v View) (err error) {
		sealed, err = v.TaskDocument(ctx, task, document)
		return err
	})
	if err != nil {
		return hub.Document{}, nil, err
	}
	doc, err := r.unsealDocument(sealed)
	if err != nil {
		return hub.Document{}, nil, err
	}
	bytes, err := r.bytes.Bytes(ctx, doc) // after the look was committed: what is not recorded is not shown
	return doc, bytes, err
}

// readTask decides on a task, reads what read reads of it, and notes the look.
func (r *Reader) readTask(ctx context.Context, p access.Principal, task hub.ID, read func(View) error) error {
	if _, err := access.May(p, access.TaskWork); err != nil {
		return err
	}
	return r.store.ReadAs(ctx, p, func(v View) error {
		organisation, err := v.TaskOf(ctx, task)
		if err != nil {
			return err
		}
		d, err := access.Decide(p, access.TaskWork, access.Object{Organisation: organisation})
		if err != nil {
			return err
		}
		if err := read(v); err != nil {
			return err
		}
		return r.note(ctx, v, p, d, access.TaskWork, task, 1)
	})
}

// unsealTask gives a task with whom to go to, and its returns.
func (r *Reader) unsealTask(s SealedTask) (hub.Carried, error) {
	c := s.Carried
	person, err := c.Task.Recipient.String(), error(nil)
	text := func(ct []byte, context string) (plain string) {
		if err == nil {
			plain, err = r.vault.OpenText(ct, context+person)
		}
		return plain
	}
	c.Address = text(s.Address, "contacts.address:")
	given, family, name := text(s.GivenName, "persons.given_name:"), text(s.FamilyName, "persons.family_name:"), text(s.Name, "persons.name:")
	if err != nil {
		return hub.Carried{}, fmt.Errorf("officer's task %s: %w", c.Task.ID, err)
	}
	who := hub.Recipient{Kind: c.RecipientKind, GivenName: given, FamilyName: family, Name: name}
	if given != "" || name != "" {
		c.Name = who.FullName()
	}
	c.Task.Returns, err = r.unsealReturns(s.Returns)
	return c, err
}

func (r *Reader) unsealReturns(sealed []SealedReturn) ([]hub.OfficerReturn, error) {
	out := make([]hub.OfficerReturn, len(sealed))
	for i, s := range sealed {
		out[i] = s.Return
		var given, family string
		id, officer := s.Return.ID.String(), s.Return.Officer.String()
		for _, part := range []struct {
			into    *string
			ct      []byte
			context string
		}{
			{&out[i].Receiver, s.Receiver, "officer_returns.receiver:" + id},
			{&out[i].Place, s.Place, "officer_returns.place:" + id},
			{&out[i].Note, s.Note, "officer_returns.note:" + id},
			{&given, s.OfficerGiven, "persons.given_name:" + officer},
			{&family, s.OfficerFamily, "persons.family_name:" + officer},
		} {
			var err error
			if *part.into, err = r.vault.OpenText(part.ct, part.context); err != nil {
				return nil, fmt.Errorf("officer's return %s: %w", s.Return.ID, err)
			}
		}
		out[i].Name = strings.TrimSpace(given + " " + family)
	}
	return out, nil
}

func (q TaskQuery) walk() (TaskWalk, int, error) {
	var problems hub.Problems
	w := TaskWalk{After: readTaskMark(q.After, &problems), States: []hub.TaskState{hub.TaskOpen, hub.TaskTaken}}
	if q.State != "" {
		if !q.State.Valid() {
			problems.Add("/state", "invalid", "no such state")
		}
		w.States = []hub.TaskState{q.State}
	}
	w.Newest = q.State == hub.TaskReturned || q.State == hub.TaskWithdrawn
	limit := checkLimit(q.Limit, &problems)
	w.Limit = limit + 1
	return w, limit, problems.Err()
}
