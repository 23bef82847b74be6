-- +goose Up
-- The head of an inbox changes with each arrival: with room beside it on its page no index has to know.
ALTER TABLE inbox_cursors SET (fillfactor = 40);
