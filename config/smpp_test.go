package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestALiveInstanceCanUseSMPP(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := load(t, `sms: {providers: [{name: op, kind: smpp, smpp: {addr: "smsc.example:2775", system_id: eblagh,
  password_file: `+file+`, binds: 2, window: 20, enquire_link: 15s, report_ids: decimal, time_zone: Asia/Tehran}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	smpp := got.SMS.Providers[0].SMPP
	want := SMPP{Addr: "smsc.example:2775", SystemID: "eblagh", PasswordFile: file, Binds: 2, Window: 20,
		EnquireLink: 15 * time.Second, ReportIDs: "decimal", TimeZone: "Asia/Tehran"}
	if diff := cmp.Diff(want, smpp); diff != "" {
		t.Error(diff)
	}
	if password, err := smpp.Reveal(); err != nil || password != "hunter2" {
		t.Errorf("%q, %v", password, err)
	}
	if zone, err := smpp.Zone(); err != nil || zone.String() != "Asia/Tehran" {
		t.Errorf("%v, %v", zone, err)
	}
}

func TestSMPPSettingsAreChecked(t *testing.T) {
	_, err := load(t, `sms: {providers: [{name: op, kind: smpp, smpp: {addr: nowhere, system_id: abcdefghijklmnop, binds: -1,
  window: 2000, enquire_link: -1s, report_ids: octal, time_zone: Nowhere/City, password_file: /nowhere/at/all}},
  {name: other, kind: smpp, smpp: {addr: "a:1", system_id: x}}]}`)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{`[0].smpp.addr: "nowhere"`, "[0].smpp.system_id", "[0].smpp.binds: -1", "[0].smpp.window: 2000",
		"[0].smpp.enquire_link: -1s", `[0].smpp.report_ids: "octal"`, "[0].smpp.time_zone", "[0].smpp.password_file",
		"[1].smpp.password: <secret>: must be given"} {
		if !strings.Contains(err.Error(), "sms.providers"+want) {
			t.Errorf("%q is not told", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}

func TestTheSMPPPasswordDoesNotPrint(t *testing.T) {
	got, err := load(t, `sms: {providers: [{name: op, kind: smpp, smpp: {addr: "a:1", system_id: x, password: hunter2}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	if shown := fmt.Sprintf("%v %+v %#v", got, got, got); strings.Contains(shown, "hunter2") {
		t.Error("the secret prints")
	}
	if password, err := got.SMS.Providers[0].SMPP.Reveal(); err != nil || password != "hunter2" {
		t.Errorf("%q, %v", password, err)
	}
}

func TestTheExampleOfSMPPIsRight(t *testing.T) {
	got, err := Load(Defaults(), filepath.Join("..", "docs", "example", "sms-smpp.yaml"), nil)
	if err != nil || len(got.SMS.Providers) != 1 || got.SMS.Providers[0].SMPP.Binds != 2 {
		t.Errorf("%+v, %v", got.SMS, err)
	}
}
