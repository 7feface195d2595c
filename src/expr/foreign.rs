//! Words of other template languages, each with what it is called here.

/// Gives advice for names that other tools have in scope.
pub(super) fn name(word: &str) -> Option<&'static str> {
    Some(match word {
        "config" => "params are `params.x` here",
        "env" | "environ" | "ENV" => "a manifest reads no environment; make it a param and give it in the connection",
        "state" | "stream_state" => "the position is `window.start` here",
        "stream_interval" => "the window is `window.start` and `window.end` here",
        "stream_partition" | "stream_slice" | "partition" => {
            "a partition has the name that `for_each` gives it, as in `for_each: { repo: … }` and `{{ repo.id }}`"
        }
        "parent" | "parent_record" | "parent_stream" => "a parent has the name that `for_each` gives it",
        "next_page_token" | "next_page" => "the value this page sends is `page.cursor` here",
        "last_page_size" => "write `records | length`",
        "last_record" => "write `records[-1]`",
        "decoded_response" => "the body is `response.body` here",
        "secrets" | "credentials" => "secrets are params: `params.x`",
        "parameters" => "there are no such parameters here; write the value where it is used",
        "True" | "False" => "booleans are `true` and `false`",
        "None" | "nil" | "undefined" => "write `null`, or test with `is defined`",
        "loop" | "self" | "super" | "this" | "it" | "item" => {
            "there are no loops and blocks; `map` and `select` work on lists"
        }
        _ => return None,
    })
}

/// Gives the filter or function of ours for one of another tool.
pub(super) fn function(word: &str) -> Option<&'static str> {
    Some(match word {
        "tojson" | "to_json" => "write `| json`",
        "fromjson" | "parse_json" | "json_parse" => "write `| from_json`",
        "strftime" | "format_datetime" | "date_format" => "write `| format('%Y-%m-%d')`",
        "strptime" | "str_to_datetime" | "to_datetime" | "parse_time" => "write `| time('%Y-%m-%d')`",
        "now" | "now_utc" | "utcnow" => "the time of the run is the name `now`, without brackets",
        "today_utc" | "current_date" => "write `today()`",
        "day_delta" | "timedelta" | "duration" => "write `now | minus('1d')` or `now | plus('1d')`",
        "timestamp" | "epoch" => "write `| unix`",
        "b64encode" | "base64encode" | "base64_encode" => "write `| base64`",
        "b64decode" | "base64decode" | "base64binascii_decode" => "write `| base64_decode`",
        "url_encode" | "quote" | "urlquote" | "uri_encode" => "write `| urlencode`",
        "size" | "count" | "len" => "write `| length`",
        "str" | "text" | "to_s" => "write `| string`",
        "float" | "double" | "to_number" => "write `| number`; its digits are kept",
        "integer" | "parse_int" | "to_i" => "write `| int`",
        "boolean" => "write `| bool`",
        "downcase" | "lowercase" | "lcase" => "write `| lower`",
        "upcase" | "uppercase" | "ucase" => "write `| upper`",
        "strip" | "lstrip" | "rstrip" => "write `| trim`",
        "d" | "coalesce" | "ifnull" => "write `| default(…)`",
        "dictsort" | "dict" | "entries" => "write `| items`",
        "selectattr" => "write `| select('a', '==', v)`",
        "rejectattr" => "write `| reject('a', '==', v)`",
        "regex_search" | "regex_match" | "regex_replace" | "match" => "write `| regex('…', 1)`",
        "md5" => "write `| hash('md5')`",
        "sha1" => "write `| hash('sha1')`",
        "sha256" => "write `| hash('sha256')`",
        "sha512" => "write `| hash('sha512')`",
        "hmac_sha256" => "write `| hmac('sha256', key)`",
        "escape_sql" => "write `| escape('sql')`",
        "e" | "xml_escape" => "write `| escape('xml')`",
        "round" | "abs" | "ceil" | "random" => {
            "decimals keep their digits and are not computed with; `scale` on a field moves the point"
        }
        "max_by" | "min_by" => "write `| map(attribute='a') | max`",
        "uuid4" => "write `uuid()`",
        "range" => "there are no loops; a partition over a list is `for_each`",
        _ => return None,
    })
}

/// Gives what to write instead of a method call.
pub(super) fn method(word: &str) -> String {
    let ours = match word {
        "get" => {
            return "write `x.a` or `x['a']`; a missing member is absent, and `| default(…)` gives another value"
                .into();
        }
        "strip" | "lstrip" | "rstrip" | "trim" => "trim",
        "items" => "items",
        "keys" => "keys",
        "values" => "values",
        "lower" | "casefold" => "lower",
        "upper" => "upper",
        "split" => "split(',')",
        "join" => "join(',')",
        "replace" => "replace('a', 'b')",
        "strftime" | "isoformat" => "format('%Y-%m-%d')",
        "timestamp" => "unix",
        "startswith" => return "write `x[:3] == 'abc'`, or `x | regex('^abc') is defined`".into(),
        "endswith" => return "write `x[-3:] == 'abc'`, or `x | regex('abc$') is defined`".into(),
        "encode" => "base64",
        "format" => return "join texts with `~`".into(),
        other => {
            return match function(other) {
                Some(help) => help.to_owned(),
                None => "there are no methods; filters are written `x | name`".into(),
            };
        }
    };
    format!("write `x | {ours}`")
}

/// Gives advice for tests of other tools.
pub(super) fn test(word: &str) -> Option<&'static str> {
    Some(match word {
        "undefined" => "write `is not defined`",
        "null" | "nil" => "write `is none`",
        "mapping" | "dict" | "object" => "write `is map`",
        "sequence" | "iterable" | "array" => "write `is list`",
        "text" | "str" => "write `is string`",
        "integer" | "float" | "int" => "write `is number`",
        "empty" => "write `| length == 0`",
        "true" | "false" | "boolean" => "compare it: `x == true`",
        "in" | "eq" | "equalto" | "ne" | "lt" | "gt" | "le" | "ge" => "write the operator: `in == != < <= > >=`",
        "odd" | "even" | "divisibleby" => "write `x % 2 == 0`",
        _ => return None,
    })
}
