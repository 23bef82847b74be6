package certificate

import (
	"encoding/hex"
	"fmt"
	"image/color"
	"strconv"
	"strings"
	"unicode"

	"github.com/boombuler/barcode/qr"

	"eblagh/hub"
	"eblagh/hub/typeset"
)

// page is a certificate under way.
type page struct {
	Content
	words
	doc   *typeset.Document
	fonts *typeset.Fonts
}

// Set makes the unsigned PDF. The same Content gives the same bytes. Errors: a language that there is none of.
func Set(fonts *typeset.Fonts, c Content) ([]byte, error) {
	w, err := readWords(c.Language)
	if err != nil {
		return nil, err
	}
	p := page{Content: c, words: w, fonts: fonts}
	foot := p.say("foot", "title", p.title(), "number", p.number(c.Notice.Number))
	if c.Test {
		foot += " · " + p.say("test")
	}
	p.doc = typeset.New(fonts, typeset.About{Title: p.title(), Language: c.Language, Foot: foot})
	p.head()
	p.answer()
	p.paper()
	p.timeline()
	p.documents()
	if err := p.proof(); err != nil {
		return nil, err
	}
	return p.doc.Bytes()
}

func (p page) title() string {
	if p.Served() {
		return p.say("title.served")
	}
	return p.say("title.not_served")
}

func (p page) head() {
	p.doc.Letterhead(typeset.Letterhead{
		Issuer: []string{p.say("issuer"), p.given(p.Notice.Branch.Name)},
		Motto:  p.say("motto"), Title: p.title(),
		Numbers: []typeset.Field{
			{Label: p.say("number"), Value: p.number(p.Notice.Number)},
			{Label: p.say("asof.day"), Value: p.day(p.AsOf.At)},
			{Label: p.say("id"), Value: typeset.Isolate(p.ID()[:16])},
		},
	})
	if p.Test {
		p.doc.Note(p.say("test"))
	}
}

// answer is what the law makes of it, and why.
func (p page) answer() {
	p.doc.Section(p.say("section.answer"))
	p.doc.Paragraph(p.say("say."+string(p.Service.Status), "opened", p.moment(p.OpenedAt)))
	fields := []typeset.Field{{Label: p.say("status"), Value: p.term("service", string(p.Service.Status))}}
	if p.Served() {
		fields = append(fields, typeset.Field{Label: p.say("served_at"),
			Value: p.moment(p.Service.ServedAt) + "\n" + typeset.Isolate(exact(p.Service.ServedAt))})
	}
	if !p.OpenedAt.IsZero() {
		fields = append(fields, typeset.Field{Label: p.say("opened_at"),
			Value: p.moment(p.OpenedAt) + "\n" + typeset.Isolate(exact(p.OpenedAt))})
	}
	if p.Service.Basis != "" {
		fields = append(fields, typeset.Field{Label: p.say("basis"), Value: p.given(p.Service.Basis)})
	}
	if p.Service.Rule != "" {
		fields = append(fields, typeset.Field{Label: p.say("rule"),
			Value: typeset.Isolate(p.Service.Rule + "/" + p.Service.RuleVersion)})
	}
	p.doc.Fields(fields...)
	for _, other := range []struct {
		key string
		id  hub.ID
	}{{"corrected_by", p.Notice.CorrectedBy}, {"corrects", p.Notice.Corrects}} {
		if !other.id.IsZero() {
			p.doc.Paragraph(p.say(other.key, "id", typeset.Isolate(other.id.String())))
		}
	}
}

func (p page) paper() {
	p.doc.Section(p.say("section.paper"))
	name := p.given(p.Addressee.FullName())
	if p.Addressee.Kind == hub.PersonLegal {
		name += " (" + p.say("person.legal") + ")"
	}
	fields := []typeset.Field{
		{Label: p.say("addressee"), Value: name},
		{Label: p.say("national_id." + string(p.Addressee.Kind)), Value: p.number(string(p.Addressee.NationalID))},
	}
	if p.Notice.Capacity != "" {
		fields = append(fields, typeset.Field{Label: p.say("capacity"), Value: p.term("capacity", string(p.Notice.Capacity))})
	}
	fields = append(fields,
		typeset.Field{Label: p.say("kind"), Value: p.term("kind", string(p.Notice.Kind))},
		typeset.Field{Label: p.say("branch"), Value: p.given(p.Notice.Branch.Name)},
		typeset.Field{Label: p.say("case"), Value: p.number(p.fonts.Settable(p.Notice.Case.Number))})
	if p.Notice.Case.ArchiveNumber != "" {
		fields = append(fields, typeset.Field{Label: p.say("archive"), Value: p.number(p.fonts.Settable(p.Notice.Case.ArchiveNumber))})
	}
	fields = append(fields, typeset.Field{Label: p.say("submitted"), Value: p.moment(p.Notice.CreatedAt)})
	p.doc.Fields(fields...)
}

