//! One request, from the permit to the account of it.

use std::time::Duration;

use futures::stream;
use hearth_chat::{Channel, ErrorKind, Event, EventStream, Finish, Outcome, Piece, Timing};
use hearth_egress::{Egress, Request, Response, Secret, Unsent};
use hearth_router::{NanoUsd, Permit};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, timeout, timeout_at},
};

use crate::{
    Account, Certainty, Failure, Prepared,
    retry::{self, Trouble},
    sse,
    wire::{self, Fault, Heard, Stop},
};

/// A provider's explanation of a refusal is short.
const LONGEST_REFUSAL: usize = 64 << 10;

/// How long a provider that has said everything may take to hang up.
const GOODBYE: Duration = Duration::from_millis(500);

/// Seconds of streaming below which the text came all at once, and how fast it was written is unknown.
const MEASURABLE: f64 = 0.02;

/// No token of any vocabulary stands for longer text, as an average over an answer.
const BYTES_A_TOKEN: u64 = 64;

/// A stream says each piece of text in an event, and thoughts and counts beside it: so many times its
/// length, and so many bytes for what comes with the shortest answer.
const STREAM_A_BYTE: u64 = 8;
const STREAM_BESIDE: u64 = 64 << 10;

/// Pieces that wait for a reader; then the provider waits too.
const PIECES_AHEAD: usize = 64;

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest silence, before the answer and within it.
    pub patience: Duration,
    /// From the question to the end of the answer.
    pub whole: Duration,
    /// Whether a request that nobody took may be sent again.
    pub retry: bool,
}

impl Default for Limits {
    fn default() -> Self {
        // Models that think first are silent for long.
        // The slowest server of one's own writes a token a second.
        Self {
            patience: Duration::from_secs(60),
            whole: Duration::from_secs(2 * 3600),
            retry: true,
        }
    }
}

/// An answer that is coming.
pub struct Answering {
    /// Ends with `Finished` or an error. Dropping it cuts the connection.
    pub events: EventStream,
    /// Comes once the answer has ended or `events` was dropped, always.
    pub account: oneshot::Receiver<Account>,
}

/// Sends what was permitted, and streams what comes back.
pub fn answer(
    egress: Egress,
    permit: Permit,
    prepared: Prepared,
    secret: Option<Secret>,
    limits: Limits,
) -> Answering {
    let (events, received) = mpsc::channel(PIECES_AHEAD);
    let (told, account) = oneshot::channel();
    tokio::spawn(async move {
        let mut run = Run::new(prepared, secret, limits);
        let ended = tokio::select! {
            biased;
            () = events.closed() => None,
            ended = run.go(&egress, permit, &events) => Some(ended),
        };
        let account = run.account(ended);
        let last = match &account.failure {
            None => Ok(Event::Finished(outcome(&run.prepared.name, &account))),
            Some(failure) => Err(hearth_chat::Error::new(ErrorKind::Remote, failure.to_string())),
        };
        // First the account, because whoever has read the last event asks for it at once.
        let _ = told.send(account);
        let _ = events.send(last).await;
    });
    let events = stream::unfold(received, |mut received| async {
        received.recv().await.map(|event| (event, received))
    });
    Answering { events: Box::pin(events), account }
}

fn outcome(name: &str, account: &Account) -> Outcome {
    Outcome {
        finish: account.finish,
        usage: account.usage.map(Into::into).unwrap_or_default(),
        timing: account.timing,
        confidence: None,
        speculation: None,
        backend: name.to_owned(),
        device: None,
        peak_rss_bytes: None,
    }
}

type Events = mpsc::Sender<Result<Event, hearth_chat::Error>>;

/// A request under way.
struct Run {
    prepared: Prepared,
    secret: Option<Secret>,
    limits: Limits,
    heard: Heard,
    bytes_sent: u64,
    bytes_received: u64,
    /// Of the answer and its thought.
    text_bytes: u64,
    /// Somebody may charge for it.
    taken: bool,
    asked: Instant,
    first_text: Option<Instant>,
    last_text: Option<Instant>,
}

impl Run {
    fn new(prepared: Prepared, secret: Option<Secret>, limits: Limits) -> Self {
        Self {
            prepared,
            secret,
            limits,
            heard: Heard::default(),
            bytes_sent: 0,
            bytes_received: 0,
            text_bytes: 0,
            taken: false,
            asked: Instant::now(),
            first_text: None,
            last_text: None,
        }
    }

