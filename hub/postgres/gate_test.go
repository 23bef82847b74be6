package postgres_test

import (
	"context"
	"testing"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// shut is a gate that a test shuts.
type shut struct{ is bool }

func (s *shut) Accepting(context.Context) error {
	if s.is {
		return hub.Refuse(hub.CodeOverloaded, "not now")
	}
	return nil
}

// While acceptance pauses, nothing is taken in, corrections neither; what was accepted arrives and is opened.
func TestAPauseKeepsNewPapersOutAndNothingElse(t *testing.T) {
	gate := &shut{}
	w := newWorld(t, func(o *dispatch.Options) { o.Gate = gate })
	to := w.someone()
	notice := w.submit(paper("before", to))[0]
	gate.is = true
	_, err := w.Submit(context.Background(), w.court(), papers("during", 3, to), nil)
	if hub.CodeOf(err) != hub.CodeOverloaded {
		t.Errorf("submit: %v", err)
	}
	w.deliver()
	w.wantCount(1, `SELECT count(*) FROM inbox`)
	if _, err := w.Open(context.Background(), citizen(to), notice.ID); err != nil {
		t.Errorf("open: %v", err)
	}
	if _, err := w.Correct(context.Background(), w.court(), notice.ID, paper("correction", to), nil); hub.CodeOf(err) != hub.CodeOverloaded {
		t.Errorf("correct: %v", err)
	}
	w.wantCount(1, `SELECT count(*) FROM notices`)
	w.wantCount(1, `SELECT count(*) FROM notice_refs`)
	gate.is = false
	w.submit(papers("during", 3, to)...)
}
