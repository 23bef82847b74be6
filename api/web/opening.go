package web

import (
	"net/http"

	"eblagh/hub"
	"eblagh/hub/reading"
)

// coverPage is all that a visitor sees of a notice before opening it.
type coverPage struct {
	Cover    hub.Cover
	Means    string
	Role     hub.Role // in which the visitor acts for a legal person; empty: for themselves
	Service  serviceView
	Receipts []receiptView
}

// openedPage is a notice that its addressee has opened.
type openedPage struct {
	Notice    hub.Notice
	Documents []documentView
	Service   serviceView
	Receipts  []receiptView
	Base      string // under which notices of the same road are
	Back      string
	Counsel   bool // the visitor is counsel of the addressee
}

// inboxItem answers GET /inbox/{notice}: the cover, or the notice once it was opened. It never opens anything.
func (s *site) inboxItem(v *visit) error {
	id, err := v.id("notice")
	if err != nil {
		return err
	}
	item, err := s.deps.Reader.Item(v.r.Context(), v.principal, id)
	if err != nil {
		return err
	}
	receipts, err := v.receipts(id)
	if err != nil {
		return err
	}
	if item.Notice == nil {
		return v.render(http.StatusOK, "cover", v.coverPage(item, receipts))
	}
	return v.render(http.StatusOK, "notice", openedPage{
		Notice: *item.Notice, Documents: v.documents(item.Notice.Documents),
		Service: v.service(item.Service), Receipts: receipts, Base: "/inbox", Back: "/inbox",
	})
}

func (v *visit) coverPage(item reading.InboxItem, receipts []receiptView) coverPage {
	return coverPage{
		Role: v.principal.For.Role, Cover: item.Cover, Means: v.site.deps.Reader.OpeningMeans(item.Cover.Kind, string(v.language)),
		Service: v.service(item.Service), Receipts: receipts,
	}
}

// openNotice answers POST /inbox/{notice}/open: the addressee opens the notice, which the domain records once.
func (s *site) openNotice(v *visit) error {
	id, err := v.id("notice")
	if err != nil {
		return err
	}
	if _, err := s.deps.Dispatcher.Open(v.r.Context(), v.principal, id); err != nil {
		return err
	}
	v.flash("opened")
	return v.redirect("/inbox/" + id.String())
}
