//! TLS: whom the client trusts. A door with a certificate stands before the simulator.

use std::net::SocketAddr;
use std::sync::Arc;

use gears_console::client::{Client, ClientError, CloudSettings};
use gears_console::simulator::Simulator;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::house::{options, settings};

struct Door {
    port: u16,
    ca_pem: String,
}

/// Listens with a certificate for `name` of a CA that was made for this, and passes everything on to `inner`.
async fn door(inner: SocketAddr, name: &str) -> Door {
    door_with(inner, CertificateParams::new([name.to_owned()]).unwrap()).await
}

/// As `door`, with this certificate.
async fn door_with(inner: SocketAddr, certificate: CertificateParams) -> Door {
    let mut ca = CertificateParams::new([]).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // Authorities of one name are taken for one another.
    ca.distinguished_name.push(DnType::CommonName, format!("authority of {:?}", certificate.subject_alt_names));
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = certificate.signed_by(&key, &ca).unwrap();
    let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((outer, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let (Ok(mut outer), Ok(mut inner)) = (acceptor.accept(outer).await, TcpStream::connect(inner).await)
                {
                    let _ = tokio::io::copy_bidirectional(&mut outer, &mut inner).await;
                }
            });
        }
    });
    Door { port, ca_pem: ca.pem() }
}

#[tokio::test]
async fn only_a_certificate_of_a_trusted_authority_for_the_right_name_is_taken() {
    let simulator = Simulator::start(options()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ask = async |door: &Door, ca: Option<&str>| {
        let url = format!("https://127.0.0.1:{}", door.port).parse().unwrap();
        let ca_file = ca.map(|pem| {
            let file = folder.path().join("ca.pem");
            std::fs::write(&file, pem).unwrap();
            file
        });
        let settings = CloudSettings { ca_file, ..settings(url, simulator.credentials()) };
        match Client::new(settings) {
            Ok(client) => client.account().await.map(|account| account.email.unwrap()),
            Err(error) => Err(error),
        }
    };
    let right = door(simulator.address(), "127.0.0.1").await;
    let other = door(simulator.address(), "gears.example.org").await;
    let mut ended = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    ended.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let ended = door_with(simulator.address(), ended).await;
    assert_eq!(ask(&right, Some(&right.ca_pem)).await, Ok("helpdesk@example.org".to_owned()));
    let asked = simulator.received().len();
    for (door, ca, words) in [
        (&right, Some(&*other.ca_pem), "--ca-file names one"),
        (&other, Some(&*other.ca_pem), "certificate"),
        (&ended, Some(&*ended.ca_pem), "is the clock of this machine right?"),
        // A machine without any authority says so before it connects.
        (&right, None, "ertificate"),
    ] {
        match ask(door, ca).await {
            Err(ClientError::Unreachable(why)) => assert!(why.contains(words), "{why}"),
            Err(ClientError::Settings(why)) => assert!(ca.is_none() && why.contains(words), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(simulator.received().len(), asked, "nothing was sent to whom is not trusted");
    for (pem, words) in [("no certificate", "no certificate"), ("", "no certificate")] {
        let Err(ClientError::Settings(why)) = ask(&right, Some(pem)).await else { panic!("{pem} was taken") };
        assert!(why.contains("ca.pem") && why.contains(words), "{why}");
    }
}
