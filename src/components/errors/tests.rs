//! What answers mean (SEMANTICS section 6).

use super::{After, Decision, ErrorPolicy, Outcome, Rule};
use crate::components::answer::tests::answering;
use crate::components::context::Read;
use crate::expr::{Compiled, Names, Shape, Site, Slots, Wants, compile};
use crate::fault::{Fault, Kind};
use std::sync::Arc;

fn compiled(text: &str, wants: Wants) -> Arc<Compiled> {
    Arc::new(compile(text, &Names::new().with("response", Shape::Data), &Site::new(wants)).unwrap())
}

fn rule(status: &[u16], when: &str, then: Outcome) -> Rule {
    let when = (!when.is_empty()).then(|| compiled(when, Wants::Condition));
    Rule { status: status.to_vec(), when, then }
}

fn told(decision: &Decision) -> String {
    let fault = |word: &str, fault: &Fault| format!("{word} {} {fault}", fault.kind().word());
    match decision {
        Decision::Success => "success".into(),
        Decision::Fail(told) => fault("fail", told),
        Decision::Retry { after, attempts, pauses_quota, fault } => {
            format!("retry {after:?} {attempts:?} {pauses_quota} {}", fault.is_temporary())
        }
        Decision::Wait { after, .. } => format!("wait {after:?}"),
        Decision::RefreshAuth(told) => fault("refresh", told),
        Decision::Empty => "empty".into(),
        Decision::End(sign) => format!("end {sign}"),
        Decision::Skip(told) => fault("skip", told),
        Decision::Split(_) => "split".into(),
        Decision::Reset(_) => "reset".into(),
        Decision::RestartPages(_) => "restart_pages".into(),
    }
}

fn check(policy: &ErrorPolicy, status: u16, headers: &[(&'static str, &str)], body: &str, expected: &str) {
    let now = "2024-05-31T10:00:00Z".parse().unwrap();
    let scope = Slots::new(Vec::new(), now);
    let got = answering(status, headers, body, |answer| told(&policy.decide(answer, &scope, now).unwrap()));
    let same = match expected.strip_suffix('…') {
        Some(start) => got.starts_with(start),
        None => got == expected,
    };
    assert!(same, "{status} {body}: {got}, not {expected}");
}

#[test]
fn the_built_in_rules_are_total() {
    let policy = ErrorPolicy::default();
    let none: &[(&'static str, &str)] = &[];
    for (status, headers, body, expected) in [
        (200, none, "{}", "success"),
        (204, none, "null", "success"),
        (200, none, r#"{"errors":[{"message":"x"}]}"#, "success"),
        (206, none, "{}", "fail source api.example.com answered 206 Partial Content: a part of the answer came…"),
        (302, none, "null", "fail source api.example.com answered 302 Found: the answer leads elsewhere…"),
        (304, none, "null", "fail source…"),
        (
            400,
            none,
            r#"{"error":{"message":"bad"}}"#,
            "fail source api.example.com answered 400 Bad Request: bad (status 400)",
        ),
        (
            401,
            none,
            r#"{"message":"no"}"#,
            "refresh auth api.example.com answered 401 Unauthorized: no; it refuses the credentials that `auth` sends (status 401)",
        ),
        (403, none, "{}", "fail auth api.example.com answered 403 Forbidden (status 403)"),
        (404, none, "\"<html>\\n\"", "fail source api.example.com answered 404 Not Found: <html> (status 404)"),
        (408, none, "null", "retry None None false true"),
        (425, none, "null", "retry None None false true"),
        (429, none, "null", "retry None None true true"),
        (429, &[("retry-after", "2")], "null", "retry Some(2s) None true true"),
        (429, &[("retry-after", "Fri, 31 May 2024 10:00:03 GMT")], "null", "retry Some(3s) None true true"),
        (500, none, "null", "retry None None false true"),
        (503, &[("retry-after", "1")], "null", "retry Some(1s) None false true"),
        (501, none, "null", "fail source api.example.com answered 501 Not Implemented (status 501)"),
        (599, none, "null", "fail source api.example.com answered 599 (status 599)"),
    ] {
        check(&policy, status, headers, body, expected);
    }
    let graphql = ErrorPolicy { graphql: true, ..ErrorPolicy::default() };
    let errors = r#"{"data":{"x":1},"errors":[{"message":"partly"}]}"#;
    check(&graphql, 200, none, errors, "fail source api.example.com tells an error: partly (status 200)");
    check(&graphql, 200, none, r#"{"data":{},"errors":[]}"#, "success");
    assert_eq!(graphql.ways().len(), 1);
    let rule = rule(&[], "{{ response.body.errors is defined }}", Outcome::Ok);
    check(&ErrorPolicy { rules: vec![rule], graphql: true }, 200, none, errors, "success");
}

#[test]
fn the_first_rule_that_holds_decides() {
    let message = Outcome::Fail { message: Some(compiled("plan: {{ response.body.plan }}", Wants::Text)) };
    let said = After::Said(Read::Header("x-wait".into()));
    let fixed = After::Fixed(crate::data::duration::parse("1min").unwrap());
    let policy = ErrorPolicy {
        rules: vec![
            rule(&[403], "{{ response.body.code == 'quota' }}", Outcome::Wait { after: Some(said) }),
            rule(&[403], "{{ response.body.plan is defined }}", message),
            rule(&[404], "", Outcome::End),
            rule(&[410], "", Outcome::Skip),
            rule(&[500, 502], "", Outcome::Retry { after: Some(fixed), attempts: Some(2) }),
            rule(&[], "{{ response.body.error is defined }}", Outcome::Fail { message: None }),
            rule(&[409], "", Outcome::Ok),
            rule(&[412], "", Outcome::Split),
            rule(&[413], "", Outcome::Reset),
            rule(&[414], "", Outcome::RestartPages),
            rule(&[415], "", Outcome::Empty),
            rule(&[416], "", Outcome::RefreshAuth),
        ],
        graphql: false,
    };
    let none: &[(&'static str, &str)] = &[];
    for (status, headers, body, expected) in [
        (403, &[("x-wait", "7")][..], r#"{"code":"quota"}"#, "wait Some(7s)"),
        (403, none, r#"{"code":"quota"}"#, "wait None"),
        (403, none, r#"{"plan":"free"}"#, "fail auth plan: free (status 403)"),
        (403, none, "{}", "fail auth…"),
        (404, none, "null", "end rule_404"),
        (410, none, r#"{"message":"gone"}"#, "skip source api.example.com answered 410 Gone: gone (status 410)"),
        (502, none, "null", "retry Some(60s) Some(2) false true"),
        (200, none, r#"{"error":"no"}"#, "fail source api.example.com tells an error: no (status 200)"),
        (200, none, r#"{"items":[]}"#, "success"),
        (409, none, "null", "success"),
        (412, none, "null", "split"),
        (413, none, "null", "reset"),
        (414, none, "null", "restart_pages"),
        (415, none, "null", "empty"),
        (416, none, "null", "refresh…"),
        (503, none, "null", "retry None None false true"),
    ] {
        check(&policy, status, headers, body, expected);
    }
    assert_eq!(policy.reads().len(), 1);
}

#[test]
fn requests_without_an_answer_are_repeated_if_that_may_help() {
    let policy = ErrorPolicy::default();
    let fault = |temporary: bool| {
        let fault = Fault::new(Kind::Network, "send", "the connection was closed");
        if temporary { fault.temporary() } else { fault }
    };
    assert_eq!(told(&policy.failed(fault(true))), "retry None None false true");
    assert_eq!(told(&policy.failed(fault(false))), "fail network the connection was closed");
}
