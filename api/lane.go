package api

import (
	"context"
	"net/http"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
)

// Lanes tells how deliveries under way stand, and what is held.
type Lanes interface {
	Lanes(ctx context.Context, p access.Principal) ([]reading.LaneState, error)
	Holds(ctx context.Context, p access.Principal) ([]hub.Hold, error)
}

// Lane is one channel at one priority. When capped, the figures are at least what they say.
type Lane struct {
	Channel        string         `json:"channel"`
	Priority       string         `json:"priority"`
	Counts         map[string]int `json:"counts" doc:"deliveries under way, by status"`
	OldestDueMilli int64          `json:"oldest_due_ms" doc:"for how long the oldest delivery due has waited"`
	Capped         bool           `json:"capped"`
}

func viewLane(l reading.LaneState) Lane {
	out := Lane{string(l.Lane.Channel), string(l.Lane.Priority), map[string]int{}, l.OldestDue.Milliseconds(), l.Capped}
	for status, n := range l.Counts {
		out.Counts[string(status)] = n
	}
	return out
}

func (a *api) addLanes() {
	add(a, route{
		method: http.MethodGet, path: "/v1/lanes", id: "listLanes", tag: "operations", who: permitted,
		action: access.LanesRead, summary: "How deliveries under way stand, by lane",
	}, func(ctx context.Context, _ *empty) (*answer[Page[Lane]], error) {
		list, err := a.deps.Reader.Lanes(ctx, caller(ctx))
		if err != nil {
			return nil, err
		}
		return pageOf(list, "", viewLane), nil
	})
}
