package signin_test

import (
	"bytes"
	"crypto/sha256"
	"net/http"
	"strings"
	"testing"
	"time"

	"eblagh/api/signin"
)

// marker stands in for the vault's key.
type marker string

func (m marker) Index(kind, value string) []byte {
	sum := sha256.Sum256([]byte(string(m) + kind + value))
	return sum[:]
}

func (m marker) Marked(kind, value string, mark []byte) bool {
	return bytes.Equal(mark, m.Index(kind, value)[:16])
}

func TestDeviceIsKnownByItsCookieOnly(t *testing.T) {
	doors := &signin.Doors{Vault: marker("ours"), Clock: time.Now}
	from, cookie := doors.Entering(request())
	if from.Device.IsZero() || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.MaxAge < 300*24*3600 || cookie.Path != "/" {
		t.Fatalf("%v, %+v", from, cookie)
	}
	if doors.Origin(request(cookie)).Device != from.Device {
		t.Error("the device is not known again")
	}
	if again, kept := doors.Entering(request(cookie)); again.Device != from.Device || kept.Value != cookie.Value {
		t.Error("the device became another")
	}
	foreign := &signin.Doors{Vault: marker("theirs"), Clock: time.Now}
	_, forged := foreign.Entering(request())
	for name, value := range map[string]string{
		"of another key": forged.Value, "empty": "", "cut": cookie.Value[:20], "changed": "A" + cookie.Value[1:],
		"longer": cookie.Value + "AAAA", "long": strings.Repeat("A", 5000), "not base64": "%%%",
	} {
		if value == cookie.Value {
			continue
		}
		if got := doors.Origin(request(&http.Cookie{Name: cookie.Name, Value: value})).Device; !got.IsZero() {
			t.Errorf("a cookie %s is device %s", name, got)
		}
	}
	secure := &signin.Doors{Vault: marker("ours"), Clock: time.Now, Secure: true}
	if _, c := secure.Entering(request()); c.Name != "__Host-eblagh-device" || !c.Secure || c.Domain != "" {
		t.Errorf("over TLS: %+v", c)
	}
}
