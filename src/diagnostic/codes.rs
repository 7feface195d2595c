//! The codes. A code is never used again for something else; its page stands in `explain/`.

/// How bad a finding is. `weir validate --strict` treats warnings as errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Error,
    Warning,
    Note,
}

impl Severity {
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

macro_rules! codes {
    ($($code:ident $severity:ident $title:literal;)*) => {
        /// A stable code of a finding, grouped by floor: text, structure, short forms, templates, not built,
        /// references, data flow, safety, project.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($code),* }

        impl Code {
            pub const ALL: &'static [Code] = &[$(Code::$code),*];

            pub fn name(self) -> &'static str {
                match self { $(Code::$code => stringify!($code)),* }
            }

            pub fn severity(self) -> Severity {
                match self { $(Code::$code => Severity::$severity),* }
            }

            /// Names the class of mistake in a few words.
            pub fn title(self) -> &'static str {
                match self { $(Code::$code => $title),* }
            }

            /// Returns the long form that `weir explain` prints.
            pub fn page(self) -> &'static str {
                match self { $(Code::$code => include_str!(concat!("explain/", stringify!($code), ".md"))),* }
            }
        }
    };
}

codes! {
    // text
    E0001 Error "not a text file";
    E0002 Error "YAML that can't be read";
    E0003 Error "JSON that can't be read";
    E0004 Error "the same key twice";
    E0005 Error "a YAML tag";
    E0006 Error "a YAML anchor, alias or merge key";
    E0007 Error "a second document";
    E0008 Error "nested too deep";
    E0009 Error "file too large";
    E0010 Error "a tab in the indentation";
    E0011 Error "a key that is not a text";
    E0012 Error "an unquoted template";
    E0013 Error "a text that YAML cut";
    E0014 Error "an empty file";
    // structure
    E0101 Error "unknown key";
    E0102 Error "missing key";
    E0103 Error "unknown kind";
    E0104 Error "wrong type of value";
    E0105 Error "two kinds in one map";
    E0106 Error "number out of range";
    E0107 Error "a word that is not allowed here";
    E0108 Error "a kind without its settings";
    E0109 Error "null where it means nothing";
    // short forms
    E0201 Error "unreadable type";
    E0202 Error "unreadable field";
    E0203 Error "unreadable param";
    E0204 Error "bad JSONPath";
    E0205 Error "unreadable source";
    E0206 Error "unreadable address";
    E0207 Error "unreadable request";
    E0208 Error "unreadable duration";
    E0209 Error "unreadable rate";
    E0210 Error "not a name";
    E0211 Error "a default that does not fit its type";
    E0212 Error "unreadable size";
    E0213 Error "unreadable host";
    E0214 Error "unreadable pushdown filter";
    E0215 Error "unreadable version";
    E0216 Error "bad regular expression";
    E0217 Error "unknown type alias";
    E0218 Error "bad date pattern or time zone";
    // templates
    E0301 Error "template syntax";
    E0302 Error "unknown name";
    E0303 Error "refused construct";
    E0304 Error "unknown function";
    E0305 Error "wrong arguments";
    E0306 Error "wrong type in an expression";
    E0307 Error "a value that may be absent stands in text";
    E0308 Error "a text used as a condition";
    E0309 Error "template too long or too deep";
    E0310 Error "a name that is not in scope here";
    E0311 Error "unknown member";
    E0312 Error "an expression must be the whole value";
    // not built
    E0400 Note "not built yet";
    // references
    E0501 Error "unknown stream";
    E0502 Error "unknown column of another stream";
    E0503 Error "unknown column of a parent";
    E0504 Error "a circle";
    E0505 Error "key is no column";
    E0506 Error "cursor is no column";
    E0507 Error "unknown quota";
    E0508 Error "choose by something that is no enum param";
    E0509 Error "choose does not cover the values";
    E0510 Error "a name that shadows";
    E0511 Error "two things of one name";
    E0512 Error "unknown param in a condition of params";
    // data flow
    E0601 Error "the page value goes nowhere";
    E0602 Error "two values for one address";
    E0603 Error "a cursor that can't be ordered";
    E0604 Error "window without incremental";
    E0605 Error "a stream without a request";
    E0606 Error "a key is needed";
    E0607 Error "incremental and changes in one stream";
    E0608 Warning "param never used";
    E0609 Warning "the end of a window as a date";
    E0610 Note "no pagination";
    E0611 Error "several bodies";
    E0612 Error "cap needs ascending order";
    E0613 Error "settings that exclude each other";
    E0614 Error "a column without a value";
    // safety
    E0701 Error "a secret outside requests and auth";
    E0702 Error "a secret with a default";
    E0703 Error "host not declared";
    E0704 Error "address that is not allowed";
    E0705 Warning "icon missing or unsafe";
    E0706 Error "reaching outside the manifest";
    E0707 Error "a read that changes something";
    // project
    E0801 Error "unknown connection or destination";
    E0802 Error "a param is missing";
    E0803 Error "a param's value does not fit";
    E0804 Error "variable not set";
    E0805 Error "two syncs share a table";
    E0806 Error "connector not found";
    E0807 Warning "folder and connector differ";
    E0808 Error "unknown param";
    E0809 Error "test can't work";
}

impl Code {
    pub fn parse(text: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.name().eq_ignore_ascii_case(text.trim()))
    }
}
