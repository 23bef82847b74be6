package smpp

import (
	"testing"

	"eblagh/hub"
)

func delivered(id string) incoming {
	return incoming{report: hub.Report{MessageID: id, Outcome: hub.OutcomeDelivered}}
}

func TestEarlyReportsWaitForTheTextsThatBeganBeforeThem(t *testing.T) {
	p := newParts(100, 2)
	first := p.begin()
	if _, fate := p.sort(delivered("01")); fate != wait {
		t.Fatal("it may be a part of the text under way")
	}
	second := p.begin()
	if _, fate := p.sort(delivered("9")); fate != wait {
		t.Fatal("the second too")
	}
	if _, fate := p.sort(delivered("10")); fate != tooMany {
		t.Fatal("there is no bound")
	}
	ready := p.end(first, "1+1", []string{"1", "2"})
	if len(ready) != 1 || ready[0].report.MessageID != "01" {
		t.Fatalf("released %+v", ready)
	}
	if _, fate := p.sort(ready[0]); fate != settled {
		t.Error("one part of two does not deliver a text")
	}
	if r, fate := p.sort(delivered("2")); fate != passOn || r.MessageID != "1+1" {
		t.Errorf("every part is delivered: %+v", r)
	}
	ready = p.end(second, "", nil)
	if len(ready) != 1 {
		t.Fatalf("released %+v", ready)
	}
	if r, fate := p.sort(ready[0]); fate != passOn || r.MessageID != "9" {
		t.Errorf("nobody's part is passed on: %+v", r)
	}
}

func TestForgottenPartsNeverDeliverTheirText(t *testing.T) {
	p := newParts(2, 10)
	p.end(p.begin(), "a+1", []string{"a", "b"})
	p.end(p.begin(), "c+1", []string{"c", "d"})
	if len(p.texts) != 2 || len(p.order) != 2 {
		t.Errorf("%d parts are remembered", len(p.texts))
	}
	for _, id := range []string{"a", "b"} {
		if r, fate := p.sort(delivered(id)); fate != passOn || r.MessageID != id {
			t.Errorf("%+v: only the text's own id may match its attempt", r)
		}
	}
}
