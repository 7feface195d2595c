//! Packages to download that want to write where they must not, or unpack into too much.

use super::archive::{Member, Thing, tar_gz, zip};
use super::{Ask, Scenario};
use crate::testing::mock::run::Host;
use crate::testing::mock::wire::Answer;
use serde_json::json;

const fn of(name: &'static str, serve: fn(&Ask<'_>) -> Answer, expect: &'static str) -> Scenario {
    Scenario::new("package", "file", name, serve, expect)
}

pub(super) const ALL: &[Scenario] = &[
    of("pkg", pkg, "refused before anything is written outside the package's own new directory")
        .note("/pkg/<kind>.tar.gz or .zip; an unknown kind lists all."),
    of("pkg_mutable", pkg_mutable, "the second fetch of the same version differs: refused by the lock file's digest"),
    of("pkg_elsewhere", pkg_elsewhere, "the registry's credential is not sent to host B, where the index points")
        .most_b(2),
];

const MANIFEST: &[u8] = b"name: evil\nversion: 1.0.0\n";

/// A kind and what makes its members.
type Kind = (&'static str, fn() -> Vec<Member>);

/// In the order of kinds; each has a manifest before what is told here.
const PACKAGES: [Kind; 8] = [
    ("absolute", || vec![Member::file("/tmp/faultserver-escape.txt", b"x")]),
    ("bomb", || vec![Member { thing: Thing::Zeros(512 << 20), ..Member::file("pad.bin", b"") }]),
    ("device", || vec![Member { thing: Thing::Device, ..Member::file("null", b"") }]),
    ("duplicate", || vec![Member::file("manifest.yaml", b"name: other\n")]),
    ("good", || vec![Member::file("README.md", b"# evil\n")]),
    ("many", || (0..50_000).map(|at| Member::file(&format!("f/{at}"), b"")).collect()),
    ("setuid", || vec![Member { mode: 0o4777, ..Member::file("run.sh", b"#!/bin/sh\n") }]),
    ("traversal", || vec![Member::file("../../escape.txt", b"x")]),
];

fn pkg(ask: &Ask<'_>) -> Answer {
    let (kind, suffix) = ask.rest.split_once('.').unwrap_or((&ask.rest, ""));
    let found = PACKAGES.iter().find(|(name, _)| *name == kind).filter(|_| matches!(suffix, "tar.gz" | "zip"));
    let Some((_, more)) = found else {
        return Answer::json(&json!({"kinds": PACKAGES.map(|(name, _)| name)})).status(404);
    };
    let mut members = vec![Member::file("manifest.yaml", MANIFEST)];
    members.extend(more());
    if suffix == "zip" {
        return Answer::new(200, "application/zip", zip(&members));
    }
    Answer::new(200, "application/gzip", tar_gz(&members))
}

fn one(manifest: &[u8]) -> Answer {
    Answer::new(200, "application/gzip", tar_gz(&[Member::file("manifest.yaml", manifest)]))
}

fn pkg_mutable(ask: &Ask<'_>) -> Answer {
    one(&[MANIFEST, format!("# build {}\n", ask.count("")).as_bytes()].concat())
}

fn pkg_elsewhere(ask: &Ask<'_>) -> Answer {
    if ask.rest.starts_with("index") {
        let url = ask.url("evil.tar.gz", Host::B);
        return Answer::json(&json!({"packages": {"evil": {"1.0.0": {"url": url}}}}));
    }
    one(MANIFEST)
}
