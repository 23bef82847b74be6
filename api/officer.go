package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/ladder"
	"eblagh/hub/reading"
)

// Ladder is the officer's half of the informing ladder. *ladder.Ladder implements it.
type Ladder interface {
	Take(ctx context.Context, p access.Principal, task hub.ID) error
	Return(ctx context.Context, p access.Principal, task hub.ID, f ladder.Form, request []byte) (hub.OfficerReturn, error)
	Fetch(ctx context.Context, p access.Principal, task, document hub.ID) error
	HandOver(ctx context.Context, p access.Principal, notice hub.ID) error
}

// Tasks is what service officers read of the papers they carry. *reading.Reader implements it.
type Tasks interface {
	Tasks(ctx context.Context, p access.Principal, q reading.TaskQuery) (reading.TaskPage, error)
	Task(ctx context.Context, p access.Principal, task hub.ID) (hub.Carried, error)
	TaskPaper(ctx context.Context, p access.Principal, task hub.ID) (hub.Notice, error)
	TaskDocument(ctx context.Context, p access.Principal, task, document hub.ID) (hub.Document, []byte, error)
}

// OfficerTask is a paper that an officer carries to its addressee.
type OfficerTask struct {
	ID         string          `json:"id" format:"uuid"`
	State      string          `json:"state" enum:"open,taken,returned,withdrawn"`
	Notice     CarriedNotice   `json:"notice"`
	Recipient  CarriedTo       `json:"recipient"`
	CreatedAt  time.Time       `json:"created_at" doc:"handed over: F.1"`
	DueAt      time.Time       `json:"due_at" doc:"when the return is expected"`
	TakenBy    string          `json:"taken_by,omitempty" format:"uuid"`
	TakenAt    *time.Time      `json:"taken_at,omitempty"`
	ReturnedAt *time.Time      `json:"returned_at,omitempty"`
	Withdrawn  *time.Time      `json:"withdrawn_at,omitempty"`
	Reason     string          `json:"reason,omitempty" doc:"why it was withdrawn"`
	Returns    []OfficerReturn `json:"returns,omitempty" doc:"oldest first; the last one counts"`
}

// CarriedNotice is the cover of a paper that is carried.
type CarriedNotice struct {
	ID        string        `json:"id" format:"uuid"`
	Number    string        `json:"number"`
	Kind      string        `json:"kind"`
	Branch    hub.BranchRef `json:"branch"`
	ArrivedAt time.Time     `json:"arrived_at"`
	Documents int           `json:"documents" doc:"how many there are to print"`
}

// CarriedTo is whom to bring a paper to; name and address only while the task is open or taken.
type CarriedTo struct {
	Kind     string `json:"kind" enum:"natural,legal"`
	Capacity string `json:"capacity"`
	Name     string `json:"name,omitempty"`
	Address  string `json:"address,omitempty"`
}

