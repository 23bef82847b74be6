package enrol_test

import (
	"errors"
	"testing"
	_ "time/tzdata" // the names of zones, on any machine

	"eblagh/hub"
	"eblagh/hub/enrol"
)

func TestTimeZones(t *testing.T) {
	w := newWorld(t)
	n := sara()
	n.TimeZone = "Europe/Berlin"
	r := w.enrolled(n, saraCode)
	if r.TimeZone != "Europe/Berlin" {
		t.Errorf("enrolled in %q", r.TimeZone)
	}
	for zone, good := range map[string]bool{"Asia/Tehran": true, "UTC": true, "America/Argentina/Ushuaia": true,
		"": false, "Local": false, "Tehran": false, "../../etc/localtime": false, "+03:30": false, "Asia/Tehran\x00": false} {
		changed, _, err := w.ChangeContact(t.Context(), w.self(r.ID), r.ID, enrol.ContactChange{TimeZone: &zone})
		if good && (err != nil || changed.TimeZone != zone) {
			t.Errorf("%q: %q, %v", zone, changed.TimeZone, err)
		}
		var refused *hub.Error
		if !good && (!errors.As(err, &refused) || len(refused.Fields) != 1 || refused.Fields[0].Pointer != "/time_zone") {
			t.Errorf("%q: refused with %+v", zone, err)
		}
	}
	// It is no contact: their history stays as it is.
	if past := w.count(`SELECT count(*) FROM contacts WHERE person = $1`, r.ID.String()); past != 1 {
		t.Errorf("%d contacts, want 1", past)
	}
}
