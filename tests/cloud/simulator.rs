//! What the simulated cloud refuses, so that a mistake of the client shows; and what comes with it.

use std::path::Path;

use gears_console::simulator::{Faults, KEY, Options, SECRET, Simulator, demo_list, fleet};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::house::options;

fn http() -> Client {
    // The program's own client chooses this by itself.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().tls_certs_only([]).build().unwrap()
}

async fn token(http: &Client, simulator: &Simulator) -> String {
    let form = [("client_id", KEY), ("client_secret", SECRET), ("grant_type", "client_credentials")];
    let url = simulator.base_url().join("/o/oauth/token").unwrap();
    let answer = http.post(url).form(&form).send().await.unwrap().text().await.unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn it_is_strict_about_the_wire() {
    let mut rate = options().rate;
    rate.requests = 100;
    let simulator = Simulator::start(Options { rate, ..options() }).await.unwrap();
    let http = http();
    let token = token(&http, &simulator).await;
    let device = fleet::devices().remove(0);
    let (mac, hwid) = (device.mac.to_string(), device.hwid.to_string());
    let send = async |method: Method, path: &str, token: &str, content_type: &str, body: String| {
        let mut url = simulator.base_url().join(path).unwrap();
        url.query_pairs_mut().append_pair("access_token", token);
        let answer = http.request(method, url).header("content-type", content_type).body(body).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    let action = "/o/api/v2/devices/action";
    for (body, status) in [
        (json!({"types": "dhcprenew", "MAC_list": [mac], "opt": 0}), 200),
        (json!({"types": "dhcprenew", "MAC_list": [mac]}), 200),
        (json!({"types": "unexempt", "HWID_list": [hwid], "opt": 1}), 200),
        (json!({"types": "dhcprenew", "MAC_list": [mac], "HWID_list": [hwid], "opt": 0}), 400),
        (json!({"types": "dhcprenew", "opt": 0}), 400),
        (json!({"types": "dhcprenew", "MAC_list": [mac], "opt": 1}), 400),
        (json!({"types": "dhcprenew", "HWID_list": [hwid], "opt": 0}), 400),
        (json!({"types": "dhcprenew", "HWID_list": [hwid]}), 400),
        (json!({"types": "reboot", "MAC_list": [mac], "opt": 0}), 400),
        (json!({"MAC_list": [mac], "opt": 0}), 400),
        (json!({"types": "dhcprenew", "MAC_list": [], "opt": 0}), 400),
        (json!({"types": "dhcprenew", "MAC_list": [7], "opt": 0}), 400),
        (json!({"types": "dhcprenew", "MAC_list": mac, "opt": 0}), 400),
        (json!([]), 400),
    ] {
        let (answered, words) = send(Method::POST, action, &token, "application/json", body.to_string()).await;
        assert_eq!(answered.as_u16(), status, "{body}: {words}");
    }
    let good = json!({"types": "dhcprenew", "MAC_list": [mac], "opt": 0}).to_string();
    for (method, path, token, content_type, status) in [
        (Method::POST, action, "wrong", "application/json", StatusCode::UNAUTHORIZED),
        (Method::GET, action, &token, "application/json", StatusCode::METHOD_NOT_ALLOWED),
        (Method::POST, action, &token, "text/plain", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (Method::POST, "/o/api/v2/device/action", &token, "application/json", StatusCode::NOT_FOUND),
        (Method::POST, "/o/api/v2/account", &token, "application/json", StatusCode::METHOD_NOT_ALLOWED),
        (Method::POST, "/o/oauth/token", &token, "application/json", StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        assert_eq!(send(method, path, token, content_type, good.clone()).await.0, status, "{path} {content_type}");
    }
    let odd = [&mac, &mac.to_uppercase(), &mac.replace(':', "-"), "00:00:00:00:00:01", "x"];
    let body = json!({"types": "exempt_all", "MAC_list": odd, "opt": 0}).to_string();
    let (status, answer) = send(Method::POST, action, &token, "application/json", body).await;
    assert_eq!((status, answer.as_str()), (StatusCode::OK, r#"{"result":[1,0,0,0,0]}"#));
    assert!(simulator.is_exempt(&gears_console::model::Id::Mac(device.mac)));
}

#[tokio::test]
async fn it_keeps_its_limit() {
    let simulator = Simulator::start(options()).await.unwrap();
    let http = http();
    let token = token(&http, &simulator).await;
    let mut url = simulator.base_url().join("/o/api/v2/account").unwrap();
    url.query_pairs_mut().append_pair("access_token", &token);
    for left in (0..9).rev() {
        let answer = http.get(url.clone()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["x-ratelimit-remaining"], left.to_string());
    }
    let answer = http.get(url).send().await.unwrap();
    assert_eq!(
        (answer.status(), &answer.headers()["x-ratelimit-remaining"]),
        (StatusCode::TOO_MANY_REQUESTS, &"0".parse().unwrap())
    );
    assert!(answer.headers().contains_key("x-ratelimit-reset-time"));
}

#[test]
fn the_sample_script_can_be_read_and_a_wrong_one_says_where() {
    let sample = Faults::load(Path::new("assets/faults.toml")).unwrap();
    assert!(sample.fault.len() > 5);
    let json = r#"{"fault": [{"status": 500, "times": 2}]}"#;
    assert_eq!(Faults::parse(json).unwrap().fault[0].status, Some(500));
    let wrong = Faults::parse("[[fault]]\nstatsu = 500\n").unwrap_err();
    assert!(wrong.contains("statsu"), "{wrong}");
    assert!(Faults::load(Path::new("assets/none.toml")).unwrap_err().contains("assets/none.toml"));
}

#[test]
fn the_sample_list_has_every_device_some_twice_and_one_mistake() {
    let list = demo_list();
    let mut lines = list.lines();
    assert_eq!(lines.next(), Some("mac,hwid,host,user,note"));
    let devices = fleet::devices();
    let named = |line: &str| {
        devices.iter().position(|device| line.contains(&device.mac.to_string()) || line.contains(device.hwid.as_str()))
    };
    let named: Vec<Option<usize>> = lines.map(named).collect();
    assert_eq!(named.iter().filter(|device| device.is_none()).count(), 1);
    assert!(named.len() > devices.len() + 2);
    assert!((0..devices.len()).all(|device| named.contains(&Some(device))));
}
