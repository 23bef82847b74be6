package enrol

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"eblagh/hub"
	"eblagh/hub/access"
)

const (
	factorStep    = 30 // seconds, RFC 6238 §5.2
	secretBytes   = 20 // as long as SHA-1's output, RFC 4226 §4 R6
	recoveryCodes = 10
	recoveryBytes = 10 // 80 bits each: nobody guesses one, so one HMAC keeps it
)

// NewFactor is a second factor on its way into use: what an authenticator program has to know. It is shown until it is
// in use, and never after.
type NewFactor struct {
	Secret string // base32
	URI    string // otpauth://, for a QR code
}

// BeginFactor makes a new secret for who is signed in. It counts from ConfirmFactor on; until then a former try is
// forgotten. Staff who have none yet may do this and nothing else.
// Errors: wrong-state when a second factor is in use; unauthorized.
func (e *Enroller) BeginFactor(ctx context.Context, p access.Principal) (NewFactor, error) {
	person := p.PersonID()
	if person.IsZero() {
		return NewFactor{}, errPeopleOnly
	}
	raw := make([]byte, secretBytes)
	_, _ = rand.Read(raw) // never fails
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
	if err := e.store.BeginFactor(ctx, person, e.vault.SealText(secret, "second_factors.secret:"+person.String())); err != nil {
		return NewFactor{}, err
	}
	return NewFactor{Secret: secret, URI: e.factorURI(secret)}, nil
}

// PendingFactor shows again what BeginFactor made and ConfirmFactor has not taken into use.
// Errors: wrong-state when there is none; unauthorized.
func (e *Enroller) PendingFactor(ctx context.Context, p access.Principal) (NewFactor, error) {
	person := p.PersonID()
	factor, err := e.store.SecondFactor(ctx, person)
	if err != nil {
		return NewFactor{}, err
	}
	if person.IsZero() || factor.Secret == nil || !factor.ConfirmedAt.IsZero() {
		return NewFactor{}, hub.Refuse(hub.CodeWrongState, "no second factor is being set up")
	}
	secret, err := e.vault.OpenText(factor.Secret, "second_factors.secret:"+person.String())
	return NewFactor{Secret: secret, URI: e.factorURI(secret)}, err
}

// factorURI names no person: several people's may stand in one authenticator, and its file may be anywhere.
func (e *Enroller) factorURI(secret string) string {
	return "otpauth://totp/Eblagh:" + e.mode + "?" + url.Values{"secret": {secret}, "issuer": {"Eblagh"}}.Encode()
}

// ConfirmFactor takes the new secret into use once its first code was given, and gives recovery codes, each good for
// one sign-in without the authenticator. They are shown once. The person is told by SMS.
// Errors: validation, for a wrong code; wrong-state when there is nothing to confirm; rate-limited; unauthorized.
func (e *Enroller) ConfirmFactor(ctx context.Context, p access.Principal, code string) ([]string, error) {
	person := p.PersonID()
	if person.IsZero() {
		return nil, errPeopleOnly
	}
	if err := e.admit(ctx, e.proofs(person)); err != nil {
		return nil, err
	}
	factor, err := e.store.SecondFactor(ctx, person)
	if err != nil {
		return nil, err
	}
	if factor.Secret == nil || !factor.ConfirmedAt.IsZero() {
		return nil, hub.Refuse(hub.CodeWrongState, "there is no second factor to confirm: begin with a new one")
	}
	step, err := e.stepOf(factor, person, code)
	if err != nil {
		return nil, err
	}
	if step == 0 {
		var wrong hub.Problems
		wrong.Add("/code", "wrong", "this is not the code that the authenticator shows now")
		return nil, wrong.Err()
	}
	plain, hashes := e.newRecoveryCodes(person)
	told, err := e.tell(ctx, hub.PurposeFactorChanged, person)
	if err != nil {
		return nil, err
	}
	if err := e.store.ConfirmFactor(ctx, person, step, hashes, told); err != nil {
		return nil, err
	}
	e.wake()
	return plain, nil
}

// RemoveFactor ends one's own second factor, which staff cannot do without. Who removes it has proved this moment who
// they are. Errors: confirmation-required; wrong-state for staff, and when there is none; unauthorized.
func (e *Enroller) RemoveFactor(ctx context.Context, p access.Principal) error {
	if p.PersonID().IsZero() {
		return errPeopleOnly
	}
	self, err := e.PersonPrincipal(ctx, p.PersonID()) // who acts for a company is staff meanwhile, too
	if err != nil {
		return err
	}
	if p.Staff() || self.Staff() {
		return hub.Refuse(hub.CodeWrongState, "staff cannot do without a second factor")
	}
	if err := e.Fresh(p); err != nil {
		return err
	}
	return e.removeFactor(ctx, p.PersonID())
}

