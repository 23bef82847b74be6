package web

import (
	"slices"
	"time"
)

// flashCookie carries the name of one sentence to the next page: what was just done. It never carries data.
const flashCookie = "eblagh_done"

// flashes are the sentences that can be carried; each is a text under flash.
func flashes() []string {
	return []string{"signed_out", "activated", "opened", "submitted", "enrolled", "code_sent", "released", "held", "replayed",
		"taken", "returned", "handed_over", "revoked", "confirmed", "factor_removed", "recovering", "export_asked",
		"noted", "counsel_registered", "counsel_ended", "appointed", "dismissed",

		"drafted", "approved", "draft_returned", "draft_withdrawn", "eyes_changed", "eyes_asked", "key_revoked",

		"hold_placed", "hold_lifted", "assigned", "unassigned", "classified"}
}

// flash has the next page say that something was done.
func (v *visit) flash(name string) {
	v.w.Header().Add("Set-Cookie", v.site.cookie(flashCookie, name, time.Minute).String())
}

// takeFlash gives the key of the sentence to say, and takes it away, so that it is said once.
func (v *visit) takeFlash() string {
	c, err := v.site.cookieOf(v.r, flashCookie)
	if err != nil {
		return ""
	}
	v.w.Header().Add("Set-Cookie", v.site.cookie(flashCookie, "", 0).String())
	if !slices.Contains(flashes(), c.Value) {
		return ""
	}
	return "flash." + c.Value
}
