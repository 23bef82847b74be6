package web

import (
	"io"
	"mime/multipart"
	"strings"

	"eblagh/hub"
)

// attachment is a document that was taken in with the form, or with an earlier sending of it.
type attachment struct {
	ID   hub.ID
	Name string
}

// submission is the court's form as it was sent.
type submission struct {
	form     *form
	attached []attachment
	action   string // where the form goes; "": a new paper
	back     string
}

// readSubmission reads the form part by part. Documents go straight to the intake: nothing of them touches the disk
// here, and at most one is in memory. Errors: validation, too-large; what is wrong with a document stands in the form.
func (v *visit) readSubmission() (*submission, error) {
	sub, room := &submission{form: newForm()}, int64(formLimit)
	err := eachPart(v.r, func(part *multipart.Part) error {
		if part.FormName() == "documents" {
			return v.take(sub, part)
		}
		return sub.read(part, &room)
	})
	return sub, err
}

// read keeps one field. room is how much all fields may still hold.
func (sub *submission) read(part *multipart.Part, room *int64) error {
	text, err := io.ReadAll(io.LimitReader(part, *room+1))
	if err != nil {
		return unreadable(err)
	}
	if *room -= int64(len(text)); *room < 0 {
		return hub.Refuse(hub.CodeTooLarge, "the fields of the form are too long")
	}
	name := part.FormName()
	if name != "document" {
		if _, known := sub.form.values[name]; !known {
			sub.form.values[name] = string(text)
		}
		sub.nameDocument(name, string(text))
		return nil
	}
	if id, err := hub.ParseID(string(text)); err == nil {
		sub.attached = append(sub.attached, attachment{ID: id})
	}
	return nil
}

// nameDocument remembers the name of a document that was taken in before. The form sends it after the document.
func (sub *submission) nameDocument(field, name string) {
	for i, a := range sub.attached {
		if field == "document_name_"+a.ID.String() {
			sub.attached[i].Name = name
		}
	}
}

// take hands one file to the intake. A browser sends an empty part when none was chosen.
func (v *visit) take(sub *submission, part *multipart.Part) error {
	if part.FileName() == "" {
		return nil
	}
	d, err := v.site.deps.Intake.Accept(v.r.Context(), v.principal, part.FileName(), part.Header.Get("Content-Type"), part)
	if err != nil {
		e := &hub.Error{}
		if !asRefusal(err, &e) {
			return err
		}
		if sub.form.errors["documents"] == "" {
			sub.form.wrong("documents", documentProblem(e))
			sub.form.about["documents"] = part.FileName()
		}
		return nil
	}
	for _, a := range sub.attached {
		if a.ID == d.ID {
			return nil // the same bytes: the same document
		}
	}
	sub.attached = append(sub.attached, attachment{ID: d.ID, Name: part.FileName()})
	return nil
}

// documentProblem is the code of what is wrong with a document.
func documentProblem(e *hub.Error) string {
	if len(e.Fields) > 0 {
		return strings.ReplaceAll(e.Fields[0].Code, "-", "_")
	}
	return strings.ReplaceAll(string(e.Code), "-", "_")
}