// ResetFactor lets an admin end the second factor of somebody who lost it, so that they can set up another.
// Errors: not-found, wrong-state, forbidden, unauthorized.
func (e *Enroller) ResetFactor(ctx context.Context, p access.Principal, person hub.ID) error {
	if _, err := access.Decide(p, access.StaffWrite, access.Object{Person: person}); err != nil {
		return err
	}
	if p.PersonID() == person {
		return hub.Refuse(hub.CodeForbidden, "another admin has to do this")
	}
	if err := e.store.Reaches(ctx, p, person); err != nil {
		return err
	}
	return e.removeFactor(ctx, person)
}

func (e *Enroller) removeFactor(ctx context.Context, person hub.ID) error {
	told, err := e.tell(ctx, hub.PurposeFactorChanged, person)
	if err != nil {
		return err
	}
	if err := e.store.RemoveFactor(ctx, person, told); err != nil {
		return err
	}
	e.wake()
	return nil
}

// HasFactor tells whether a second factor of the person is in use.
func (e *Enroller) HasFactor(ctx context.Context, p access.Principal) (bool, error) {
	factor, err := e.store.SecondFactor(ctx, p.PersonID())
	return !factor.ConfirmedAt.IsZero(), err
}

// spendFactor makes the Spend of a challenge that asks for the second factor: a code of the authenticator, or one of
// the recovery codes. Whether it was used before is decided in the transaction that uses it.
func (e *Enroller) spendFactor(ctx context.Context, challenge hub.ID, purpose hub.Purpose, person hub.ID, code string) (Spend, error) {
	s := Spend{Challenge: challenge, Purpose: purpose, Person: person}
	factor, err := e.store.SecondFactor(ctx, person)
	if err != nil || factor.ConfirmedAt.IsZero() {
		return s, err
	}
	if folded := foldRecovery(code); len(folded) == base32.StdEncoding.WithPadding(base32.NoPadding).EncodedLen(recoveryBytes) {
		s.Recovery, s.Right = e.recoveryHash(person, folded), true
		return s, nil
	}
	s.Step, err = e.stepOf(factor, person, code)
	s.Right = s.Step > 0
	return s, err
}

// stepOf finds the time step whose code this is, one before and one after the present one included (RFC 6238 §5.2).
// Steps up to the last one used do not count. 0: none.
func (e *Enroller) stepOf(factor StoredFactor, person hub.ID, code string) (int64, error) {
	secret, err := e.vault.OpenText(factor.Secret, "second_factors.secret:"+person.String())
	if err != nil {
		return 0, err
	}
	now, typed, found := e.clock().Unix()/factorStep, clean(code), int64(0)
	for step := now - 1; step <= now+1; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), factorOptions)
		if err != nil {
			return 0, fmt.Errorf("second factor: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(typed)) == 1 && step > factor.LastStep && found == 0 {
			found = step
		}
	}
	return found, nil
}

// FactorCode is what an authenticator with the secret shows at a moment. Errors: the secret is not base32.
func FactorCode(secret string, at time.Time) (string, error) {
	code, err := hotp.GenerateCodeCustom(secret, uint64(at.Unix()/factorStep), factorOptions)
	if err != nil {
		return "", fmt.Errorf("second factor: %w", err)
	}
	return code, nil
}

// factorOptions are what every authenticator program knows.
var factorOptions = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// newRecoveryCodes makes codes in groups of four, and what is kept of them.
func (e *Enroller) newRecoveryCodes(person hub.ID) (plain []string, hashes [][]byte) {
	for range recoveryCodes {
		raw := make([]byte, recoveryBytes)
		_, _ = rand.Read(raw) // never fails
		code := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw))
		hashes = append(hashes, e.recoveryHash(person, code))
		plain = append(plain, code[:4]+"-"+code[4:8]+"-"+code[8:12]+"-"+code[12:])
	}
	return plain, hashes
}

func (e *Enroller) recoveryHash(person hub.ID, folded string) []byte {
	return e.keyed(person, "recovery "+folded)
}

// keyed is the digest of a text under the pepper, by which it is known again and from which it cannot be read.
func (e *Enroller) keyed(owner hub.ID, text string) []byte {
	hash, err := hex.DecodeString(e.vault.Pepper(owner, text))
	if err != nil {
		panic(err) // Pepper gives hex
	}
	return hash
}

// foldRecovery drops what people add when they copy a code, and takes digits that base32 has not for the letters they
// were mistaken for.
func foldRecovery(code string) string {
	return strings.NewReplacer("-", "", "0", "o", "1", "l").Replace(strings.ToLower(clean(code)))
}

// freshFor is how long after proving who one is nothing needs to be proved again.
const freshFor = 5 * time.Minute

// Fresh refuses who has not proved within five minutes who they are. Errors: confirmation-required.
func (e *Enroller) Fresh(p access.Principal) error {
	if e.clock().Sub(p.SignedInAt) > freshFor {
		return hub.Refuse(hub.CodeConfirmation, "prove again who you are, then repeat this")
	}
	return nil
}

var errPeopleOnly = hub.Refuse(hub.CodeUnauthorized, "this is for people who are signed in")
