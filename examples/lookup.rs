//! Times the evaluation of templates, for `scripts/figures`: CPU time of one look-up, and of a text with two.
//!
//! `cargo run --release --example lookup`

use std::hint::black_box;
use std::time::Instant;
use weir::data::Value;
use weir::expr::{Expr, Names, Root, Shape, Site, Slots, Wants, compile};

fn main() {
    let record = Value::Map(std::sync::Arc::new(vec![
        ("id".into(), Value::Int(7)),
        ("user".into(), Value::Map(std::sync::Arc::new(vec![("login".into(), Value::Text("octo".into()))]))),
    ]));
    let names = Names::new().with("record", Shape::Data);
    let scope = Slots::new(vec![(Root::RECORD, record)], jiff::Timestamp::UNIX_EPOCH);
    for text in ["{{ record.user.login }}", "/users/{{ record.user.login }}/items/{{ record.id }}"] {
        let compiled = compile(text, &names, &Site::new(Wants::Value)).expect("the template holds");
        let rounds = 2_000_000_u32;
        #[expect(clippy::disallowed_methods, reason = "this program measures")]
        let begin = Instant::now();
        for _ in 0..rounds {
            black_box(compiled.eval(black_box(&scope)).expect("it has a value"));
        }
        #[expect(clippy::print_stdout, reason = "its output is its purpose")]
        {
            println!("{:>6.1} ns  {text}", begin.elapsed().as_secs_f64() * 1e9 / f64::from(rounds));
        }
    }
}