// OfficerReturn is an officer's report. It is final: a wrong one is corrected by another that names it.
type OfficerReturn struct {
	ID        string    `json:"id" format:"uuid"`
	Corrects  string    `json:"corrects,omitempty" format:"uuid"`
	Officer   string    `json:"officer" format:"uuid"`
	Name      string    `json:"officer_name,omitempty"`
	Outcome   string    `json:"outcome" enum:"to_person,to_household,to_manager,to_secretariat,refused,affixed,not_found,moved"`
	Relation  string    `json:"relation,omitempty"`
	Receiver  string    `json:"receiver,omitempty"`
	Place     string    `json:"place"`
	ServedAt  time.Time `json:"served_at"`
	DateWords string    `json:"date_words" doc:"the day in full letters, in Tehran"`
	Note      string    `json:"note,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// NewReturn is the body of POST /v1/officer-tasks/{id}/return.
type NewReturn struct {
	Outcome  hub.PaperOutcome `json:"outcome" enum:"to_person,to_household,to_manager,to_secretariat,refused,affixed,not_found,moved"`
	Relation hub.Relation     `json:"relation,omitempty" enum:"self,spouse,parent,child,sibling,relative,servant,manager,signatory,secretariat_head,other" doc:"of who received or refused it"`
	Receiver string           `json:"receiver,omitempty" maxLength:"200" doc:"their name; not needed for the addressee in person"`
	Place    string           `json:"place" minLength:"1" maxLength:"500"`
	ServedAt time.Time        `json:"served_at"`
	Note     string           `json:"note,omitempty" maxLength:"1000"`
	Corrects hub.ID           `json:"corrects,omitzero" format:"uuid" doc:"the return of this task that was wrong"`
}

// CarriedPaper is what a paper says, to the officer who carries it.
type CarriedPaper struct {
	Notice    CarriedNotice `json:"notice"`
	Case      Case          `json:"case"`
	Capacity  string        `json:"capacity"`
	Subject   string        `json:"subject"`
	Body      string        `json:"body,omitempty"`
	HearingAt *time.Time    `json:"hearing_at,omitempty"`
	Documents []Document    `json:"documents"`
}

func viewTask(c hub.Carried) OfficerTask {
	t := c.Task
	out := OfficerTask{
		ID: t.ID.String(), State: string(t.State), CreatedAt: t.CreatedAt.UTC(), DueAt: t.DueAt.UTC(), TakenBy: idText(t.TakenBy),
		TakenAt: moment(t.TakenAt), ReturnedAt: moment(t.ReturnedAt), Withdrawn: moment(t.WithdrawnAt), Reason: string(t.Reason),
		Notice: CarriedNotice{c.Cover.ID.String(), c.Cover.Number, string(c.Cover.Kind), c.Cover.Branch, c.Cover.ArrivedAt.UTC(),
			c.Documents},
		Recipient: CarriedTo{string(c.RecipientKind), string(c.Capacity), c.Name, c.Address},
	}
	for _, r := range t.Returns {
		out.Returns = append(out.Returns, viewReturn(r))
	}
	return out
}

func viewReturn(r hub.OfficerReturn) OfficerReturn {
	return OfficerReturn{r.ID.String(), idText(r.Corrects), r.Officer.String(), r.Name, string(r.Outcome), string(r.Relation),
		r.Receiver, r.Place, r.ServedAt.UTC(), r.DateWords, r.Note, r.CreatedAt.UTC()}
}

type taskQuery struct {
	PageQuery
	State string `query:"state" enum:"open,taken,returned,withdrawn" doc:"what is left to do, open and taken, when not given"`
}

type taskDocumentPath struct {
	PathID
	DocumentID string `path:"document_id"`
}

type newReturnIn struct {
	PathID
	Body Body[NewReturn]
}

func (a *api) addOfficerTasks() {
	task := route{tag: "officers", who: permitted, action: access.TaskWork}
	list, one, take, paper, back, document, hand := task, task, task, task, task, task, task
	list.method, list.path, list.id = http.MethodGet, "/v1/officer-tasks", "listOfficerTasks"
	list.summary = "Papers to carry, of one's own branch"
	list.about = "What is left to do comes oldest first, what is over newest first."
	add(a, list, a.listOfficerTasks)
	one.method, one.path, one.id = http.MethodGet, "/v1/officer-tasks/{id}", "getOfficerTask"
	one.summary = "A task with its returns"
	add(a, one, a.getOfficerTask)
	take.method, take.path, take.id = http.MethodPost, "/v1/officer-tasks/{id}/take", "takeOfficerTask"
	take.summary, take.refuses = "Take a task", []hub.Code{hub.CodeWrongState}
	take.about = "Taking one's own task again answers the same."
	add(a, take, a.takeOfficerTask)
	paper.method, paper.path, paper.id = http.MethodGet, "/v1/officer-tasks/{id}/paper", "getCarriedPaper"
	paper.summary, paper.refuses = "What the paper says, to print", []hub.Code{hub.CodeWrongState}
	paper.about = "Only to the officer who has taken the task. Each look is a receipt (D.6), and never the addressee's."
	add(a, paper, a.getCarriedPaper)
	document.method, document.path, document.id = http.MethodGet, "/v1/officer-tasks/{id}/documents/{document_id}", "getCarriedDocument"
	document.summary, document.about, document.refuses = "A document of the paper, to print", paper.about, paper.refuses
	add(a, document, a.getCarriedDocument)
	content := map[string]*huma.MediaType{}
	for _, t := range payloadDocument.mediaTypes() {
		content[t] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	a.documented(document).Responses["200"].Content = content
	back.method, back.path, back.id = http.MethodPost, "/v1/officer-tasks/{id}/return", "returnOfficerTask"
	back.payload, back.creates, back.status, back.refuses = payloadJSON, true, http.StatusCreated, take.refuses
	back.summary = "Report what became of the paper"
	back.about = "A return is final (F.3). A wrong one is corrected by another that names it in `corrects`. It never changes " +
		"the answer of the law: service happened when the notice arrived."
	add(a, back, a.returnOfficerTask)
	hand.method, hand.path, hand.id = http.MethodPost, "/v1/notices/{id}/hand-over", "handOverNotice"
	hand.tag, hand.action, hand.refuses = "notices", access.NoticeSubmit, take.refuses
	hand.summary = "Give an unopened notice to the officers now"
	hand.about = "For kinds that an officer carries, before the day on which the ladder would."
	add(a, hand, a.handOverNotice)
}

func (a *api) listOfficerTasks(ctx context.Context, in *taskQuery) (*answer[Page[OfficerTask]], error) {
	page, err := a.deps.Reader.Tasks(ctx, caller(ctx), reading.TaskQuery{
		State: hub.TaskState(in.State), After: in.After, Limit: in.limit()})
	if err != nil {
		return nil, inQuery(err)
	}
	return pageOf(page.Items, page.Next, viewTask), nil
}

func (a *api) getOfficerTask(ctx context.Context, in *PathID) (*answer[OfficerTask], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	c, err := a.deps.Reader.Task(ctx, caller(ctx), id)
	if err != nil {
		return nil, err
	}
	return &answer[OfficerTask]{viewTask(c)}, nil
}

func (a *api) takeOfficerTask(ctx context.Context, in *PathID) (*answer[OfficerTask], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	if err := a.deps.Ladder.Take(ctx, caller(ctx), id); err != nil {
		return nil, err
	}
	return a.getOfficerTask(ctx, in)
}

func (a *api) getCarriedPaper(ctx context.Context, in *PathID) (*answer[CarriedPaper], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	// D.6 is committed before a word of the paper is read.
	if err := a.deps.Ladder.Fetch(ctx, caller(ctx), id, hub.ID{}); err != nil {
		return nil, err
	}
	n, err := a.deps.Reader.TaskPaper(ctx, caller(ctx), id)
	if err != nil {
		return nil, err
	}
	return &answer[CarriedPaper]{CarriedPaper{
		Notice: CarriedNotice{n.ID.String(), n.Number, string(n.Kind), hub.BranchRef{ID: n.Branch.ID, Name: n.Branch.Name},
			n.ArrivedAt.UTC(), len(n.Documents)},
		Case: viewCase(n), Capacity: string(n.Capacity), Subject: n.Subject, Body: n.Body, HearingAt: moment(n.HearingAt),
		Documents: viewDocuments(n.Documents),
	}}, nil
}

func (a *api) getCarriedDocument(ctx context.Context, in *taskDocumentPath) (*documentOut, error) {
	task, err := in.id()
	if err != nil {
		return nil, err
	}
	document, err := readID(in.DocumentID)
	if err != nil {
		return nil, err
	}
	if err := a.deps.Ladder.Fetch(ctx, caller(ctx), task, document); err != nil {
		return nil, err
	}
	d, content, err := a.deps.Reader.TaskDocument(ctx, caller(ctx), task, document)
	if err != nil {
		return nil, err
	}
	return outDocument(d, content), nil
}

func (a *api) returnOfficerTask(ctx context.Context, in *newReturnIn) (*created[OfficerReturn], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	n, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	kept, err := a.deps.Ladder.Return(ctx, caller(ctx), id, ladder.Form(n), callFrom(ctx).idempotent)
	if err != nil {
		return nil, err
	}
	return createdAt("/v1/officer-tasks/"+id.String(), viewReturn(kept)), nil
}

func (a *api) handOverNotice(ctx context.Context, in *PathID) (*answer[Notice], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	if err := a.deps.Ladder.HandOver(ctx, caller(ctx), id); err != nil {
		return nil, err
	}
	return a.notice(ctx, id)
}
