package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"eblagh/config"
	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// The example says what holds when nobody sets anything, to the last retry.
func TestExampleOfDeliveryIsTheDefault(t *testing.T) {
	c, err := config.Load(config.Defaults(), "../../docs/example/delivery.yaml", []string{"EBLAGH_PUBLIC_URL=https://eblagh.example"})
	if err != nil {
		t.Fatal(err)
	}
	bare := config.Defaults().Delivery
	got := c.Delivery
	got.Retries = config.Retries{}
	if diff := cmp.Diff(bare, got); diff != "" {
		t.Errorf("settings (-default +example):\n%s", diff)
	}
	plan := planOf(c.Delivery)
	for lane, waits := range planOf(bare).Waits {
		defaults := dispatch.DefaultWaits(lane)
		if diff := cmp.Diff(defaults.Retries, plan.Waits[lane].Retries); diff != "" {
			t.Errorf("%s: retries (-default +example):\n%s", lane, diff)
		}
		if lane.Priority != hub.PriorityCode && (waits.Report != defaults.Report || waits.Settle != defaults.Settle) {
			t.Errorf("%s waits %v and %v", lane, waits.Report, waits.Settle)
		}
	}
	if len(plan.Waits) != 4 || plan.Quiet.Hours != (hub.QuietHours{From: 22 * 3600e9, Until: 7 * 3600e9}) {
		t.Errorf("plan %+v", plan)
	}
}
