//! The system's proxy is used for the cloud, and never for this machine.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;

use gears_console::client::{Client, ClientError, CloudSettings};
use gears_console::simulator::Simulator;

use crate::house::{options, settings};

/// Lives in a process of its own, because the proxy is told by the environment.
#[tokio::test]
#[ignore = "run by the test below"]
async fn with_a_proxy_in_the_environment() {
    let simulator = Simulator::start(options()).await.unwrap();
    let here = Client::new(settings(simulator.base_url(), simulator.credentials())).unwrap();
    assert!(here.account().await.is_ok());
    // So that TLS can be prepared on a machine without any authority of its own.
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, rcgen::generate_simple_self_signed(["x".to_owned()]).unwrap().cert.pem()).unwrap();
    let there = settings("https://cloud.invalid".parse().unwrap(), simulator.credentials());
    let there = Client::new(CloudSettings { ca_file: Some(ca_file), ..there }).unwrap();
    let refused = there.account().await.unwrap_err();
    assert!(matches!(refused, ClientError::Unreachable(_)), "{refused:?}");
    println!("all of it");
}

#[test]
fn the_systems_proxy_is_used_for_the_cloud_alone() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://anna:hush@{}", listener.local_addr().unwrap());
    let (tell, asked) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = [0; 1024];
        let read = stream.read(&mut asked).unwrap();
        tell.send(String::from_utf8_lossy(&asked[..read]).into_owned()).unwrap();
        let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
    });
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "proxy::with_a_proxy_in_the_environment", "--ignored", "--nocapture"]);
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(name, &proxy);
    }
    let output = child.env_remove("NO_PROXY").env_remove("no_proxy").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("all of it"), "{said}");
    assert!(!said.contains("hush"), "{said}");
    let asked = asked.recv_timeout(Duration::from_secs(10)).expect("the proxy was asked");
    assert!(asked.starts_with("CONNECT cloud.invalid:443 "), "{asked}");
}