    async fn go(
        &mut self,
        egress: &Egress,
        permit: Permit,
        events: &Events,
    ) -> Result<(), Failure> {
        let response = self.begin(egress, permit).await?;
        if !response
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/event-stream"))
        {
            return Err(Failure::Malformed { name: self.name() });
        }
        match timeout_at(self.asked + self.limits.whole, self.read(response, events)).await {
            Ok(ended) => ended,
            Err(_) => Err(self.endless("took longer than any answer")),
        }
    }

    /// It was asked for an answer with an end.
    fn endless(&self, what: &'static str) -> Failure {
        Failure::Endless { name: self.name(), what }
    }

    fn longest_text(&self) -> u64 {
        u64::from(self.prepared.max_output()).saturating_mul(BYTES_A_TOKEN)
    }

    fn longest_stream(&self) -> u64 {
        self.longest_text().saturating_mul(STREAM_A_BYTE).saturating_add(STREAM_BESIDE)
    }

    /// Sends until somebody takes the question.
    async fn begin(&mut self, egress: &Egress, mut permit: Permit) -> Result<Response, Failure> {
        let mut done = 0;
        loop {
            // Until the outcome is known, the provider may have read the question.
            self.taken = true;
            self.bytes_sent += self.prepared.body().len() as u64;
            done += 1;
            let request = Request {
                url: self.prepared.url.clone(),
                headers: self.prepared.headers(),
                body: self.prepared.body().to_vec(),
                secret: self.secret.clone(),
                patience: self.limits.patience,
            };
            let (failure, trouble, again) = match egress.send(permit, request).await {
                Ok(response) if response.is_success() => return Ok(response),
                Ok(mut response) => {
                    self.taken = false;
                    let (failure, trouble) = self.refusal(&mut response).await;
                    (failure, trouble, response.redeemed.map(|used| used.not_taken()))
                }
                Err(Unsent { error, permit }) => {
                    let unreachable = not_connected(&error);
                    if unreachable {
                        self.taken = false;
                        self.bytes_sent -= self.prepared.body().len() as u64;
                    }
                    let again = permit.filter(|_| unreachable);
                    (error.into(), unreachable.then_some(Trouble::Unreachable), again)
                }
            };
            let pause = trouble
                .filter(|_| self.limits.retry)
                .and_then(|trouble| retry::pause(trouble, done, rand::random()));
            match (again, pause) {
                (Some(same), Some(pause)) => {
                    permit = same;
                    // Whether it may be repeated is looked at again when it is sent; what has changed
                    // need not be waited for.
                    tokio::select! {
                        () = egress.revoked(permit.lease()) => {}
                        () = sleep(pause) => {}
                    }
                }
                _ => return Err(failure),
            }
        }
    }

    /// What a status other than 2xx means, and whether trying again can help.
    async fn refusal(&self, response: &mut Response) -> (Failure, Option<Trouble>) {
        let name = self.name();
        let status = response.status;
        let wait = retry::retry_after(response.header("retry-after"));
        let said = response.body.read_all(LONGEST_REFUSAL).await.unwrap_or_default();
        let said = self.concealed(&String::from_utf8_lossy(&said));
        match status {
            401 => (Failure::Key { name }, None),
            402 => (Failure::Quota { name }, None),
            429 if said.contains("insufficient_quota") => (Failure::Quota { name }, None),
            429 => (Failure::Busy { name, retry_after: wait }, Some(Trouble::Busy(wait))),
            500.. => (Failure::Down { name, status }, Some(Trouble::Down)),
            _ => (Failure::Refused { name, status, said: wire::refusal(&said) }, None),
        }
    }

    async fn read(&mut self, mut response: Response, events: &Events) -> Result<(), Failure> {
        let (mut reader, mut messages) = (sse::Reader::default(), Vec::new());
        while let Some(chunk) = response.body.chunk().await {
            let chunk = chunk?;
            self.bytes_received += chunk.len() as u64;
            if self.bytes_received > self.longest_stream() {
                return Err(self.endless("sent more than any answer has"));
            }
            let malformed = reader.push(&chunk, &mut messages).is_err();
            for message in messages.drain(..) {
                self.hear(&message, events).await?;
            }
            if malformed {
                return Err(Failure::Malformed { name: self.name() });
            }
            if self.heard.complete && self.prepared.wire != wire::Wire::Gemini {
                // Nothing more is said, but an end that is read lets the connection be noted as ended.
                let rest =
                    async { while response.body.chunk().await.is_some_and(|c| c.is_ok()) {} };
                let _ = timeout(GOODBYE, rest).await;
                break;
            }
        }
        match self.heard.stop {
            _ if !self.heard.complete => Err(Failure::BrokeOff { name: self.name() }),
            Some(Stop::Refused) => Err(Failure::Declined { name: self.name() }),
            _ => Ok(()),
        }
    }

