package reading

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/trail"
)

// TrailView reads who looked at what.
type TrailView interface {
	// Looks lists what others did with the papers and data of the addressee whom the principal is, newest first.
	Looks(ctx context.Context, notice hub.ID, before TrailMark, limit int) ([]LookRow, error)
	// Trail lists entries, newest first; none to whoever is not an auditor.
	Trail(ctx context.Context, q TrailFilter) ([]trail.Entry, error)
}

// TrailMark is a place in the trail.
type TrailMark struct {
	Hour time.Time
	ID   hub.ID
}

// TrailFilter chooses entries.
type TrailFilter struct {
	Object    hub.ID // what they were about, or whose that is
	Principal hub.ID
	Call      hub.ID
	Unended   bool      // only changes that were begun and whose end nobody recorded
	Since     time.Time // zero: from the beginning
	Until     time.Time // zero: to the end
	Before    TrailMark
	Limit     int
}

// LookRow is one thing that somebody did with the papers or data of an addressee. Who it was is told by role and place.
type LookRow struct {
	TrailMark
	At           time.Time
	Kind         access.Kind
	Role         hub.Role
	Acting       bool   // for the addressee, a legal person
	Organisation string // the name of the branch or office; "": none
	Action       access.Action
	Notices      []hub.ID // the papers of the addressee among what it was about
}

// LooksQuery asks for a page of who looked at one's papers.
type LooksQuery struct {
	Notice hub.ID // zero: all papers
	After  string // the Next of the page before
	Limit  int    // 1 to MaxLimit; 0: DefaultLimit
}

// LooksPage is a page. Next is empty on the last.
type LooksPage struct {
	Items []LookRow
	Next  string
}

// Looks lists what others did with the papers and data of the person who asks, or of the legal person they act for: by
// role and place, not by name. What they did themselves is left out, and so is what papers are about that have not
// arrived. Errors: unauthorized, forbidden, not-found for a paper that has not arrived for them, validation.
func (r *Reader) Looks(ctx context.Context, p access.Principal, q LooksQuery) (LooksPage, error) {
	d, err := access.Decide(p, access.LooksRead, access.Object{Person: p.Addressee()})
	if err != nil {
		return LooksPage{}, err
	}
	var problems hub.Problems
	before, limit := readTrailMark(q.After, &problems), checkLimit(q.Limit, &problems)
	if err := problems.Err(); err != nil {
		return LooksPage{}, err
	}
	var page LooksPage
	err = r.store.ReadAs(ctx, p, func(v View) error {
		page = LooksPage{}
		if !q.Notice.IsZero() {
			if _, err := v.Item(ctx, p.Addressee(), q.Notice); err != nil {
				return err
			}
		}
		rows, err := v.Looks(ctx, q.Notice, before, limit+1)
		if err != nil {
			return err
		}
		if len(rows) > limit {
			rows = rows[:limit]
			page.Next = trailMark(rows[limit-1].TrailMark)
		}
		page.Items = rows
		return r.note(ctx, v, p, d, access.LooksRead, q.Notice, max(len(rows), 1))
	})
	return page, err
}

// TrailQuery asks for a page of the trail.
type TrailQuery struct {
	Object    hub.ID
	Principal hub.ID
	Call      hub.ID
	Unended   bool // only changes that were begun and whose end nobody recorded: the process died over them
	Since     time.Time
	Until     time.Time
	After     string
	Limit     int
}

// TrailPage is a page. Next is empty on the last.
type TrailPage struct {
	Items []trail.Entry
	Next  string
}

// Trail searches the whole trail, for auditors; that they did is in it as well.
// Errors: unauthorized, forbidden, validation.
func (r *Reader) Trail(ctx context.Context, p access.Principal, q TrailQuery) (TrailPage, error) {
	d, err := access.May(p, access.TrailRead)
	if err != nil {
		return TrailPage{}, err
	}
	var problems hub.Problems
	f := TrailFilter{Object: q.Object, Principal: q.Principal, Call: q.Call, Unended: q.Unended, Since: q.Since, Until: q.Until,
		Before: readTrailMark(q.After, &problems)}
	limit := checkLimit(q.Limit, &problems)
	if !q.Since.IsZero() && !q.Until.IsZero() && !q.Since.Before(q.Until) {
		problems.Add("/until", "order", "must be after since")
	}
	if err := problems.Err(); err != nil {
		return TrailPage{}, err
	}
	f.Limit = limit + 1
	var page TrailPage
	err = r.store.ReadAs(ctx, p, func(v View) error {
		page = TrailPage{}
		entries, err := v.Trail(ctx, f)
		if err != nil {
			return err
		}
		if len(entries) > limit {
			entries = entries[:limit]
			page.Next = trailMark(TrailMark{entries[limit-1].Hour, entries[limit-1].ID})
		}
		page.Items = entries
		return r.note(ctx, v, p, d, access.TrailRead, q.Object, max(len(entries), 1))
	})
	return page, err
}

// trailMark makes the opaque "after" that continues a list of entries.
func trailMark(m TrailMark) string {
	b := binary.BigEndian.AppendUint64([]byte{markTrail}, uint64(m.Hour.Unix()))
	return base64.RawURLEncoding.EncodeToString(append(b, m.ID[:]...))
}

// readTrailMark notes a problem at /after when the mark is not one of a list of entries. The empty mark is zero.
func readTrailMark(after string, problems *hub.Problems) TrailMark {
	b, ok := readMark(after, markTrail, 8+len(hub.ID{}), problems)
	if !ok {
		return TrailMark{}
	}
	seconds := int64(binary.BigEndian.Uint64(b))
	if seconds < 0 || seconds > 1<<37 || seconds%3600 != 0 {
		refuseMark(problems)
		return TrailMark{}
	}
	return TrailMark{time.Unix(seconds, 0).UTC(), hub.ID(b[8:])}
}
