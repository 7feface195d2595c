use super::*;
use crate::event::{EndSign, Failure, FaultKind, Limit, Outcome, Unread};

fn at(text: &str) -> jiff::Timestamp {
    format!("2024-05-31T{text}Z").parse().unwrap()
}

fn receipt(streams: Vec<StreamReceipt>) -> Receipt {
    Receipt {
        format: 1,
        run: "0198-a1b2".into(),
        connector: "shop".into(),
        version: Some("1.2.0".into()),
        target: "sqlite:weir.db".into(),
        started: at("02:13:07"),
        ended: Some(at("02:14:41")),
        outcome: Outcome::Finished,
        streams,
        requests: 1015,
        bytes: 12 << 20,
        commits: 3,
        failure: None,
        notes: Vec::new(),
    }
}

fn complete(name: &str) -> StreamReceipt {
    let mut stream = StreamReceipt::new(name, "upsert");
    stream.coverage = Coverage::Complete;
    stream.ends.insert(EndSign::NoToken, 1);
    stream.partitions = 1;
    (stream.read, stream.written, stream.pages, stream.requests) = (12_345, 12_345, 13, 13);
    stream.as_of = Some(at("02:13:07"));
    stream
}

fn failure(kind: FaultKind, message: &str, temporary: bool) -> Failure {
    Failure { kind, message: message.into(), temporary }
}

