package web

import (
	"net/http"

	"eblagh/api/guard"
	"eblagh/api/signin/outside"
	"eblagh/hub"
	"eblagh/hub/trail"
)

// How large a body may be: a form, and a form with documents (three of the largest, or twenty usual ones).
const (
	formLimit     = 256 << 10
	documentsForm = 64 << 20
)

// route is one page or form.
type route struct {
	pattern string
	serve   func(*visit) error
	open    bool  // for visitors who are not signed in, too
	bare    bool  // also for staff who have yet to set up a second factor
	limited bool  // counted by address
	body    int64 // how large a body may be; 0: formLimit
}

// routes is everything that can be asked for.
func (s *site) routes() []route {
	return []route{
		{pattern: "GET /{$}", serve: s.home, open: true},
		{pattern: "POST /language", serve: s.chooseLanguage, open: true},

		{pattern: "GET /sign-in", serve: s.signInForm, open: true},
		{pattern: "POST /sign-in", serve: s.beginSignIn, open: true, limited: true},
		{pattern: "GET /sign-in/code", serve: s.codeForm, open: true},
		{pattern: "POST /sign-in/code", serve: s.finishSignIn, open: true, limited: true},
		{pattern: "GET /sign-in/second", serve: s.factorCodeForm, open: true},
		{pattern: "POST /sign-in/second", serve: s.finishSecond, open: true, limited: true},
		{pattern: "GET /sign-in/outside", serve: s.beginOutside, open: true, limited: true},
		{pattern: "GET " + outside.Path, serve: s.finishOutside, open: true, limited: true},
		{pattern: "GET /activate", serve: s.activationForm, open: true},
		{pattern: "POST /activate", serve: s.activate, open: true, limited: true},
		{pattern: "POST /sign-out", serve: s.signOut, open: true},
		{pattern: "GET /account", serve: s.account},
		{pattern: "POST /account/exports", serve: s.askExport, limited: true},
		{pattern: "POST /account/sessions/revoke", serve: s.revokeOthers},
		{pattern: "POST /account/sessions/{session}/revoke", serve: s.revokeSession},
		{pattern: "GET /account/second-factor", serve: s.factorForm, bare: true},
		{pattern: "POST /account/second-factor", serve: s.beginFactor, bare: true},
		{pattern: "GET /account/second-factor/new", serve: s.newFactor, bare: true},
		{pattern: "POST /account/second-factor/new", serve: s.confirmFactor, bare: true, limited: true},
		{pattern: "POST /account/second-factor/remove", serve: s.removeFactor},
		{pattern: "GET /confirm", serve: s.confirmForm},
		{pattern: "POST /confirm", serve: s.beginConfirm, limited: true},
		{pattern: "GET /confirm/code", serve: s.confirmCodeForm},
		{pattern: "POST /confirm/code", serve: s.finishConfirm, limited: true},
		{pattern: "GET /confirm/personal", serve: s.personalForm},
		{pattern: "POST /confirm/personal", serve: s.confirmPersonal, limited: true},
		{pattern: "POST /acting", serve: s.act},

		{pattern: "GET /verify", serve: s.verifyForm, open: true},
		{pattern: "POST /verify", serve: s.verify, open: true, limited: true, body: documentsForm},

		{pattern: "GET /inbox", serve: s.inbox},
		{pattern: "GET /inbox/{notice}", serve: s.inboxItem},
		{pattern: "POST /inbox/{notice}/open", serve: s.openNotice},
		{pattern: "GET /inbox/{notice}/documents/{document}", serve: s.document},
		{pattern: "GET /inbox/{notice}/certificate", serve: s.certificate},

		{pattern: "GET /cases", serve: s.cases},
		{pattern: "POST /cases", serve: s.findCases},
		{pattern: "GET /cases/{case}", serve: s.caseItem},
		{pattern: "GET /cases/{case}/keeping", serve: s.keeping},
		{pattern: "POST /cases/{case}/kind", serve: s.classify},
		{pattern: "POST /cases/{case}/assignees", serve: s.assign},
		{pattern: "POST /cases/{case}/assignees/{person}/end", serve: s.unassign},
		{pattern: "POST /cases/{case}/legal-holds", serve: s.placeLegalHold},
		{pattern: "POST /cases/{case}/legal-holds/{hold}/lift", serve: s.liftLegalHold},
		{pattern: "POST /cases/{case}/attorneys", serve: s.registerAttorney},
		{pattern: "POST /cases/{case}/attorneys/{attorney}/end", serve: s.endAttorney},

		{pattern: "GET /lawyer", serve: s.lawyer},
		{pattern: "POST /lawyer", serve: s.findHeld},
		{pattern: "POST /lawyer/{attorney}/reference", serve: s.noteReference},
		{pattern: "GET /lawyer/notices/{notice}", serve: s.counselNotice},

		{pattern: "GET /representatives", serve: s.representativesList},
		{pattern: "POST /representatives", serve: s.appoint},
		{pattern: "POST /representatives/{representative}/end", serve: s.dismiss},

		{pattern: "GET /court", serve: s.notices},
		{pattern: "GET /court/new", serve: s.paperForm},
		{pattern: "POST /court/new", serve: s.submitPaper, body: documentsForm},
		{pattern: "GET /court/drafts", serve: s.drafts},
		{pattern: "GET /court/drafts/{draft}", serve: s.draft},
		{pattern: "POST /court/drafts/{draft}/approve", serve: s.approveDraft},
		{pattern: "POST /court/drafts/{draft}/return", serve: s.returnDraft},
		{pattern: "POST /court/drafts/{draft}/withdraw", serve: s.withdrawDraft},
		{pattern: "GET /court/drafts/{draft}/edit", serve: s.editDraft},
		{pattern: "POST /court/drafts/{draft}/edit", serve: s.resubmit, body: documentsForm},
		{pattern: "GET /court/drafts/{draft}/documents/{document}", serve: s.draftDocument},
		{pattern: "GET /court/four-eyes", serve: s.fourEyes},
		{pattern: "POST /court/four-eyes/{organisation}", serve: s.changeFourEyes},
		{pattern: "GET /court/notices/{notice}", serve: s.notice},
		{pattern: "GET /court/notices/{notice}/certificate", serve: s.certificate},

		{pattern: "POST /court/notices/{notice}/hand-over", serve: s.handOver},

		{pattern: "GET /officer", serve: s.tasks},
		{pattern: "GET /officer/{task}", serve: s.taskItem},
		{pattern: "POST /officer/{task}/take", serve: s.takeTask},
		{pattern: "POST /officer/{task}/return", serve: s.returnTask},
		{pattern: "GET /officer/{task}/paper", serve: s.taskPaper},
		{pattern: "GET /officer/{task}/documents/{document}", serve: s.taskDocument},

		{pattern: "GET /office", serve: s.enrolmentForm},
		{pattern: "POST /office", serve: s.enrol},
		{pattern: "POST /office/lookup", serve: s.lookup},
		{pattern: "GET /office/recipients/{recipient}", serve: s.recipient},
		{pattern: "POST /office/recipients/{recipient}/activation", serve: s.sendActivation},
		{pattern: "POST /office/recipients/{recipient}/recovery", serve: s.recoverCode},
		{pattern: "POST /office/recipients/{recipient}/representatives", serve: s.officeAppoint},
		{pattern: "POST /office/recipients/{recipient}/representatives/{representative}/end", serve: s.officeDismiss},

		{pattern: "GET /looks", serve: s.looks},
		{pattern: "GET /inbox/{notice}/looks", serve: s.noticeLooks},
		{pattern: "GET /trail", serve: s.searchTrail},
		{pattern: "POST /trail", serve: s.askTrail},
		{pattern: "GET /keys", serve: s.keys},
		{pattern: "POST /keys/{key}/rotate", serve: s.rotateKey},
		{pattern: "POST /keys/{key}/revoke", serve: s.revokeKey},

		{pattern: "GET /operator", serve: s.lanes},
		{pattern: "POST /operator/holds", serve: s.hold},
		{pattern: "POST /operator/holds/{hold}/release", serve: s.release},
		{pattern: "GET /operator/deliveries", serve: s.deliveries},
		{pattern: "POST /operator/deliveries", serve: s.findDelivery},
		{pattern: "GET /operator/deliveries/{delivery}", serve: s.delivery},
		{pattern: "POST /operator/deliveries/{delivery}/replay", serve: s.replay},
	}
}

// handler bounds the body, finds out who asks, and turns what the page returns into an error page.
func (s *site) handler(rt route) http.Handler {
	if rt.body == 0 {
		rt.body = formLimit
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, rt.body)
		trail.Of(r.Context()).Enter(rt.pattern, "", trail.Objects(rt.pattern, r.PathValue)...)
		if rt.body <= formLimit {
			guard.Hurry(w, r, guard.Slow)
		}
		if rt.limited && s.signIns.Over(w, r) {
			s.refuse(hub.CodeRateLimited)(w, r)
			return
		}
		v, err := s.visit(w, r)
		defer v.recover()
		if err == nil && !v.signedIn && !rt.open {
			v.askToSignIn()
			return
		}
		if err == nil && v.principal.Unready && !rt.open && !rt.bare {
			v.lead("/account/second-factor")
			return
		}
		if err == nil {
			err = rt.serve(v)
		}
		if hub.CodeOf(err) == hub.CodeConfirmation {
			v.askToConfirm(err)
			return
		}
		if err != nil {
			v.fail(err)
		}
	})
}
