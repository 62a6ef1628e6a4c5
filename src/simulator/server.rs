//! What is answered, and why.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use axum::{Router, serve as serve_http};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::faults::{Break, Cut, Fault, Hang, On};
use super::line::{Line, Lines};
use super::{KEY, Options, Received, SECRET};
use crate::model::Action;

/// The longest body that is read.
const LONGEST_BODY: usize = 1 << 20;

/// One simulated cloud.
pub struct Server {
    options: Options,
    pub state: Mutex<State>,
    stopped: watch::Sender<bool>,
}

/// What changes in it.
#[derive(Default)]
pub struct State {
    pub log: Vec<Received>,
    counted: VecDeque<Instant>,
    tokens: HashMap<String, Instant>,
    granted: u64,
    calls: HashMap<&'static str, usize>,
    used: Vec<usize>,
    exempt: HashSet<String>,
}

impl State {
    pub fn revoke(&mut self) {
        self.tokens.clear();
    }
}

/// An answer before it is spoiled.
struct Answer {
    status: u16,
    body: String,
    headers: HeaderMap,
}

impl Answer {
    fn json(status: u16, body: &Value) -> Self {
        Self { status, body: body.to_string(), headers: HeaderMap::new() }
    }

    fn error(status: u16, words: &str) -> Self {
        Self::json(status, &json!({"error": words}))
    }
}

/// What a request's body says.
#[derive(Default)]
struct Asked {
    action: Option<Action>,
    ids: Vec<String>,
    by_hwid: bool,
}

pub async fn serve(listener: TcpListener, server: Arc<Server>) {
    let mut stopped = server.stopped.subscribe();
    let router = Router::new().fallback(answer).with_state(server);
    let service = router.into_make_service_with_connect_info::<Line>();
    // Ends when it is told to; connections that are open end with their next answer.
    let stop = async move { drop(stopped.wait_for(|&stopped| stopped).await) };
    let _ = serve_http(Lines(listener), service).with_graceful_shutdown(stop).await;
}

async fn answer(
    Shared(server): Shared<Arc<Server>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    let mut stopped = server.stopped.subscribe();
    tokio::select! {
        biased;
        // Connections outlive the task that accepts them.
        _ = stopped.wait_for(|&stopped| stopped) => {
            line.reset();
            Response::new(Body::empty())
        }
        response = server.answer(&line, request) => response,
    }
}

impl Server {
    pub fn new(options: Options) -> Self {
        let state = State { used: vec![0; options.faults.fault.len()], ..State::default() };
        Self { options, state: Mutex::new(state), stopped: watch::Sender::new(false) }
    }

    pub fn stop(&self) {
        self.stopped.send_replace(true);
    }

    pub fn is_exempt(&self, id: &str) -> bool {
        self.lock().exempt.contains(id)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, line: &Line, request: Request) -> Response {
        let (at, when) = (Instant::now(), SystemTime::now());
        let (parts, body) = request.into_parts();
        let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
        let body = to_bytes(body, LONGEST_BODY).await.unwrap_or_default();
        let asked = read(&body);
        let on = match path.as_str() {
            "/o/oauth/token" => Some(On::Token),
            "/o/api/v2/devices/action" => Some(On::Action),
            "/o/api/v2/account" => Some(On::Account),
            _ => None,
        };
        let entry = Received {
            at,
            when,
            method: method.to_string(),
            path,
            action: asked.as_ref().ok().and_then(|asked| asked.action),
            ids: asked.as_ref().map(|asked| asked.ids.clone()).unwrap_or_default(),
            ran: false,
            status: None,
        };
        let (number, fault) = self.enter(entry, on);
        let fault = fault.unwrap_or_default();
        if fault.reset == Some(Break::Before) {
            line.reset();
            return Response::new(Body::empty());
        }
        let query = parts.uri.query().unwrap_or_default();
        let mut answer = match self.over_limit(at, fault.status.is_some()) {
            Some(answer) => answer,
            None => self.decide(number, on, &method, query, &parts.headers, &body, asked, &fault),
        };
        self.spoil(&mut answer, &fault);
        sleep(self.latency(number) + fault.delay()).await;
        if fault.hang == Some(Hang::Head) {
            std::future::pending::<()>().await;
        }
        if fault.reset == Some(Break::After) {
            line.reset();
            return Response::new(Body::empty());
        }
        if fault.cut == Some(Cut::Garbage) {
            line.garble();
            return Response::new(Body::empty());
        }
        self.lock().log[number].status = Some(answer.status);
        respond(answer, &fault)
    }

