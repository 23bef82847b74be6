package smpp

import (
	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"eblagh/hub"
)

// verdict is what an answer means for a text.
type verdict struct {
	outcome hub.Outcome
	reason  hub.Reason
}

var (
	taken     = verdict{hub.OutcomeAccepted, hub.ReasonNone}
	later     = verdict{hub.OutcomeDeferred, hub.ReasonProvider}    // a fault there, or of the session
	never     = verdict{hub.OutcomeRejected, hub.ReasonProvider}    // the same request fails the same way again
	noNumber  = verdict{hub.OutcomeRejected, hub.ReasonBadNumber}   // nobody has it
	refused   = verdict{hub.OutcomeRejected, hub.ReasonBlocked}     // by the other side's will
	tooFast   = verdict{hub.OutcomeDeferred, hub.ReasonThrottled}   // slower
	noHandset = verdict{hub.OutcomeDeferred, hub.ReasonUnreachable} // for now
)

// statuses is every command_status of SMPP 3.4 §5.1.3. An answer other than 0 says that the part was not taken.
var statuses = map[data.CommandStatusType]verdict{
	data.ESME_ROK: taken, data.ESME_RINVMSGLEN: never, data.ESME_RINVCMDLEN: never, data.ESME_RINVCMDID: never,
	data.ESME_RINVBNDSTS: later, data.ESME_RALYBND: later, data.ESME_RINVPRTFLG: never,
	data.ESME_RINVREGDLVFLG: never, data.ESME_RSYSERR: later, data.ESME_RINVSRCADR: never,
	data.ESME_RINVDSTADR: noNumber, data.ESME_RINVMSGID: never, data.ESME_RBINDFAIL: later,
	data.ESME_RINVPASWD: later, data.ESME_RINVSYSID: later, data.ESME_RCANCELFAIL: never,
	data.ESME_RREPLACEFAIL: never, data.ESME_RMSGQFUL: later, data.ESME_RINVSERTYP: never,
	data.ESME_RINVNUMDESTS: never, data.ESME_RINVDLNAME: never, data.ESME_RINVDESTFLAG: never,
	data.ESME_RINVSUBREP: never, data.ESME_RINVESMCLASS: never, data.ESME_RCNTSUBDL: never,
	data.ESME_RSUBMITFAIL: later, data.ESME_RINVSRCTON: never, data.ESME_RINVSRCNPI: never,
	data.ESME_RINVDSTTON: noNumber, data.ESME_RINVDSTNPI: noNumber, data.ESME_RINVSYSTYP: never,
	data.ESME_RINVREPFLAG: never, data.ESME_RINVNUMMSGS: never, data.ESME_RTHROTTLED: tooFast,
	data.ESME_RINVSCHED: never, data.ESME_RINVEXPIRY: never, data.ESME_RINVDFTMSGID: never,
	data.ESME_RX_T_APPN: later, data.ESME_RX_P_APPN: never, data.ESME_RX_R_APPN: refused,
	data.ESME_RQUERYFAIL: later, data.ESME_RINVOPTPARSTREAM: never, data.ESME_ROPTPARNOTALLWD: never,
	data.ESME_RINVPARLEN: never, data.ESME_RMISSINGOPTPARAM: never, data.ESME_RINVOPTPARAMVAL: never,
	data.ESME_RDELIVERYFAILURE: noHandset, data.ESME_RUNKNOWNERR: later,
}

// judge gives what an answer to submit_sm means. A status beyond the standard is the operator's own: the text was not
// taken, and the retry plan decides how often it is worth another try. A nack never means success.
func judge(h pdu.Header) verdict {
	v, known := statuses[h.CommandStatus]
	if !known || v == taken && h.CommandID != data.SUBMIT_SM_RESP {
		return later
	}
	return v
}

// states is every message_state of SMPP 3.4 §5.2.28 with its word in a report's text.
var states = map[string]verdict{
	"ENROUTE": {hub.OutcomeAccepted, hub.ReasonNone},
	"DELIVRD": {hub.OutcomeDelivered, hub.ReasonNone},
	"EXPIRED": {hub.OutcomeRejected, hub.ReasonUnreachable},
	"DELETED": {hub.OutcomeRejected, hub.ReasonProvider},
	"UNDELIV": {hub.OutcomeRejected, hub.ReasonUnreachable},
	"ACCEPTD": {hub.OutcomeAccepted, hub.ReasonNone},
	"UNKNOWN": {hub.OutcomeUnknown, hub.ReasonProvider},
	"REJECTD": {hub.OutcomeRejected, hub.ReasonBlocked},
}

var stateWords = map[byte]string{
	data.SM_STATE_EN_ROUTE: "ENROUTE", data.SM_STATE_DELIVERED: "DELIVRD", data.SM_STATE_EXPIRED: "EXPIRED",
	data.SM_STATE_DELETED: "DELETED", data.SM_STATE_UNDELIVERABLE: "UNDELIV", data.SM_STATE_ACCEPTED: "ACCEPTD",
	data.SM_STATE_INVALID: "UNKNOWN", data.SM_STATE_REJECTED: "REJECTD",
}
