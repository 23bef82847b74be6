package hub

import "time"

// Purpose is what a one-time code is for, or what a text without one tells.
type Purpose string

// The purposes.
const (
	PurposeActivation    Purpose = "activation"     // enrol: take the account into use
	PurposeSignIn        Purpose = "sign_in"        // second step of signing in
	PurposeSecondFactor  Purpose = "second_factor"  // third step, for who has one: nothing is sent
	PurposeContactChange Purpose = "contact_change" // prove that one holds the new number
	PurposeConfirm       Purpose = "confirm"        // prove again who one is
	PurposeRecovery      Purpose = "recovery"       // choose another personal code, after proof of identity at an office

	// Texts that tell the person something and ask for no code.
	PurposeRecoveryBegun Purpose = "recovery_begun"
	PurposeRecoveryDone  Purpose = "recovery_done"
	PurposeFactorChanged Purpose = "second_factor_changed"
)

// Tells reports whether the purpose is that of a text without a code.
func (p Purpose) Tells() bool {
	return p == PurposeRecoveryBegun || p == PurposeRecoveryDone || p == PurposeFactorChanged
}

// Digits is the length of the code: one that lives for days is longer.
func (p Purpose) Digits() int {
	if p == PurposeActivation || p == PurposeRecovery {
		return 8
	}
	return 6
}

// Lifetime is how long a code is valid, and how long its text is of use.
func (p Purpose) Lifetime() time.Duration {
	switch {
	case p == PurposeActivation, p == PurposeRecovery:
		return 72 * time.Hour
	case p.Tells():
		return 24 * time.Hour
	}
	return 2 * time.Minute
}

// Factor is what somebody proves who they are with besides the personal code and the code by SMS.
type Factor string

// The factors.
const (
	FactorNone Factor = ""
	FactorTOTP Factor = "totp" // RFC 6238
)
