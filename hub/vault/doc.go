// Package vault keeps what is personal unreadable at rest, and still findable.
//
// All its secrets live in one key file, made at the first start and changed by an operator's word alone: a Tink keyset of
// AES-256-GCM keys that seals fields and documents, and HMAC keys. Ciphertext names the key that made it, so older
// ciphertext opens while a newer key seals; package rekey changes them. Each ciphertext is bound to a context
// ("contacts.mobile:" and the person's id): moved to another row or column it does not open.
//
// What is sealed cannot be searched, so the two things people are found by, national id and mobile, are also kept as a
// blind index: an HMAC that is equal for equal values and tells nothing without the key. One-time codes are an HMAC of
// their challenge's id, so that whoever holds the key file can recompute a code and no table or queue ever holds one.
// Personal codes are peppered before they are hashed: ten digits would not survive a stolen database by themselves.
//
// Whoever loses the key file loses every name and paper in the database: back it up apart from it.
package vault
