package postgres

// SealedColumns lists the columns of a table that the rotation of keys knows, for a comparison with the schema.
func SealedColumns(table string) (names []string) {
	for _, t := range sealedTables() {
		if t.name != table {
			continue
		}
		for _, c := range t.columns {
			names = append(names, c.name)
		}
		if t.index != nil {
			names = append(names, t.index.slots[:]...)
		}
	}
	return names
}
