package endtoend

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A process dies after it has committed an opening and before it could say how the call ended. The opening stands, its
// entry in the trail is alone, and that is noted, counted, and found by the auditor with who opened what.
func TestWhatACrashLeavesWithoutAnEndIsFound(t *testing.T) {
	hangs := brokenProgram(t, breakage{"hub/dispatch/open.go", "	at, first, err := d.store.Open(ctx, opening)", "if err == nil { select {} }"})
	in := newInstanceOf(t, hangs, "api,worker,live,seal")
	citizen := in.dev.inRole("citizen")[0]
	addressee := signIn(t, in.dev.BaseURL, citizen)
	var who, notice one
	addressee.want(200, "GET", "/v1/me", nil).into(t, &who)
	in.as("court").want(201, "POST", "/v1/notices", paper(reference("crash", 1), citizen)).into(t, &notice)
	eventually(t, 30*time.Second, func() bool { return strings.Contains(string(addressee.do("GET", "/v1/inbox", nil).body), notice.ID) },
		func() string { return "the paper did not arrive" })
	hung := make(chan error, 1)
	go func() {
		_, err := addressee.try("POST", "/v1/inbox/"+notice.ID+"/open", map[string]any{})
		hung <- err
	}()
	opened := fmt.Sprintf(`SELECT count(*) FROM opens WHERE notice = '%s'`, notice.ID)
	eventually(t, 30*time.Second, func() bool { return in.count(opened) == 1 }, func() string { return "nothing was opened" })
	in.front.kill()
	if err := <-hung; err == nil {
		t.Fatal("the call was answered")
	}

	in.built = program
	in.startFront("api,worker,live,seal")
	auditor := in.as("auditor")
	var found struct {
		Items []struct {
			Outcome     string
			PrincipalID string `json:"principal_id"`
			Objects     []string
			CallID      string `json:"call_id"`
		}
	}
	auditor.want(200, "GET", "/v1/trail?unended=true", nil).into(t, &found)
	if len(found.Items) != 0 {
		t.Errorf("it may be under way as yet: %+v", found.Items)
	}
	if noted := in.count(`SELECT hub_note_unended('0', 1000)`); noted != 1 {
		t.Errorf("%d are noted", noted)
	}
	auditor.want(200, "GET", "/v1/trail?unended=true", nil).into(t, &found)
	if len(found.Items) != 1 || found.Items[0].Outcome != "begun" || found.Items[0].PrincipalID != who.ID ||
		len(found.Items[0].Objects) == 0 || found.Items[0].Objects[0] != notice.ID {
		t.Fatalf("the auditor finds %+v", found.Items)
	}
	call := found.Items[0].CallID
	auditor.want(200, "GET", "/v1/trail?call="+call, nil).into(t, &found)
	if len(found.Items) != 1 {
		t.Errorf("of the call there are %d entries", len(found.Items))
	}
	eventually(t, 30*time.Second, func() bool {
		return strings.Contains(string(newCaller(t, in.dev.AdminURL, "").want(200, "GET", "/metrics", nil).body), "\neblagh_trail_unended 1\n")
	}, func() string { return "no metric tells of it" })
}
