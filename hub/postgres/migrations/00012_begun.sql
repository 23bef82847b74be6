-- +goose Up
-- Which call began an attempt. A caller whom the commit's answer never reached knows by it what it began and never sent.
ALTER TABLE attempts ADD COLUMN begun uuid;
