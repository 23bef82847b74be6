package api

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
)

// pacedWriter gives each write its own time: a large copy may take long, a connection that takes nothing may not.
type pacedWriter struct {
	io.Writer
	control *http.ResponseController
}

func (w *pacedWriter) Write(b []byte) (int, error) {
	if err := w.control.SetWriteDeadline(time.Now().Add(exportStall)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return w.Writer.Write(b)
}

// export is one copy on its way out. It holds one page of papers and one document in memory.
type export struct {
	api *api
	ctx context.Context
	p   access.Principal
	out io.Writer
	zip *zip.Writer
}

// exportAbout stands in every copy.
const exportAbout = "این پرونده رونوشت داده‌های شما در ابلاغ است. از ابلاغیه‌هایی که نگشوده‌اید فقط روی جلد آمده است: خواندن یعنی گشودن، که اثر قانونی دارد.\r\n" +
	"اطلاعات دیگران، جز آنچه در اوراق ابلاغ‌شده به شما آمده، در آن نیست.\r\n\r\n" +
	"This is a copy of what Eblagh has of you. Of papers that you have not opened there is the cover only: to read is to open,\r\n" +
	"which has effects in law. Nothing of other people is here but what stands in the papers served on you.\r\n"

func (e *export) write() error {
	e.zip = zip.NewWriter(e.out)
	steps := []func() error{
		func() error { return e.file("README.txt", []byte(exportAbout)) }, e.profile, e.contacts, e.sessions, e.looks, e.papers,
		e.zip.Close,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (e *export) file(name string, content []byte) error {
	w, err := e.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Now().UTC()})
	if err != nil {
		return err
	}
	if _, err := w.Write(content); err != nil {
		return err
	}
	return e.zip.Flush()
}

func (e *export) json(name string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return e.file(name, text)
}

func (e *export) profile() error {
	r, err := e.api.deps.Enroller.Recipient(e.ctx, e.p, e.p.PersonID())
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	return e.json("profile.json", viewRecipient(r))
}

// exportedContact is a contact that was in force for a time.
type exportedContact struct {
	Mobile  string     `json:"mobile,omitempty"`
	Email   string     `json:"email,omitempty"`
	Address string     `json:"address,omitempty"`
	Since   time.Time  `json:"since"`
	Until   *time.Time `json:"until,omitempty"`
}

func (e *export) contacts() error {
	history, err := e.api.deps.Enroller.ContactHistory(e.ctx, e.p, e.p.PersonID())
	if err != nil {
		return fmt.Errorf("contacts: %w", err)
	}
	list := make([]exportedContact, len(history))
	for i, c := range history {
		list[i] = exportedContact{string(c.Mobile), c.Email, c.Address, c.Since.UTC(), moment(c.Until)}
	}
	return e.json("contacts.json", list)
}

func (e *export) sessions() error {
	list, err := e.api.deps.Sessions.List(e.ctx, e.p.ID)
	if err != nil {
		return fmt.Errorf("sessions: %w", err)
	}
	out := make([]Session, len(list))
	for i, s := range list {
		out[i] = Session{s.ID.String(), s.ID == e.p.Session, s.CreatedAt.UTC(), s.ExpiresAt.UTC(), s.SeenAt.UTC(), s.Device}
	}
	return e.json("sessions.json", out)
}

// looks leave one by one, a page in memory at a time: of somebody who was served much there are many.
func (e *export) looks() error {
	w, err := e.zip.CreateHeader(&zip.FileHeader{Name: "looks.json", Method: zip.Deflate, Modified: time.Now().UTC()})
	if err != nil {
		return err
	}
	before := "[\n"
	for after := ""; ; {
		page, err := e.api.deps.Reader.Looks(e.ctx, e.p, reading.LooksQuery{After: after, Limit: reading.MaxLimit})
		if err != nil {
			return fmt.Errorf("looks: %w", err)
		}
		for _, l := range page.Items {
			text, err := json.Marshal(viewLook(l))
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(w, "%s%s", before, text); err != nil {
				return err
			}
			before = ",\n"
		}
		if err := e.zip.Flush(); err != nil {
			return err
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if before != ",\n" {
		_, err = io.WriteString(w, "[]\n")
	} else {
		_, err = io.WriteString(w, "\n]\n")
	}
	return err
}

func (e *export) papers() error {
	for after := ""; ; {
		page, err := e.api.deps.Reader.Inbox(e.ctx, e.p, reading.InboxQuery{After: after, Limit: exportPage})
		if err != nil {
			return fmt.Errorf("inbox: %w", err)
		}
		for _, item := range page.Items {
			if err := e.paper(item.Cover.ID); err != nil {
				return fmt.Errorf("paper %s: %w", item.Cover.ID, err)
			}
		}
		if after = page.Next; after == "" {
			return nil
		}
	}
}

// paper is one paper in a folder of its own: its cover, or all of it once it was opened.
func (e *export) paper(id hub.ID) error {
	item, err := e.api.deps.Reader.Item(e.ctx, e.p, id)
	if err != nil {
		return err
	}
	folder := "papers/" + plainName(item.Cover.Number) + "-" + id.String()
	if err := e.json(folder+"/notice.json", viewInboxItem(item)); err != nil {
		return err
	}
	receipts, err := e.api.deps.Reader.Receipts(e.ctx, e.p, id)
	if err != nil {
		return fmt.Errorf("receipts: %w", err)
	}
	views := make([]Receipt, len(receipts))
	for i, r := range receipts {
		views[i] = viewReceipt(r)
	}
	if err := e.json(folder+"/receipts.json", views); err != nil {
		return err
	}
	if err := e.evidence(folder, id); err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	if item.Notice == nil {
		return nil
	}
	for i, d := range item.Notice.Documents {
		if err := e.document(fmt.Sprintf("%s/%02d-%s", folder, i+1, plainName(d.FileName)), id, d.ID); err != nil {
			return fmt.Errorf("document %s: %w", d.ID, err)
		}
	}
	return nil
}

// evidence that is not sealed yet is left out: the receipts are there.
func (e *export) evidence(folder string, id hub.ID) error {
	bundle, err := e.api.deps.Reader.Evidence(e.ctx, e.p, id, 0)
	if code := hub.CodeOf(err); code == hub.CodeOverloaded || code == hub.CodeNotFound || code == hub.CodeWrongState {
		return nil
	}
	if err != nil {
		return err
	}
	text, err := bundle.Marshal()
	if err != nil {
		return err
	}
	return e.file(folder+"/evidence.json", text)
}

// document is the bytes as they were served; those that were erased by law are named.
func (e *export) document(name string, notice, id hub.ID) error {
	_, content, err := e.api.deps.Reader.Document(e.ctx, e.p, notice, id)
	if hub.CodeOf(err) == hub.CodeNotFound {
		return e.file(name+".erased.txt", []byte("erased by law; its digest stands in the receipts\r\n"))
	}
	if err != nil {
		return err
	}
	return e.file(name, content)
}

// plainName keeps a name from leading out of its folder, wherever the ZIP is unpacked.
func plainName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, path.Base(strings.ReplaceAll(name, `\`, "/")))
	if name = strings.Trim(name, ". "); name == "" {
		return "document"
	}
	return name
}