    /// Enters a request into the log; gives its number and what goes wrong with it.
    fn enter(&self, entry: Received, on: Option<On>) -> (usize, Option<Fault>) {
        let mut state = self.lock();
        let ids = entry.ids.clone();
        state.log.push(entry);
        let number = state.log.len() - 1;
        let Some(on) = on else { return (number, None) };
        let name = match on {
            On::Action => "action",
            On::Token => "token",
            On::Account => "account",
        };
        let nth = state.calls.entry(name).or_default();
        *nth += 1;
        let nth = *nth;
        let faults = &self.options.faults.fault;
        let fits = |&index: &usize| faults[index].fits(on, nth, &ids) && state.used[index] < faults[index].times();
        let fault = (0..faults.len()).find(fits);
        if let Some(index) = fault {
            state.used[index] += 1;
        }
        (number, fault.map(|index| faults[index].clone()))
    }

    /// Counts an arrival against the limit; the answer, if it is over. A request whose answer is scripted only counts.
    fn over_limit(&self, at: Instant, scripted: bool) -> Option<Answer> {
        let rate = self.options.rate;
        let mut state = self.lock();
        while state.counted.front().is_some_and(|&first| first + rate.window <= at) {
            state.counted.pop_front();
        }
        let is_over = state.counted.len() >= rate.requests as usize;
        if !is_over {
            state.counted.push_back(at);
        }
        let mut headers = HeaderMap::new();
        let left = rate.requests as usize - state.counted.len().min(rate.requests as usize);
        let reset = state.counted.front().map_or(Duration::ZERO, |&first| (first + rate.window) - at);
        headers.insert("x-ratelimit-limit", rate.requests.into());
        headers.insert("x-ratelimit-remaining", left.into());
        headers.insert("x-ratelimit-reset-time", reset.as_secs_f64().ceil().max(0.0).to_string().parse().ok()?);
        let mut answer = Answer::error(429, "rate limit exceeded");
        answer.headers = headers;
        (is_over && !scripted).then_some(answer)
    }

    #[expect(clippy::too_many_arguments, reason = "one request has so many parts")]
    fn decide(
        &self,
        number: usize,
        on: Option<On>,
        method: &Method,
        query: &str,
        headers: &HeaderMap,
        body: &Bytes,
        asked: Result<Asked, &'static str>,
        fault: &Fault,
    ) -> Answer {
        let wanted = if on == Some(On::Account) { Method::GET } else { Method::POST };
        let content_type = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let content_type = content_type.split(';').next().unwrap_or_default().trim();
        match on {
            None => Answer::error(404, "not found"),
            Some(_) if *method != wanted => Answer::error(405, "method not allowed"),
            Some(On::Token) if content_type != "application/x-www-form-urlencoded" => {
                Answer::error(415, "unsupported media type")
            }
            Some(On::Token) => self.grant(query, body),
            Some(_) if !self.knows_token(query) => {
                Answer::json(401, &json!({"error": "invalid_token", "error_description": token_words(query)}))
            }
            Some(On::Account) => Answer::json(
                200,
                &json!({
                    "name": "Example Helpdesk (simulated)", "email": "helpdesk@example.org",
                    "devices_allowed": 500, "devices_used": self.options.fleet.len(),
                }),
            ),
            Some(On::Action) if content_type != "application/json" => Answer::error(415, "unsupported media type"),
            Some(On::Action) => match asked {
                Err(words) => Answer::error(400, words),
                Ok(asked) if self.options.longest_list.is_some_and(|longest| asked.ids.len() > longest) => {
                    Answer::error(413, "the list is too long")
                }
                Ok(_) if fault.status.is_some_and(|status| status != 200) && !fault.runs => Answer::error(500, ""),
                Ok(asked) => self.act(number, &asked),
            },
        }
    }

    fn grant(&self, query: &str, body: &Bytes) -> Answer {
        let form = String::from_utf8_lossy(body);
        let is = |key: &str, value: &str| value_of(&form, key) == value;
        if query.contains("client_secret") || !is("grant_type", "client_credentials") {
            return Answer::error(400, "invalid_request");
        }
        if !is("client_id", KEY) || !is("client_secret", SECRET) {
            let body = json!({"error": "invalid_client", "error_description": "Bad client credentials"});
            return Answer::json(401, &body);
        }
        let mut state = self.lock();
        state.granted += 1;
        let token = format!("simulated-token+{:04}/{:016x}", state.granted, self.options.seed ^ state.granted);
        let lasts = self.options.token_lasts;
        state.tokens.insert(token.clone(), Instant::now() + lasts);
        let body =
            json!({"access_token": token, "token_type": "bearer", "expires_in": lasts.as_secs(), "scope": "read"});
        Answer::json(200, &body)
    }

    fn knows_token(&self, query: &str) -> bool {
        let token = token_of(query);
        self.lock().tokens.get(&token).is_some_and(|&end| Instant::now() < end)
    }

    /// Carries the command out.
    fn act(&self, number: usize, asked: &Asked) -> Answer {
        let Some(action) = asked.action else { return Answer::error(400, "types is missing") };
        let fleet = &self.options.fleet;
        let mut state = self.lock();
        let results: Vec<u8> = asked
            .ids
            .iter()
            .map(|id| {
                let known = if asked.by_hwid { fleet.by_hwid(id) } else { fleet.by_mac(id) };
                let Some(known) = known else { return 0 };
                match action {
                    Action::DhcpRenew => u8::from(fleet.has_agent(known)),
                    Action::ExemptAll => {
                        state.exempt.insert(id.clone());
                        1
                    }
                    Action::Unexempt => {
                        state.exempt.remove(id);
                        1
                    }
                }
            })
            .collect();
        state.log[number].ran = true;
        Answer::json(200, &json!({"result": results}))
    }

