//! Certificates for https: made on the spot, or the user's own files.

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use std::fs::File;
use std::io::Read;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject};
use tokio_rustls::rustls::{Error, ServerConfig};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Longer ones are refused by Apple's browsers.
const VALID: Duration = Duration::from_secs(365 * DAY.as_secs());
/// No certificate or key is larger.
const MOST: u64 = 1 << 20;

/// A certificate that holds from yesterday for a year, for `localhost`, the host that is listened on and `addresses`.
pub fn made_here(host: &str, addresses: &[IpAddr]) -> Result<Arc<ServerConfig>, String> {
    let failed = |e: rcgen::Error| format!("A certificate cannot be made: {e}. Give your own with --cert and --key.");
    let mut names = vec!["localhost".to_string(), "127.0.0.1".into(), "::1".into()];
    let more = addresses.iter().map(IpAddr::to_string).chain([host.to_string()]);
    names.extend(more.filter(|name| !["0.0.0.0", "::"].contains(&name.as_str())));
    names.sort();
    names.dedup();
    let mut params = CertificateParams::new(names).map_err(failed)?;
    params.distinguished_name.push(DnType::CommonName, "QueryPose on this machine");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = SystemTime::now();
    // Other devices' clocks may be behind.
    params.not_before = (now - DAY).into();
    params.not_after = (now - DAY + VALID).into();
    let key = KeyPair::generate().map_err(failed)?;
    let certificate = params.self_signed(&key).map_err(failed)?;
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    configuration(vec![certificate.der().clone()], key.into())
        .map_err(|e| format!("A certificate cannot be made: {e}."))
}

/// The certificate and key of two PEM files. Errors are sentences that name the file at fault.
pub fn from_files(cert: &Path, key: &Path) -> Result<Arc<ServerConfig>, String> {
    let chain = CertificateDer::pem_slice_iter(&read(cert, "certificate")?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| format!("The certificate {} is damaged: {e}.", cert.display()))?;
    if chain.is_empty() {
        let name = cert.display();
        return Err(format!("{name} holds no certificate in PEM form (\"-----BEGIN CERTIFICATE-----\")."));
    }
    let text = read(key, "key")?;
    if text.windows(21).any(|words| words == b"BEGIN ENCRYPTED PRIVA") {
        let name = key.display();
        return Err(format!("The key {name} is locked with a password. Unlock it: openssl pkey -in {name} -out FILE"));
    }
    let private = PrivateKeyDer::from_pem_slice(&text).map_err(|_| {
        format!("{} holds no private key in PEM form (\"-----BEGIN PRIVATE KEY-----\").", key.display())
    })?;
    configuration(chain, private).map_err(|e| match e {
        Error::InconsistentKeys(_) => {
            format!("The key {} does not belong to the certificate {}.", key.display(), cert.display())
        }
        Error::InvalidCertificate(_) => format!("The certificate {} is damaged: {e}.", cert.display()),
        e => format!("The key {} cannot be used: {e}.", key.display()),
    })
}

fn read(file: &Path, what: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|opened| opened.take(MOST).read_to_end(&mut bytes))
        .map_err(|e| format!("The {what} {} cannot be read: {e}.", file.display()))?;
    Ok(bytes)
}

fn configuration(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Arc<ServerConfig>, Error> {
    let mut config = ServerConfig::builder_with_provider(default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config.into())
}
