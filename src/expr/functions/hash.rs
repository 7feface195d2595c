//! Digests of texts.

use super::encode::hexadecimal;
use super::{Arg, Form, Function, text_of};
use crate::data::Value;
use crate::expr::types::Types;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

const ALGORITHMS: Form = Form::Words(&["md5", "sha1", "sha256", "sha512"]);
const ALGORITHM: Arg = Arg::new("algorithm", Types::TEXT, "the algorithm").form(ALGORITHMS);
const AS: Arg = Arg::new("as", Types::TEXT, "how it is written, `hex` if not given").optional().form(Form::Words(&[
    "hex",
    "base64",
    "base64url",
]));

pub(super) const ALL: &[Function] = &[
    Function::filter("hash", "The digest of a text.", Types::TEXT, Types::TEXT, |given| {
        let text = given.text().as_bytes();
        let digest = match text_of(given.arg(0)) {
            "md5" => Md5::digest(text).to_vec(),
            "sha1" => Sha1::digest(text).to_vec(),
            "sha256" => Sha256::digest(text).to_vec(),
            _ => Sha512::digest(text).to_vec(),
        };
        Ok(written(&digest, given.arg(1)))
    })
    .takes(&[ALGORITHM, AS])
    .passes_secrets()
    .shows(&[
        ("'abc' | hash('md5')", "\"900150983cd24fb0d6963f7d28e17f72\""),
        ("'abc' | hash('sha1', as='base64')", "\"qZk+NkcGgWq6PiVxeFDCbJzQ2J0=\""),
        ("'abc' | hash('sha256')", "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\""),
    ]),
    Function::filter("hmac", "The signature of a text with a key.", Types::TEXT, Types::TEXT, |given| {
        let (text, key) = (given.text().as_bytes(), text_of(given.arg(1)).as_bytes());
        let digest = match text_of(given.arg(0)) {
            "md5" => {
                Hmac::<Md5>::new_from_slice(key).map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec())
            }
            "sha1" => {
                Hmac::<Sha1>::new_from_slice(key).map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec())
            }
            "sha256" => {
                Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec())
            }
            _ => Hmac::<Sha512>::new_from_slice(key).map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec()),
        };
        let digest = digest.map_err(|_| "the key can't be used".to_owned())?;
        Ok(written(&digest, given.arg(2)))
    })
    .takes(&[ALGORITHM, Arg::new("key", Types::TEXT, "the key"), AS])
    .passes_secrets()
    .shows(&[(
        "'what do ya want for nothing?' | hmac('sha256', 'Jefe')",
        "\"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843\"",
    )]),
];

fn written(digest: &[u8], form: &Value) -> Value {
    let text = match text_of(form) {
        "base64" => STANDARD.encode(digest),
        "base64url" => URL_SAFE_NO_PAD.encode(digest),
        _ => hexadecimal(digest),
    };
    Value::Text(text.into())
}
