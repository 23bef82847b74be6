package smpp_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/linxGnu/gosmpp/data"

	"eblagh/channels/sms/smpp"
	"eblagh/hub"
)

// TestQueryTellsFinalStates of SMPP 3.4 §5.2.28, and of others nothing.
func TestQueryTellsFinalStates(t *testing.T) {
	w := newWorld(t, nil, func(o *smpp.Options) { o.Binds = 2 })
	want := map[byte]hub.Outcome{data.SM_STATE_DELIVERED: hub.OutcomeDelivered, data.SM_STATE_EXPIRED: hub.OutcomeRejected,
		data.SM_STATE_DELETED: hub.OutcomeRejected, data.SM_STATE_UNDELIVERABLE: hub.OutcomeRejected,
		data.SM_STATE_REJECTED: hub.OutcomeRejected, data.SM_STATE_EN_ROUTE: "", data.SM_STATE_ACCEPTED: "",
		data.SM_STATE_INVALID: "", 0: "", 99: ""}
	ids, states := []string{"nobody's"}, map[string]byte{}
	for state := range want {
		id := w.one("x", hub.OutcomeAccepted, "").MessageID
		w.centre.Settle(id, state)
		ids, states[id] = append(ids, id), state
	}
	reports, err := w.Query(t.Context(), ids)
	if err != nil || len(reports) != 5 || w.centre.Queried() != len(ids) {
		t.Fatalf("%d reports of %d, %v", len(reports), w.centre.Queried(), err)
	}
	for _, r := range reports {
		if r.Outcome != want[states[r.MessageID]] || r.Provider != "op" || !strings.Contains(string(r.Raw), r.MessageID) {
			t.Errorf("%d: %+v", states[r.MessageID], r)
		}
	}
}

func TestQueryEnds(t *testing.T) {
	w := newWorld(t, nil, func(o *smpp.Options) { o.Patience = 50 * time.Millisecond })
	id := w.one("x", hub.OutcomeAccepted, "").MessageID
	w.centre.Settle(id, data.SM_STATE_DELIVERED)
	w.centre.Stop()
	ids := make([]string, 50)
	w.until("it is noticed", func() bool { _, err := w.Query(t.Context(), ids); return err != nil })
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if reports, err := w.Query(ended, ids); err == nil || len(reports) > 0 {
		t.Errorf("%d reports, %v", len(reports), err)
	}
	w.centre.Start()
	w.until("it tells again", func() bool {
		reports, err := w.Query(t.Context(), []string{id})
		return err == nil && len(reports) == 1
	})
}
