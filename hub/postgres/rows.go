package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// tableRows are rows on their way into a table.
type tableRows struct {
	tableColumns
	values [][]any
}

// tableColumns are the columns of a table that are written, each as "name type".
type tableColumns struct {
	table        string
	names, types []string
	insert       string
}

func into(table string, columns ...string) tableColumns {
	t := tableColumns{table: table}
	var arrays, fields []string
	for i, column := range columns {
		name, kind, _ := strings.Cut(column, " ")
		t.names, t.types = append(t.names, name), append(t.types, kind)
		if field := name; asText(kind) {
			fields, kind = append(fields, field+"::"+kind), "text"
		} else {
			fields = append(fields, field)
		}
		arrays = append(arrays, fmt.Sprintf("$%d::%s[]", i+1, kind))
	}
	names := strings.Join(t.names, ", ")
	t.insert = "INSERT INTO " + table + " (" + names + ") SELECT " + strings.Join(fields, ", ") +
		" FROM unnest(" + strings.Join(arrays, ", ") + ") AS u (" + names + ")"
	return t
}

// asText reports whether values of a type go into an array of a statement as text: lists, for an array of lists would
// have to be even, and JSON.
func asText(kind string) bool { return kind == "jsonb" || strings.HasSuffix(kind, "[]") }

func (t tableColumns) rows(values [][]any) tableRows { return tableRows{t, values} }

// queue adds the rows to a batch, in one statement however many they are: what it costs to begin one is more than a row
// costs.
func (t tableRows) queue(b *pgx.Batch) error {
	if len(t.values) == 0 {
		return nil
	}
	arrays := make([]any, len(t.names))
	for c, kind := range t.types {
		array := make([]any, len(t.values))
		for r, row := range t.values {
			array[r] = row[c]
			if !asText(kind) || row[c] == nil {
				continue
			}
			text, err := json.Marshal(row[c])
			if err != nil {
				return fmt.Errorf("%s.%s: %w", t.table, t.names[c], err)
			}
			if array[r] = string(text); kind != "jsonb" { // a list of words or ids
				array[r] = "{" + strings.Trim(string(text), "[]") + "}"
			}
		}
		arrays[c] = array
	}
	b.Queue(t.insert, arrays...)
	return nil
}

// copier is a connection, or a transaction on it.
type copier interface {
	CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error)
}

// copy writes the rows by COPY, which is quicker for many.
func (t tableRows) copy(ctx context.Context, to copier) error {
	if len(t.values) == 0 {
		return nil
	}
	if _, err := to.CopyFrom(ctx, pgx.Identifier{t.table}, t.names, pgx.CopyFromRows(t.values)); err != nil {
		return fmt.Errorf("copy %s: %w", t.table, err)
	}
	return nil
}