#[test]
fn a_clean_run() {
    let mut stream = complete("orders");
    (stream.created, stream.updated, stream.unchanged, stream.deleted) = (Some(40), Some(3), Some(12_302), Some(0));
    (stream.claimed, stream.retries, stream.waited_ms) = (Some(12_345), 2, 12_400);
    stream.resumed_from = Some(at("01:00:00"));
    insta::assert_snapshot!(text(&receipt(vec![stream])), @r"
    shop 1.2.0 → sqlite:weir.db
      run        0198-a1b2, finished
      began      2024-05-31 02:13:07 UTC, took 1 min 34 s
      in all     1,015 requests, 12 MiB received, 3 commits

    orders (upsert): complete, clean
      rows       12,345 read, 12,345 written: 40 created, 3 updated, 12,302 unchanged, 0 deleted
      claimed    the API says there are 12,345, as many as were read
      asked      13 pages, 13 requests, 2 repeated
      ended by   no further token
      waited     12 s, because the API asked for it
      as of      2024-05-31 02:13:07 UTC
      resumed    the pass that began 2024-05-31 01:00:00 UTC

    exit 0: ok, nothing is missing
    ");
}

#[test]
fn a_partial_run_says_what_is_missing_and_what_to_do() {
    let mut customers = complete("customers");
    customers.coverage = Coverage::Partial {
        unread: vec![
            Unread {
                partition: r#"{"shop":7}"#.into(),
                covered_to: Some("2024-05-30T00:00:00Z".into()),
                failure: failure(FaultKind::Network, "no answer within 60 s (request GET /customers)", true),
            },
            Unread {
                partition: "{\"shop\":\"\u{1b}[31m\"}".into(),
                covered_to: None,
                failure: failure(FaultKind::Source, "status 500", false),
            },
        ],
        count: 12,
    };
    customers.partitions = 200;
    customers.ends = [(EndSign::EmptyPage, 180), (EndSign::Rule(404), 8)].into_iter().collect();
    customers.duplicates = 7;
    let mut orders = complete("orders");
    orders.quality = Quality::Refused(3);
    orders.claimed = Some(12_400);
    orders.note("claimed", "the API said first 12,400, then 12,300", true);
    orders.note("claimed", "the API said first 12,400, then 12,300", true);
    let mut lines = StreamReceipt::new("lines", "append");
    lines.coverage = Coverage::Skipped { cause: "`orders` failed".into() };
    insta::assert_snapshot!(text(&receipt(vec![customers, orders, lines])), @r#"
    shop 1.2.0 → sqlite:weir.db
      run        0198-a1b2, finished
      began      2024-05-31 02:13:07 UTC, took 1 min 34 s
      in all     1,015 requests, 12 MiB received, 3 commits

    customers (upsert): PARTIAL, 12 partitions are not complete
      complete   188 of 200 partitions
      unread     {"shop":7}: covered to 2024-05-30T00:00:00Z; network: no answer within 60 s (request GET /customers) (it may pass)
      unread     {"shop":"�[31m"}: nothing of it is covered; source: status 500
                 … and 10 more
      rows       12,345 read, 12,345 written
      duplicates 7 rows had a key that came before in the same pass
      asked      13 pages, 13 requests
      ended by   200 partitions: an empty page (180), status 404, by the manifest's rule (8)
      as of      2024-05-31 02:13:07 UTC

    orders (upsert): complete, 3 records REFUSED
      rows       12,345 read, 12,345 written
      claimed    the API says there are 12,400, 55 more than were read
      asked      13 pages, 13 requests
      ended by   no further token
      as of      2024-05-31 02:13:07 UTC
      SUSPICIOUS the API said first 12,400, then 12,300 (2 times)

    lines (append): SKIPPED
      because    `orders` failed

    exit 6: not clean: something is missing, refused or suspicious
    next: run the same command again: what hindered it may pass, and only what is not complete is read
    next: mend what the message says: it will not pass by itself; what is complete stays
    next: 3 records of `orders` did not fit: `weir quarantine ls orders` shows them and why
    next: `orders` is suspicious: compare it with the source; `--full` reads it from the start
    "#);
}

#[test]
fn each_end_has_its_words() {
    let with = |coverage: Coverage, outcome: Outcome| {
        let mut stream = complete("orders");
        stream.coverage = coverage;
        let mut receipt = receipt(vec![stream]);
        receipt.outcome = outcome;
        if matches!(outcome, Outcome::Running | Outcome::Interrupted) {
            receipt.ended = None;
        }
        let whole = text(&receipt);
        let end = whole
            .lines()
            .filter(|line| line.starts_with("orders") || line.starts_with("exit") || line.starts_with("next"));
        end.map(|line| format!("{line}\n")).collect::<String>()
    };
    let failed = |kind, message: &str, temporary| Coverage::Failed { failure: failure(kind, message, temporary) };
    let told = [
        with(Coverage::Complete, Outcome::Finished),
        with(Coverage::Asked { limit: Limit::Rows, more: true }, Outcome::Finished),
        with(Coverage::Asked { limit: Limit::Rows, more: false }, Outcome::Finished),
        with(Coverage::Asked { limit: Limit::Pages, more: true }, Outcome::Finished),
        with(Coverage::Asked { limit: Limit::Requests, more: true }, Outcome::Finished),
        with(failed(FaultKind::Config, "`token` is missing", false), Outcome::Finished),
        with(failed(FaultKind::Auth, "status 401", false), Outcome::Finished),
        with(failed(FaultKind::Quota, "429, asked to wait 3 h", true), Outcome::Finished),
        with(failed(FaultKind::Network, "connection refused", true), Outcome::Finished),
        with(failed(FaultKind::Source, "status 400", false), Outcome::Finished),
        with(failed(FaultKind::Contract, "fewer rows than `expect.min`", false), Outcome::Finished),
        with(failed(FaultKind::Internal, "a page came twice", false), Outcome::Finished),
        with(Coverage::Complete, Outcome::Cancelled),
        with(Coverage::Complete, Outcome::Interrupted),
        with(Coverage::Complete, Outcome::Running),
    ];
    insta::assert_snapshot!(told.join("\n"), @r"
    orders (upsert): complete, clean
    exit 0: ok, nothing is missing

    orders (upsert): ended where it was asked to, there may be more, clean
    exit 0: ok, nothing is missing

    orders (upsert): complete within what was asked for, clean
    exit 0: ok, nothing is missing

    orders (upsert): NOT FINISHED, ended after as many pages as were asked for
    exit 8: a budget or a rate limit ended it before it was done
    next: `orders` has more: run the same command again, or raise `--max-pages`

    orders (upsert): NOT FINISHED, ended after as many requests as were asked for
    exit 8: a budget or a rate limit ended it before it was done
    next: `orders` has more: run the same command again, or raise `--max-requests`

    orders (upsert): FAILED
    exit 4: a setting or a secret is missing or does not fit
    next: mend the setting, secret or destination that the message names, then run the same command again

    orders (upsert): FAILED
    exit 5: the API refused the credentials
    next: the credentials are wrong, expired or lack a permission: renew them; `weir check` tries them on one page

    orders (upsert): FAILED
    exit 8: a budget or a rate limit ended it before it was done
    next: the API allows no more for now: run the same command later, it goes on where this run stopped

    orders (upsert): FAILED
    exit 1: failed: nothing is complete
    next: run the same command again: what hindered it may pass, and only what is not complete is read

    orders (upsert): FAILED
    exit 1: failed: nothing is complete
    next: mend what the message says: it will not pass by itself; what is complete stays

    orders (upsert): FAILED
    exit 9: the API broke the contract
    next: what the API sent does not fit the manifest: compare with `weir schema`, and mend the manifest

    orders (upsert): FAILED
    exit 1: failed: nothing is complete
    next: this is a bug of weir: please report it with this receipt

    orders (upsert): complete, clean
    exit 130: interrupted
    next: what was read is kept; the same command goes on where this run stopped

    orders (upsert): complete, clean
    exit 130: interrupted
    next: what is listed is kept; the same command goes on from there

    orders (upsert): complete, clean
    next: wait for its end, or look for the process that runs it
    ");
}

#[test]
fn what_hinders_the_whole_run_stands_at_the_top() {
    let mut receipt = receipt(Vec::new());
    receipt.failure = Some(failure(FaultKind::Config, "weir.db is locked by pid 4711", true));
    receipt.notes.push(Note {
        code: "interrupted".into(),
        text: "the run before was killed".into(),
        count: 1,
        suspicious: false,
    });
    insta::assert_snapshot!(text(&receipt), @r"
    shop 1.2.0 → sqlite:weir.db
      run        0198-a1b2, finished
      began      2024-05-31 02:13:07 UTC, took 1 min 34 s
      in all     1,015 requests, 12 MiB received, 3 commits
      FAILURE    config: weir.db is locked by pid 4711 (it may pass)
      note       the run before was killed

    exit 4: a setting or a secret is missing or does not fit
    next: run the same command again: what hindered it may pass, and only what is not complete is read
    ");
}

#[test]
fn one_line_for_lists() {
    assert_eq!(short(&receipt(vec![complete("a")])), "1 of 1 stream clean, 12,345 rows in 1,015 requests");
}
