package signin

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"eblagh/hub"
	"eblagh/hub/enrol"
	"eblagh/hub/trail"
)

// Vault makes the mark that tells a device's cookie of ours from one that somebody made up. *vault.Vault implements it.
type Vault interface {
	Index(kind, value string) []byte
	Marked(kind, value string, mark []byte) bool
}

// deviceAge is as long as browsers keep a cookie.
const deviceAge = 400 * 24 * time.Hour

// Doors tells from where a request comes: its address, and the device if it signed somebody in before. A device's cookie
// signs nobody in. It keeps the tries of strangers from counting against who comes back. It is safe for concurrent use.
type Doors struct {
	Vault   Vault
	Proxies Proxies
	Secure  bool
	Clock   hub.Clock
}

// Address is where a request comes from.
func (d *Doors) Address(r *http.Request) string { return d.Proxies.Address(r) }

// Origin reads from where a request comes.
func (d *Doors) Origin(r *http.Request) enrol.Origin {
	return enrol.Origin{Address: d.Proxies.Address(r), Device: d.device(r)}
}

// Entering is the Origin of a request that may sign somebody in, with the device's cookie: a new one where there was none.
func (d *Doors) Entering(r *http.Request) (enrol.Origin, *http.Cookie) {
	from := d.Origin(r)
	if from.Device.IsZero() {
		from.Device = hub.NewID(d.Clock())
	}
	value := base64.RawURLEncoding.EncodeToString(append(from.Device[:], d.mark(from.Device)...))
	return from, &http.Cookie{Name: d.name(), Value: value, Path: "/", MaxAge: int(deviceAge / time.Second),
		HttpOnly: true, Secure: d.Secure, SameSite: http.SameSiteStrictMode}
}

// From tells the trail from where a request comes: the kind of network, a keyed index of the address, and platform and
// browser in a word each. The address itself is kept nowhere.
func (d *Doors) From(r *http.Request) trail.From {
	address := d.Proxies.Address(r)
	from := trail.From{Place: placeOf(address), Device: describe(r.UserAgent())}
	copy(from.Address[:], d.Vault.Index("trail.address", address))
	return from
}

// device is zero for a cookie that is missing, cut, or not ours.
func (d *Doors) device(r *http.Request) hub.ID {
	cookie, err := r.Cookie(d.name())
	if err != nil || len(cookie.Value) > 100 {
		return hub.ID{}
	}
	raw, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil || len(raw) != len(hub.ID{})+16 {
		return hub.ID{}
	}
	id := hub.ID(raw[:len(hub.ID{})])
	if !d.Vault.Marked("device", id.String(), raw[len(id):]) {
		return hub.ID{}
	}
	return id
}

func (d *Doors) mark(id hub.ID) []byte { return d.Vault.Index("device", id.String())[:16] }

func (d *Doors) name() string {
	if d.Secure {
		return "__Host-eblagh-device"
	}
	return "eblagh_device"
}

// describe tells platform and browser in words of a closed set, for the list of one's own sessions. What the browser
// says of itself is not kept.
func describe(agent string) string {
	agent = strings.ToLower(agent[:min(len(agent), 500)])
	return strings.TrimSpace(firstOf(agent, "android", "iphone", "ipad", "windows", "macintosh", "cros", "linux") + " " +
		firstOf(agent, "edg", "opr", "firefox", "samsungbrowser", "chrome", "safari", "curl"))
}

func firstOf(text string, words ...string) string {
	for _, word := range words {
		if strings.Contains(text, word) {
			return word
		}
	}
	return ""
}
