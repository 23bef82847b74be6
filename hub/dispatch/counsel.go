package dispatch

import (
	"context"
	"fmt"

	"eblagh/hub"
)

// CounselKey names who is to be served for whom, in which case.
type CounselKey struct {
	Case           CaseKey
	Lawyer, Client hub.ID
}

// findCounsel asks, for papers that are to be served on counsel, who has the power to be served. Most calls have none.
func (s *submission) findCounsel(ctx context.Context) error {
	var keys []CounselKey
	for i := range s.items {
		if it := &s.items[i]; it.paper.For != (Addressee{}) {
			keys = append(keys, s.counselKey(it))
		}
	}
	if len(keys) == 0 {
		return nil
	}
	var err error
	if s.counsel, err = s.d.store.ServedFor(ctx, unique(keys)); err != nil {
		return fmt.Errorf("find counsel: %w", err)
	}
	return nil
}

func (s *submission) counselKey(it *item) CounselKey {
	return CounselKey{Case: it.caseKey, Lawyer: s.person(it).ID, Client: s.client(it).ID}
}

// client is for whom the paper is served on counsel; zero: the addressee is meant.
func (s *submission) client(it *item) Person {
	if !it.client.IsZero() {
		return s.resolved.byNationalID(it.client)
	}
	return s.resolved.Recipients[it.paper.For.Recipient]
}
