package main

import (
	"testing"
	"time"

	"eblagh/config"
	"eblagh/hub"
)

func TestJudgmentsAskForAFreshProofUnlessSetOtherwise(t *testing.T) {
	rule, err := openingRule(config.Defaults().Opening)
	if err != nil || rule.Within != 5*time.Minute || len(rule.Kinds) != 3 {
		t.Fatalf("%+v, %v", rule, err)
	}
	for i, kind := range []hub.Kind{"judgment", "default_judgment", "execution_writ"} {
		if rule.Kinds[i] != kind {
			t.Errorf("kind %d is %s", i, rule.Kinds[i])
		}
	}
	if _, err := openingRule(config.Opening{ConfirmKinds: []string{"judgement"}, ConfirmWithin: time.Minute}); err == nil {
		t.Error("a kind that is none was taken")
	}
}
