// Package enrol makes organisations and people exist, and lets people and systems in.
//
// There is one person per national id, natural or legal; what somebody may act as are grants on the person, at a branch
// or an office where the role has one. An office's clerk enrols a recipient after proof of identity, an admin adds
// staff: both ways the person gets an activation code by SMS, and is enrolled from the moment they redeem it for a
// personal code of their own. Then they have an inbox.
//
// Signing in takes the personal code and a one-time code. The first step answers alike, and works alike, whether or not
// there is such a person; only the second can fail. No code is ever stored: a challenge's id and a key give it, and the
// worker that sends the text recomputes it. Every code is used up by one success, five failures or two minutes. Who has
// a second factor (RFC 6238) gives its code as well; staff must have one. An identity provider outside may vouch for staff
// whom an admin bound to it (outside.go); that stands for the two codes, never for the second factor.
//
// Tries are counted in buckets that empty with time (limit.go), in the database, for all processes together. A full bucket
// delays and never locks. Who comes back to a device they signed in from has buckets of their own: what strangers try
// elsewhere cannot keep them out.
//
// A change of contact is a new row and the old ones are history. Who changes their own number proves first that they
// hold the new one. Systems come with keys, of which only the SHA-256 is kept.
//
// Everything personal is sealed by hub/vault before it goes to the store. What fails at the door is recorded as an
// incident, so that the hub can attest it later (bylaw 13 n.1).
package enrol
