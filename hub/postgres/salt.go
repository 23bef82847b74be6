package postgres

import (
	"crypto/rand"

	"eblagh/hub/ledger"
)

// salts gives so many receipts a salt each. The table would draw one for itself, which takes Postgres longer than to
// write the receipt.
func salts(n int) [][]byte {
	all, drawn := make([][]byte, n), make([]byte, n*ledger.SaltSize)
	_, _ = rand.Read(drawn) // crypto/rand.Read never fails
	for i := range all {
		all[i] = drawn[i*ledger.SaltSize : (i+1)*ledger.SaltSize : (i+1)*ledger.SaltSize]
	}
	return all
}

// newReceipts gives so many receipts to be filled in, of the form that is issued now.
func newReceipts(n int) []ledger.Receipt {
	all := make([]ledger.Receipt, n)
	salted(all)
	return all
}

// salted gives receipts a salt each, and the form that is issued now. It returns the salts.
func salted(all []ledger.Receipt) [][]byte {
	salts := salts(len(all))
	for i := range all {
		all[i].Form = ledger.Form
		copy(all[i].Salt[:], salts[i])
	}
	return salts
}
