// Package queue carries claimed deliveries from the process that claimed them to whichever worker is free, over Redis.
// It is the only importer of asynq, and it asks little of it: a task is the ids of one lane, nothing else; it is never
// retried, kept, made unique or archived on purpose, because the rows in Postgres are the retry. A task that is lost
// (Redis wiped, a worker killed) costs nothing but time: its rows become due again by themselves.
//
// Lanes become asynq queues of the same name. They are served by crews, one per channel and pressure, so that a slow
// SMS provider holds up neither arrivals nor codes. While nothing happens, a single slow server looks at all lanes ten
// times a second; traffic in a crew's lanes starts a server beside it that looks every two milliseconds, a backlog
// starts another, and silence ends them.
//
// asynq asks again at once when Redis refuses to answer, which would burn a core for as long as Redis is away. Clients
// made by Dial therefore take a breath after a failed command that has no deadline, which is how asynq sends its own.
//
// Beside the tasks there is the Waker: a word over pub/sub that something is due, so that a submission in one process
// moves the pump of another at once.
package queue
