package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
)

// refresh is a page with one block that htmx fetches again every few seconds.
type refresh struct {
	page    string
	block   string // the template of the part that changes
	element string // its id on the page
	data    any
	seen    *string // in data: where the digest of the block belongs
}

// refreshing answers with the page, or with the block alone when htmx asks for it. A block that looks as it did is not
// sent: 204 leaves the page as it is, and a screen reader in peace.
func (v *visit) refreshing(r refresh) error {
	html, err := v.draw(r.page, r.block, r.data)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(html)
	*r.seen = hex.EncodeToString(sum[:8])
	if !v.wants(r.element) {
		return v.render(http.StatusOK, r.page, r.data)
	}
	if v.r.URL.Query().Get("seen") == *r.seen {
		v.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if html, err = v.draw(r.page, r.block, r.data); err != nil {
		return err
	}
	return v.write(http.StatusOK, html)
}