    fn spoil(&self, answer: &mut Answer, fault: &Fault) {
        if self.options.limit_headers && answer.headers.is_empty() {
            let rate = self.options.rate;
            let state = self.lock();
            let left = (rate.requests as usize).saturating_sub(state.counted.len());
            let first = state.counted.front().map_or(Duration::ZERO, |&first| (first + rate.window) - Instant::now());
            answer.headers.insert("x-ratelimit-limit", rate.requests.into());
            answer.headers.insert("x-ratelimit-remaining", left.into());
            answer.headers.insert("x-ratelimit-reset-time", first.as_secs().saturating_add(1).into());
        }
        if let Some(status) = fault.status {
            answer.status = status;
            if status != 200 {
                answer.body = String::new();
            }
        }
        if let Some(body) = &fault.body {
            answer.body.clone_from(body);
        }
        if let Some(json) = &fault.json {
            answer.body = json.to_string();
        }
        for (name, value) in &fault.headers {
            let Ok(name) = HeaderName::try_from(name) else { continue };
            answer.headers.remove(&name);
            if let (false, Ok(value)) = (value.is_empty(), HeaderValue::try_from(value)) {
                answer.headers.insert(name, value);
            }
        }
    }

    fn latency(&self, number: usize) -> Duration {
        let spread = (self.options.seed ^ number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        self.options.latency.mul_f64(0.5 + spread as f64 / f64::from(1 << 24))
    }
}

fn respond(answer: Answer, fault: &Fault) -> Response {
    let mut body = answer.body.into_bytes();
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = answer.headers;
    response.headers_mut().entry("content-type").or_insert(HeaderValue::from_static("application/json"));
    if fault.cut == Some(Cut::Oversize) {
        body.resize(body.len() + (2 << 20), b' ');
    }
    if fault.cut != Some(Cut::Half) && fault.hang != Some(Hang::Body) {
        *response.body_mut() = Body::from(body);
        return response;
    }
    response.headers_mut().insert("content-length", body.len().into());
    body.truncate(body.len() / 2);
    let first = futures::stream::once(std::future::ready(Ok(Bytes::from(body))));
    let hangs = fault.hang == Some(Hang::Body);
    let then = futures::stream::once(async move {
        // Let the first half leave.
        sleep(Duration::from_millis(20)).await;
        if hangs {
            std::future::pending::<()>().await;
        }
        Err::<Bytes, _>(std::io::Error::other("cut"))
    });
    *response.body_mut() = Body::from_stream(futures::StreamExt::chain(first, then));
    response
}

/// A value of a query or a form; empty if it is not there.
fn value_of(pairs: &str, key: &str) -> String {
    let url = reqwest::Url::parse(&format!("http://localhost/?{pairs}"));
    let mut pairs = url.iter().flat_map(reqwest::Url::query_pairs);
    pairs.find(|(name, _)| name == key).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn token_of(query: &str) -> String {
    value_of(query, "access_token")
}

/// Real servers put the token into their words, so this one does.
fn token_words(query: &str) -> String {
    format!("Invalid access token: {}", token_of(query))
}

/// What a command's body asks for, or why it is a bad request.
fn read(body: &Bytes) -> Result<Asked, &'static str> {
    let Ok(Value::Object(body)) = serde_json::from_slice(body) else { return Err("the body is no JSON object") };
    let list = |key: &str| -> Result<Option<Vec<String>>, &'static str> {
        let Some(value) = body.get(key) else { return Ok(None) };
        let texts = value.as_array().ok_or("a list is no list")?.iter().map(|id| id.as_str().map(str::to_owned));
        texts.collect::<Option<Vec<_>>>().map(Some).ok_or("a list holds something else than texts")
    };
    let types = body.get("types").and_then(Value::as_str).ok_or("types is missing")?;
    let action = Action::ALL.into_iter().find(|action| action.name() == types).ok_or("types names no action")?;
    let (ids, by_hwid) = match (list("MAC_list")?, list("HWID_list")?) {
        (Some(_), Some(_)) => return Err("both lists are given"),
        (None, None) => return Err("no list is given"),
        (Some(ids), None) => (ids, false),
        (None, Some(ids)) => (ids, true),
    };
    let opt = match body.get("opt") {
        None => 0,
        Some(opt) => opt.as_u64().ok_or("opt is no number")?,
    };
    if opt != u64::from(by_hwid) {
        return Err("opt does not agree with the list");
    }
    if ids.is_empty() {
        return Err("the list is empty");
    }
    Ok(Asked { action: Some(action), ids, by_hwid })
}
