package postgres

import (
	"fmt"
	"strings"

	"eblagh/hub/vault"
)

// sealedTable says where ciphertext is in a table, what it is bound to, and which blind index is made of it. A column
// that is not listed here would be lost with its key: a test compares the list with the schema.
type sealedTable struct {
	name    string
	keys    []keyColumn    // the primary key, in the order of its index
	owner   string         // the column whose value ends every context
	columns []sealedColumn // at least one
	index   *sealedIndex   // nil: nobody is found by anything here
	batch   int            // rows at once, so that a batch has some megabytes at most
}

type keyColumn struct{ name, cast string }

type sealedColumn struct{ name, context string }

// sealedIndex is a pair of columns that keep a blind index of a sealed column.
type sealedIndex struct {
	kind  string
	of    int       // which of the columns
	slots [2]string // by the slot of the key
}

var byID = []keyColumn{{"id", "uuid"}}

// sealedTables is every ciphertext at rest.
func sealedTables() []sealedTable {
	return []sealedTable{
		{name: "persons", keys: byID, owner: "id", batch: 200, columns: []sealedColumn{{"national_id_ct", "persons.national_id:"},
			{"given_name_ct", "persons.given_name:"}, {"family_name_ct", "persons.family_name:"}, {"name_ct", "persons.name:"}},
			index: &sealedIndex{kind: vault.IndexNationalID, slots: [2]string{"national_id_index", "national_id_index_b"}}},
		{name: "contacts", keys: byID, owner: "person", batch: 200, columns: []sealedColumn{{"mobile_ct", "contacts.mobile:"},
			{"email_ct", "contacts.email:"}, {"address_ct", "contacts.address:"}},
			index: &sealedIndex{kind: vault.IndexMobile, slots: [2]string{"mobile_index", "mobile_index_b"}}},
		{name: "challenges", keys: byID, owner: "id", batch: 300,
			columns: []sealedColumn{{"mobile_ct", "challenges.mobile:"}, {"payload_ct", "challenges.payload:"}}},
		{name: "second_factors", keys: []keyColumn{{"person", "uuid"}}, owner: "person", batch: 300,
			columns: []sealedColumn{{"secret_ct", "second_factors.secret:"}}},
		{name: "idempotency_keys", keys: []keyColumn{{"owner", "uuid"}, {"key", "text"}}, owner: "owner", batch: 50,
			columns: []sealedColumn{{"answer_ct", "idempotency.answer:"}}},
		{name: "documents", keys: byID, owner: "id", batch: 300, columns: []sealedColumn{{"file_name_ct", "documents.file_name:"}}},
		{name: "document_bytes", keys: []keyColumn{{"document", "uuid"}}, owner: "document", batch: 1,
			columns: []sealedColumn{{"bytes_ct", "documents.bytes:"}}},
		{name: "cases", keys: byID, owner: "id", batch: 300, columns: []sealedColumn{{"subject_ct", "cases.subject:"}}},
		{name: "notices", keys: byID, owner: "id", batch: 200,
			columns: []sealedColumn{{"subject_ct", "notices.subject:"}, {"body_ct", "notices.body:"}}},
		{name: "drafts", keys: byID, owner: "id", batch: 50,
			columns: []sealedColumn{{"paper_ct", "drafts.paper:"}, {"reason_ct", "drafts.reason:"}}},
		{name: "attorney_references", keys: []keyColumn{{"attorney", "uuid"}}, owner: "attorney", batch: 300,
			columns: []sealedColumn{{"reference_ct", "attorney_references.reference:"}}},
		{name: "officer_returns", keys: byID, owner: "id", batch: 200, columns: []sealedColumn{
			{"receiver_ct", "officer_returns.receiver:"}, {"place_ct", "officer_returns.place:"}, {"note_ct", "officer_returns.note:"}}},
		{name: "certificates", keys: byID, owner: "id", batch: 10, columns: []sealedColumn{{"pdf_ct", "certificates.pdf:"}}},
	}
}

// selectBatch reads the rows after the cursor $1 that are sealed under one of the prefixes $2, or lack the index of slot,
// and locks those that nobody else has locked.
func (t sealedTable) selectBatch(begun bool, slot int) string {
	var fields, after, values, order []string
	for i, k := range t.keys {
		fields, order = append(fields, k.name+"::text"), append(order, k.name)
		after, values = append(after, k.name), append(values, fmt.Sprintf("($1::text[])[%d]::%s", i+1, k.cast))
	}
	fields = append(fields, t.owner+"::text")
	for _, c := range t.columns {
		fields = append(fields, c.name)
	}
	where := "$1::text[] IS NULL"
	if begun {
		where = "(" + strings.Join(after, ", ") + ") > (" + strings.Join(values, ", ") + ")"
	}
	return "SELECT " + strings.Join(fields, ", ") + " FROM " + t.name + " WHERE " + where + " AND (" + t.sealedUnder("$2") + t.lacks(slot) +
		") ORDER BY " + strings.Join(order, ", ") + fmt.Sprintf(" LIMIT %d FOR NO KEY UPDATE SKIP LOCKED", t.batch)
}

// sealedUnder asks whether any column was sealed under one of the prefixes.
func (t sealedTable) sealedUnder(prefixes string) string {
	parts := make([]string, len(t.columns))
	for i, c := range t.columns {
		parts[i] = "substring(" + c.name + " FOR 5) = ANY (" + prefixes + "::bytea[])"
	}
	return strings.Join(parts, " OR ")
}

// lacks asks whether the index of a slot is missing; slot -1 asks for none.
func (t sealedTable) lacks(slot int) string {
	if t.index == nil || slot < 0 {
		return ""
	}
	return " OR " + t.index.slots[slot] + " IS NULL AND " + t.columns[t.index.of].name + " IS NOT NULL"
}

// updateColumn puts new values ($2) in the place of those that begin with $3, of the rows with the keys $4 and so on.
func (t sealedTable) updateColumn(column string) string {
	from, as, on := []string{"$1::bytea[]", "$2::bytea[]"}, []string{"old", "new"}, []string{}
	for i, k := range t.keys {
		from = append(from, fmt.Sprintf("$%d::%s[]", i+3, k.cast))
		as, on = append(as, fmt.Sprintf("k%d", i)), append(on, fmt.Sprintf("t.%s = u.k%d", k.name, i))
	}
	return "UPDATE " + t.name + " t SET " + column + " = u.new FROM unnest(" + strings.Join(from, ", ") + ") AS u (" +
		strings.Join(as, ", ") + ") WHERE " + strings.Join(on, " AND ") + " AND "
}

// startOf is as much of a ciphertext as tells it from any other: the prefix and the nonce.
const startOf = 17