func (p page) timeline() {
	p.doc.Section(p.say("section.timeline"))
	rows := make([][]string, len(p.Receipts))
	for i, r := range p.Receipts {
		what := p.event(r.Receipt)
		if code := r.Event.Code(); code != "" {
			what += " · " + typeset.Isolate(code)
		}
		if r.Reason != hub.ReasonNone {
			what += "\n" + p.term("reason", string(r.Reason))
		}
		rows[i] = []string{what, p.moment(r.At) + "\n" + typeset.Isolate(exact(r.At)),
			p.term("actor", string(r.Actor.Kind)), p.number(strconv.FormatInt(r.Index, 10))}
	}
	p.doc.Table([]typeset.Column{
		{Name: p.say("col.event"), Share: 36}, {Name: p.say("col.time"), Share: 35},
		{Name: p.say("col.actor"), Share: 14}, {Name: p.say("col.leaf"), Share: 15},
	}, rows)
}

// documents lists the digests that the first receipt names: of the paper as it was accepted, and so as it was served.
func (p page) documents() {
	var rows [][]string
	add := func(name, digest string) { rows = append(rows, []string{name, halves(digest)}) }
	for i, d := range p.Notice.Documents {
		name := p.say("document", "n", p.digits(strconv.Itoa(i+1)))
		if d.FileName != "" {
			name += "\n" + p.given(d.FileName)
		}
		if p.erased(d) {
			name += "\n(" + p.say("erased") + ")"
		}
		add(name, hex.EncodeToString(d.SHA256[:]))
	}
	for _, part := range []string{"subject", "body"} {
		if digest := p.part(part); digest != "" {
			add(p.say("part."+part), digest)
		}
	}
	if len(rows) == 0 {
		return
	}
	p.doc.Section(p.say("section.documents"))
	p.doc.Table([]typeset.Column{{Name: p.say("col.document"), Share: 42}, {Name: p.say("col.digest"), Share: 58}}, rows)
}

// proof says which checkpoint this rests on, and how to check it.
func (p page) proof() error {
	p.doc.Section(p.say("section.verify"))
	p.doc.Paragraph(p.say("asof"))
	p.doc.Fields(
		typeset.Field{Label: p.say("log.origin"), Value: typeset.Isolate(p.AsOf.Origin)},
		typeset.Field{Label: p.say("log.size"), Value: p.number(strconv.FormatInt(p.AsOf.Size, 10))},
		typeset.Field{Label: p.say("log.root"), Value: halves(hex.EncodeToString(p.AsOf.Root[:]))},
		typeset.Field{Label: p.say("log.time"), Value: p.moment(p.AsOf.At) + "\n" + typeset.Isolate(exact(p.AsOf.At))},
		typeset.Field{Label: p.say("log.key"), Value: typeset.Isolate(p.AsOf.Key)},
		typeset.Field{Label: p.say("id"), Value: typeset.Isolate(p.ID())},
	)
	code, err := qr.Encode(p.address(), qr.M, qr.Auto)
	if err != nil {
		return fmt.Errorf("QR code: %w", err)
	}
	dark := func(x, y int) bool { return isDark(code.At(x, y)) }
	p.doc.Matrix(typeset.Matrix{Side: code.Bounds().Dx(), Dark: dark},
		p.say("how"), typeset.Isolate(p.say("how.command")), p.say("how.signature"), p.say("qr")+":",
		typeset.Isolate(p.address()))
	return nil
}

// given is what others typed, fit for the page. In an English paper a Persian phrase keeps its own order.
func (p page) given(text string) string {
	text = p.fonts.Settable(text)
	if p.language == typeset.English && strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Arabic, r) }) {
		return typeset.IsolateRight(text)
	}
	return text
}

func isDark(c color.Color) bool {
	r, _, _, _ := c.RGBA()
	return r < 0x8000
}

// halves breaks a digest into two lines, each from left to right.
func halves(digest string) string {
	var lines []string
	for len(digest) > 32 {
		lines, digest = append(lines, typeset.Isolate(digest[:32])), digest[32:]
	}
	return strings.Join(append(lines, typeset.Isolate(digest)), "\n")
}
