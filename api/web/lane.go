package web

import (
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
)

// lanesPage is how deliveries stand and what is held, for the operator.
type lanesPage struct {
	Away    []string
	Columns []hub.DeliveryStatus
	Lanes   []laneView
	Holds   []holdView
	Seen    string
	Form    formView // of a new hold
	MayHold bool
}

// Channels are those that can be held.
func (*lanesPage) Channels() []string { return words([]hub.Channel{hub.ChannelInbox, hub.ChannelSMS}) }

// laneView is one lane.
type laneView struct {
	Channel  hub.Channel
	Priority hub.Priority
	Counts   []laneCount
	Oldest   time.Duration // for how long the oldest delivery due has waited; 0: none is due
	Late     bool
	Capped   bool // there are at least as many
}

// laneCount is how many deliveries of a lane are in a state.
type laneCount struct {
	Name hub.DeliveryStatus
	N    int
}

// lateAfter is how long something may be due before the page points at it.
const lateAfter = time.Minute

// underWay are the states that are counted, in the order in which a delivery passes them.
func underWay() []hub.DeliveryStatus {
	return []hub.DeliveryStatus{hub.DeliveryPending, hub.DeliveryQueued, hub.DeliverySending, hub.DeliverySent,
		hub.DeliveryUnknown, hub.DeliveryHeld}
}

// lanes answers GET /operator?seen=.
func (s *site) lanes(v *visit) error {
	data, err := v.lanesPage(newForm())
	if err != nil {
		return err
	}
	return v.refreshing(refresh{page: "operator", block: "lanes", element: "lanes", data: data, seen: &data.Seen})
}

func (v *visit) lanesPage(f *form) (*lanesPage, error) {
	states, err := v.site.deps.Reader.Lanes(v.r.Context(), v.principal)
	if err != nil {
		return nil, err
	}
	_, refused := access.May(v.principal, access.Operate)
	data := &lanesPage{Away: v.site.deps.Away(v.r.Context()), Columns: underWay(), Form: v.view(f), MayHold: refused == nil}
	if data.Holds, err = v.holds(); err != nil {
		return nil, err
	}
	for _, state := range states {
		data.Lanes = append(data.Lanes, newLane(state))
	}
	return data, nil
}

func newLane(state reading.LaneState) laneView {
	lane := laneView{Channel: state.Lane.Channel, Priority: state.Lane.Priority, Oldest: state.OldestDue,
		Late: state.OldestDue > lateAfter, Capped: state.Capped}
	for _, status := range underWay() {
		lane.Counts = append(lane.Counts, laneCount{status, state.Counts[status]})
	}
	return lane
}