    async fn hear(&mut self, message: &sse::Message, events: &Events) -> Result<(), Failure> {
        wire::hear(self.prepared.wire, message, &mut self.heard).map_err(|fault| match fault {
            Fault::Malformed => Failure::Malformed { name: self.name() },
            Fault::Reported(said) => {
                Failure::Reported { name: self.name(), said: self.concealed(&said) }
            }
        })?;
        let thought = std::mem::take(&mut self.heard.thought);
        self.tell(Channel::Thought, thought, events).await?;
        let text = std::mem::take(&mut self.heard.text);
        self.tell(Channel::Answer, text, events).await
    }

    async fn tell(
        &mut self,
        channel: Channel,
        mut text: String,
        events: &Events,
    ) -> Result<(), Failure> {
        if text.is_empty() {
            return Ok(());
        }
        let now = Instant::now();
        self.first_text.get_or_insert(now);
        self.last_text = Some(now);
        let room = self.longest_text() - self.text_bytes;
        let fits = text.floor_char_boundary(usize::try_from(room).unwrap_or(usize::MAX));
        let is_longer = fits < text.len();
        text.truncate(fits);
        self.text_bytes += fits as u64;
        // A reader that is gone is noticed by whoever runs this.
        let piece = Piece { channel, text, tokens: Vec::new() };
        let _ = events.send(Ok(Event::Text(piece))).await;
        if is_longer { Err(self.endless("wrote more than it was asked for")) } else { Ok(()) }
    }

    /// `None` when nobody wanted to hear the rest.
    fn account(&self, ended: Option<Result<(), Failure>>) -> Account {
        let finish = match (&ended, self.heard.stop) {
            (None, _) => Finish::Cancelled,
            (Some(Err(_)), _) => Finish::Failed,
            (Some(Ok(())), Some(Stop::Length)) => Finish::Length,
            (Some(Ok(())), _) => Finish::Stop,
        };
        let told = self.heard.usage.filter(|usage| self.heard.complete && usage.is_believable());
        let (cost, certainty) = match told {
            _ if !self.taken => (NanoUsd::ZERO, Certainty::Exact),
            Some(usage) => (NanoUsd(self.prepared.price.cost(&usage)), Certainty::Exact),
            None => {
                let most = self.prepared.worst_case();
                // Nothing is the most that the user's own machine charges, and that is exact.
                let free = most == NanoUsd::ZERO;
                (most, if free { Certainty::Exact } else { Certainty::UpperBound })
            }
        };
        Account {
            finish,
            usage: told,
            cost,
            certainty,
            bytes_sent: self.bytes_sent,
            bytes_received: self.bytes_received,
            timing: self.timing(told.map(|usage| usage.completion())),
            failure: ended.and_then(Result::err),
        }
    }

    fn timing(&self, tokens: Option<u64>) -> Timing {
        let Some((first, last)) = self.first_text.zip(self.last_text) else {
            return Timing::default();
        };
        let after_first = tokens.and_then(|tokens| tokens.checked_sub(1)).filter(|n| *n > 0);
        let took = (last - first).as_secs_f64();
        Timing {
            ttft_ms: Some((first - self.asked).as_secs_f64() * 1e3),
            decode_tok_s: after_first
                .filter(|_| took >= MEASURABLE)
                .map(|tokens| tokens as f64 / took),
            ..Timing::default()
        }
    }

    /// What the provider says is shown and kept, so the key must not be in it.
    fn concealed(&self, said: &str) -> String {
        self.secret.as_ref().map_or_else(|| said.to_owned(), |secret| secret.conceal(said))
    }

    fn name(&self) -> String {
        self.prepared.name.clone()
    }
}

/// The question certainly did not leave.
fn not_connected(error: &hearth_egress::Error) -> bool {
    use hearth_egress::Error as E;
    match error {
        E::Silent { .. } | E::Broken { .. } | E::Cut { .. } => false,
        E::NotAllowed { .. }
        | E::Changed { .. }
        | E::Peer { .. }
        | E::Permit { .. }
        | E::Address { .. }
        | E::Unencrypted { .. }
        | E::Redirect { .. }
        | E::Proxy
        | E::Log { .. }
        | E::Unreachable { .. }
        | E::Tls { .. } => true,
    }
}
