package hub

import "time"

// Purpose is what a one-time code is for.
type Purpose string

// The purposes.
const (
	PurposeActivation    Purpose = "activation"     // enrol: take the account into use
	PurposeSignIn        Purpose = "sign_in"        // second step of signing in
	PurposeContactChange Purpose = "contact_change" // prove that one holds the new number
	PurposeConfirm       Purpose = "confirm"        // prove again who one is
)

// Digits is the length of the code: an activation code lives for days, so it is longer.
func (p Purpose) Digits() int {
	if p == PurposeActivation {
		return 8
	}
	return 6
}

// Lifetime is how long a code is valid.
func (p Purpose) Lifetime() time.Duration {
	if p == PurposeActivation {
		return 72 * time.Hour
	}
	return 2 * time.Minute
}
