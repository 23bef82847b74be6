// The one script of the pages. Its main work is the live nudge on the inbox: one websocket that says when a notice has arrived. The list itself is drawn by the
// server; this module asks htmx to fetch it again, and acknowledges a cursor only after the list that shows it is on
// the page. Without it the page works the same, on reload.

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;
const GOOD_SIGN = 10000; // a connection that held this long ends the back-off

/** One inbox on the page: keeps the cursor, the socket and the wait before the next try. */
class Live {
  constructor(cursor) {
    this.cursor = cursor; // the highest we were told of; where to resume
    this.shown = cursor; // the highest that the page shows
    this.tries = 0;
    this.stopped = false;
    this.fresh = false; // a list is being fetched
    this.proving = false; // the session of the last connection may be over
    this.connect();
  }

  connect() {
    clearTimeout(this.timer);
    if (this.stopped || !document.getElementById("inbox")) return;
    const url = new URL("/v1/live", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("after", this.cursor);
    this.hint = 0;
    this.since = Date.now();
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.addEventListener("message", (e) => this.take(JSON.parse(e.data)));
    socket.addEventListener("close", (e) => socket === this.socket && this.closed(e.code));
  }

  take(frame) {
    switch (frame.type) {
      case "hello":
        this.proving = false;
        tell("on");
        if (this.told) this.ack(); // the one before may have been lost with its connection
        break;
      case "notice":
        this.cursor = Math.max(this.cursor, frame.cursor);
        this.refresh();
        break;
      case "update":
        this.refresh();
        break;
      case "bye":
        this.hint = frame.retry_after_ms || 0;
        break;
    }
  }

  // Many notices at once are one fetch: what comes while a list is on its way is fetched with the next.
  refresh() {
    if (this.fresh) return;
    this.fresh = true;
    this.goal = this.cursor;
    setTimeout(() => {
      this.goal = this.cursor;
      const list = document.getElementById("inbox");
      if (list) htmx.trigger(list, "eblagh:arrived");
    }, 100);
  }

  // The list with everything up to goal is on the page.
  settled() {
    this.fresh = false;
    if (this.goal > this.shown) {
      this.shown = this.goal;
      announce();
      this.ack();
    }
    if (this.cursor > this.goal) this.refresh();
  }

  failed() {
    this.fresh = false;
    setTimeout(() => this.cursor > this.shown && this.refresh(), FIRST_WAIT + Math.random() * FIRST_WAIT);
  }

  ack() {
    this.told = true;
    if (this.socket.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify({ type: "ack", cursor: this.shown }));
    }
  }

  // 3500 and above mean: do not come back. Else back off, doubled each time and spread at random. 3004 asks who we are: if
  // we are not let in again either, the list is asked for, and leads to the sign-in page when the session is over.
  closed(code) {
    if (code >= 3500 && code < 4000) {
      this.stopped = true;
      tell("stopped");
      return;
    }
    tell("off");
    if (code === 3004) this.proving = true;
    else if (this.proving) this.refresh();
    if (Date.now() - this.since > GOOD_SIGN) this.tries = 0;
    const most = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.tries++);
    const wait = Math.max(this.hint, most / 2) + Math.random() * (most / 2);
    this.timer = setTimeout(() => this.connect(), wait);
  }

  // The machine woke up or the network is back: no reason to wait any longer.
  wake() {
    if (!this.stopped && this.socket.readyState === WebSocket.CLOSED) this.connect();
  }

  leave() {
    this.stopped = true;
    clearTimeout(this.timer);
    this.socket.close(1000);
  }
}

function tell(state) {
  const line = document.getElementById("live-state");
  if (!line) return;
  line.hidden = false;
  line.classList.toggle("on", state === "on");
  line.lastElementChild.textContent = line.getAttribute("data-said-" + state);
}

function announce() {
  const news = document.getElementById("live-news");
  if (!news) return;
  news.textContent = ""; // said again even if it is the same
  setTimeout(() => (news.textContent = news.dataset.text), 50);
}

let live = null;

function look() {
  const list = document.querySelector("#inbox[data-live]");
  if (list && !live) live = new Live(Number(list.dataset.live));
  if (!list && live) {
    live.leave();
    live = null;
  }
}

document.addEventListener("htmx:afterSettle", (e) => {
  look();
  // htmx gives the focus back to the field that had it; what is wrong with the form comes first.
  if (e.target.id === "page") document.querySelector(".note.bad[autofocus]")?.focus();
  if (live && e.target.id === "inbox") live.settled();
});
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (e) => live && e.target.id === "inbox" && live.failed());
}
// The court's page of one notice refreshes itself; what is new there is said aloud as well.
document.addEventListener("htmx:afterSettle", (e) => {
  const last = e.target.id === "watch" && e.target.querySelector(".timeline li:last-child .what");
  const news = document.getElementById("watch-news");
  if (last && news && news.textContent !== last.textContent) news.textContent = last.textContent;
});
addEventListener("online", () => live && live.wake());
document.addEventListener("visibilitychange", () => !document.hidden && live && live.wake());
addEventListener("pagehide", () => live && live.socket.close(1000));
addEventListener("pageshow", (e) => e.persisted && live && live.connect());
look();
