package seed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"eblagh/hub"
	"eblagh/hub/dispatch"
	"eblagh/hub/enrol"
	"eblagh/hub/rules"
	"eblagh/hub/typeset"
)

// submitPapers sets each paper as a PDF and submits all of them as the court. All days count from the day the branch
// was made, so a later run sets the same pages to the byte: the same documents, and by the same request the same
// notices.
func (d *demo) submitPapers(ctx context.Context) error {
	request := sha256.Sum256([]byte("eblagh demo papers"))
	papers := make([]dispatch.Paper, len(d.data.Papers))
	for i, p := range d.data.Papers {
		pdf, err := d.set(p)
		if err != nil {
			return fmt.Errorf("set %s: %w", p.Reference, err)
		}
		doc, err := d.Intake.Accept(ctx, d.court, p.Title+".pdf", "application/pdf", bytes.NewReader(pdf))
		if err != nil {
			return fmt.Errorf("hand in %s: %w", p.Reference, err)
		}
		papers[i] = dispatch.Paper{
			Reference: p.Reference, Kind: p.Kind, Capacity: p.Capacity, Subject: p.Subject, Body: p.Body,
			Case:      dispatch.PaperCase{Number: p.Case.Number, ArchiveNumber: p.Case.Archive, Subject: p.Case.Subject},
			Addressee: dispatch.Addressee{NationalID: string(d.people[p.To].NationalID)},
			Documents: []hub.ID{doc.ID}, HearingAt: d.hearing(p), Priority: p.Priority,
		}
	}
	results, err := d.Dispatcher.Submit(ctx, d.court, papers, request[:])
	for hub.CodeOf(err) == hub.CodeOverloaded && patient(ctx) { // what an earlier run left is sealed first
		results, err = d.Dispatcher.Submit(ctx, d.court, papers, request[:])
	}
	if err != nil {
		return fmt.Errorf("submit: %w", err)
	}
	for i, r := range results {
		if r.Err != nil {
			return fmt.Errorf("submit %s: %w", papers[i].Reference, r.Err)
		}
		d.cases[papers[i].Reference] = r.Notice.Case.ID
		if d.data.Papers[i].Carried && !r.Replayed {
			if err := d.handOver(ctx, r.Notice.ID); err != nil {
				return fmt.Errorf("hand over %s: %w", papers[i].Reference, err)
			}
		}
	}
	return nil
}

// registerAttorneys makes the lawyer counsel in some of the cases, as the court would. Who is counsel already stays so.
func (d *demo) registerAttorneys(ctx context.Context) error {
	for _, a := range d.data.Attorneys {
		_, err := d.Enroller.RegisterAttorney(ctx, d.court, enrol.NewAttorney{Case: d.cases[a.Paper],
			Lawyer: d.ids[a.Lawyer], Client: d.ids[a.Client], Scope: a.Scope})
		if err != nil && hub.CodeOf(err) != hub.CodeWrongState {
			return fmt.Errorf("in the case of %s: %w", a.Paper, err)
		}
	}
	return nil
}

// How long a paper is given to arrive before it is handed over, and how often that is tried.
const (
	arrivalTries = 100
	arrivalEvery = 100 * time.Millisecond
)

// handOver gives a paper to the service officers once it has arrived, which a worker sees to meanwhile. A paper that takes
// too long is left to its ladder: the demo lacks a task, and nothing else.
func (d *demo) handOver(ctx context.Context, notice hub.ID) error {
	if d.HandOver == nil {
		return nil
	}
	tick := time.NewTicker(arrivalEvery)
	defer tick.Stop()
	for range arrivalTries {
		err := d.HandOver(ctx, d.court, notice)
		if hub.CodeOf(err) != hub.CodeWrongState {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	d.Logger.Warn("a demo paper did not arrive in time to be handed over")
	return nil
}

// patient waits a moment; false when ctx ended.
func patient(ctx context.Context) bool {
	again := time.NewTimer(500 * time.Millisecond)
	defer again.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-again.C:
		return true
	}
}

// tehran has had no summer time since 1401, and the demo looks forward only.
func tehran() *time.Location { return time.FixedZone("+0330", 12600) }

// hearing is at half past nine on the paper's day, or on Saturday when that is a Thursday or Friday; zero: none.
func (d *demo) hearing(p paper) time.Time {
	if p.HearingDays == 0 {
		return time.Time{}
	}
	y, m, day := d.branch.CreatedAt.In(tehran()).Date()
	at := time.Date(y, m, day+p.HearingDays, 9, 30, 0, 0, tehran())
	for at.Weekday() == time.Thursday || at.Weekday() == time.Friday {
		at = at.AddDate(0, 0, 1)
	}
	return at.UTC()
}

// set makes the PDF of a paper.
func (d *demo) set(p paper) ([]byte, error) {
	to := d.people[p.To]
	doc := typeset.New(d.fonts, typeset.About{Title: p.Title, Language: typeset.Persian, Foot: d.data.Foot})
	doc.Letterhead(typeset.Letterhead{
		Issuer: d.data.Issuer, Motto: d.data.Motto, Title: p.Title,
		Numbers: []typeset.Field{
			{Label: "شمارهٔ پرونده", Value: hub.PersianDigits(p.Case.Number)},
			{Label: "شمارهٔ بایگانی", Value: hub.PersianDigits(p.Case.Archive)},
			{Label: "تاریخ صدور", Value: hub.PersianDigits(rules.Jalali(d.branch.CreatedAt))},
		},
	})
	doc.Fields(
		typeset.Field{Label: "مخاطب", Value: to.Name},
		typeset.Field{Label: "شناسه / کد ملی", Value: hub.PersianDigits(string(to.NationalID))},
		typeset.Field{Label: "سمت در پرونده", Value: p.Standing},
		typeset.Field{Label: "موضوع", Value: p.Case.Subject},
	)
	hearing := d.hearing(p)
	fill := strings.NewReplacer(
		"{hearing_day}", hub.PersianDigits(weekday(hearing)+" "+rules.Jalali(hearing)),
		"{hearing_time}", hub.PersianDigits(hearing.In(tehran()).Format("15:04")),
	)
	blocks := p.Blocks
	if p.Text != "" {
		blocks = d.data.Texts[p.Text]
	}
	for _, b := range blocks {
		b.set(doc, fill)
	}
	return doc.Bytes()
}

// set puts one block on the page.
func (b block) set(doc *typeset.Document, fill *strings.Replacer) {
	switch {
	case b.Section != "":
		doc.Section(b.Section)
	case b.Paragraph != "":
		doc.Paragraph(fill.Replace(b.Paragraph))
	case b.Note != "":
		doc.Note(fill.Replace(b.Note))
	case b.Fields != nil:
		fields := make([]typeset.Field, len(b.Fields))
		for i, f := range b.Fields {
			fields[i] = typeset.Field{Label: f[0], Value: fill.Replace(f[1])}
		}
		doc.Fields(fields...)
	case b.Table != nil:
		columns := make([]typeset.Column, len(b.Table.Columns))
		for i, c := range b.Table.Columns {
			columns[i] = typeset.Column(c)
		}
		doc.Table(columns, b.Table.Rows)
	case b.Signature != nil:
		doc.Signature(b.Signature...)
	}
}

func weekday(at time.Time) string {
	return [...]string{"یکشنبه", "دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه"}[at.In(tehran()).Weekday()]
}
