//! TLS by rustls and ring, trusting what the platform trusts and what the user adds.
//!
//! The platform's roots are read at the first handshake, not before: a run that asks no `https` pays nothing for them.

use crate::fault::{Fault, Kind};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;
use std::sync::{Arc, OnceLock};

/// Reads the certificates of a PEM file, which `--ca` names.
pub(super) fn read_roots(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let refuse = |message: &str| Err(Fault::new(Kind::Config, "read the certificates", message));
    match roots {
        Err(_) => refuse("the file of certificates is no PEM"),
        Ok(roots) if roots.is_empty() => refuse("the file of certificates holds none: it needs `BEGIN CERTIFICATE`"),
        Ok(roots) => Ok(roots),
    }
}

/// Makes the settings of all connections of a client.
pub(super) fn client_config(roots: Vec<CertificateDer<'static>>) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Late {
        schemes: provider.signature_verification_algorithms.supported_schemes(),
        provider: Arc::clone(&provider),
        roots,
        inner: OnceLock::new(),
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has suites for TLS 1.2 and 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

/// The platform's verifier, made when the first certificate is to be verified.
#[derive(Debug)]
struct Late {
    provider: Arc<CryptoProvider>,
    schemes: Vec<SignatureScheme>,
    roots: Vec<CertificateDer<'static>>,
    inner: OnceLock<Result<Verifier, Error>>,
}

impl Late {
    fn get(&self) -> Result<&Verifier, Error> {
        let made =
            self.inner.get_or_init(|| Verifier::new_with_extra_roots(self.roots.clone(), Arc::clone(&self.provider)));
        made.as_ref().map_err(Clone::clone)
    }
}

impl ServerCertVerifier for Late {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.get()?.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.get()?.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.get()?.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}
