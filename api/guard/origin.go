package guard

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// Origins tells the forms of our own pages from those of others. It is safe for concurrent use.
type Origins struct{ cross *http.CrossOriginProtection }

// NewOrigins makes Origins that trust no site but the one that is asked.
func NewOrigins() *Origins { return &Origins{http.NewCrossOriginProtection()} }

var errForeign = errors.New("the request comes from a page of another site")

// Check refuses a call that changes something and comes from a page of another site, as its browser says in
// Sec-Fetch-Site or Origin. What is no browser says neither and passes: it brings no cookie along by itself.
func (o *Origins) Check(r *http.Request) error {
	if o.cross.Check(r) != nil {
		return errForeign
	}
	return nil
}

// CheckPage is Check for what only browsers call. One so old that it says neither says at least in Referer which page the
// form was on, for our pages ask it to.
func (o *Origins) CheckPage(r *http.Request) error {
	if err := o.Check(r); err != nil || safe(r.Method) || r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get("Origin") != "" {
		return err
	}
	from, err := url.Parse(r.Header.Get("Referer"))
	if err != nil || from.Host == "" || !strings.EqualFold(from.Host, r.Host) {
		return errForeign
	}
	return nil
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}
