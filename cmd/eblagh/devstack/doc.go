// Package devstack gives the hub its own Postgres and Redis, for `eblagh dev` and for tests, so that a newcomer needs no
// servers and nobody's servers are touched.
//
// Each server is a child process with a folder of its own: its data, its log, and a lock that tells a folder in use from
// one left behind. The data stay, so that the next start resumes. A server that ends by itself is started again, with
// back-off. All of them end with the program, even when it is killed: the kernel signals them when the thread that
// started them is gone. Postgres refuses to run as root; as root both servers run as an unprivileged user.
//
// Servers listen on the loopback interface only, each on a free port which it keeps until Stop. Postgres wants a password
// there, made at first start, and trusts its Unix socket, which lies in a folder that only its owner may enter.
package devstack
