//! Words of other formats, and what they are here.

/// Returns our key for a key of another format, if there is one, and what to do.
pub(in crate::manifest) fn key(word: &str) -> Option<(Option<&'static str>, &'static str)> {
    Some(match word {
        "primary_key" | "primaryKey" | "primary_keys" | "key_properties" | "unique_key" | "merge_key"
        | "primry_key" => (Some("key"), "`key` is the primary key here: a column or a list of columns"),
        "url_base" | "base_url" | "baseUrl" | "baseURL" | "api_url" | "endpoint" | "server" | "servers" | "host" => {
            (Some("base"), "`base` is the address that all requests begin with")
        }
        "authenticator" | "authentication" | "authorization" | "credentials" | "auth_type" => {
            (Some("auth"), "`auth` is a kind: `auth: { bearer: \"{{ params.token }}\" }`")
        }
        "paginator" | "pagination" | "pagination_strategy" | "paging" | "next_page" => {
            (Some("paginate"), "`paginate` is a kind: `paginate: { cursor: { next: $.next, into: query.after } }`")
        }
        "page_size" | "pageSize" | "per_page" | "limit_value" => (Some("size"), "`size` is how many rows a page holds"),
        "page_token_option" | "page_size_option" | "inject_into" | "request_option" | "cursor_param"
        | "offset_param" => (Some("into"), "`into` is an address such as `query.page`"),
        "cursor_value" | "next_page_token" | "cursor_path" | "next_url_path" | "next_token" => {
            (Some("next"), "`next` is a place such as `$.meta.next`, or an expression over `response`")
        }
        "stop_condition" => (Some("until"), "`until` is what ends paging: a place or an expression"),
        "record_selector" | "field_path" | "data_selector" | "record_path" | "json_path" | "jsonpath" | "data_path"
        | "selector" | "records_path" | "extractor" => {
            (Some("records"), "`records` is the place of the record list: `records: $.data`")
        }
        "record_filter" | "where" => (Some("filter"), "`filter` is an expression over `record`"),
        "transformations" | "transforms" => {
            (Some("transform"), "`transform` is a list of steps: `transform: [{ set: … }]`")
        }
        "incremental_sync" | "cursor_field" | "replication_key" | "cursor" | "incremental_key" => (
            Some("incremental"),
            "`incremental: updated_at` names the column; its settings are `field, start, window …`",
        ),
        "start_datetime" | "start_date" | "initial_value" | "start_from" => {
            (Some("start"), "`start` is where reading begins without state")
        }
        "end_datetime" | "end_date" | "end_value" => (Some("end"), "`end` is where reading ends"),
        "step" | "cursor_granularity" => {
            (Some("window"), "`window` is one request's stretch of time, `granularity` the smallest step")
        }
        "lookback_window" | "lag" => {
            (Some("lookback"), "`lookback` is how far before the position reading begins again")
        }
        "datetime_format" | "cursor_datetime_formats" => (Some("format"), "`format` is how the position is written"),
        "partition_router"
        | "parent_stream_configs"
        | "parent"
        | "parents"
        | "foreach"
        | "forEach"
        | "partitions"
        | "slices" => (Some("for_each"), "`for_each` names what a stream is read for: `for_each: { repo: repos }`"),
        "parent_key" | "partition_field" => {
            (None, "the parent's columns are in scope by the name that `for_each` gives: `{{ repo.id }}`")
        }
        "columns" | "properties" | "schema_loader" | "fields_map" => {
            (Some("fields"), "`fields` are the typed columns: `fields: { id: integer! }`")
        }
        "spec_params" | "config" | "connection_specification" | "inputs" | "variables_spec" => {
            (Some("params"), "`params` is what a user must give: `params: { token: secret! }`")
        }
        "path" | "url" | "uri" | "http_method" | "method" | "verb" => {
            (Some("request"), "a request is one text: `request: GET /items`")
        }
        "request_parameters" | "query_params" | "queryParams" | "request_params" | "params_map"
        | "query_parameters" => (Some("query"), "`query` is a map of query parameters"),
        "request_headers" | "header" => (Some("headers"), "`headers` is a map of request headers"),
        "request_body_json" | "request_body" | "body" | "data" | "body_json" | "payload" => {
            (Some("json"), "a body is one of `json form multipart text xml graphql`")
        }
        "request_body_data" => (Some("form"), "a body is one of `json form multipart text xml graphql`"),
        "error_handler" | "error_handling" | "response_filters" | "response_actions" | "on_error" => {
            (Some("errors"), "`errors` is a list of rules: `errors: [{ status: 404, then: end }]`")
        }
        "rate_limit" | "rate_limits" | "ratelimit" | "call_rate" | "api_budget" | "throttle" => {
            (Some("limits"), "`limits` is a quota: `limits: { rate: 5000/h }`")
        }
        "backoff_strategies" | "max_retries" | "retries" | "backoff" => {
            (Some("retry"), "`retry: { attempts: 5 }` says how failed requests are repeated")
        }
        "decoder" | "response_format" | "format_type" => (Some("decode"), "`decode` is a kind: `decode: csv`"),
        "resources" | "endpoints" | "tables" | "streams_list" => {
            (Some("streams"), "`streams` is a map: a name and its list request")
        }
        "definitions" | "$defs" | "components" => {
            (None, "there are no definitions to refer to: what all streams share stands in `defaults`")
        }
        "$ref" | "ref_" | "extends" | "<<" => {
            (None, "there are no references: what all streams share stands in `defaults`")
        }
        "$parameters" | "parameters" => (None, "nothing is handed down but `defaults`; a user's values are `params`"),
        "type" | "kind" => (None, "no `type:` here; one key names the kind, `kind: settings`"),
        "include" | "import" | "imports" | "includes" | "file_include" => {
            (None, "a manifest reads no other file; it is whole in itself")
        }
        "env" | "environment" => (None, "a manifest reads no environment; connections in `weir.yaml` do"),
        "name" => (Some("title"), "a stream's name is its key under `streams`; `title` is its name for people"),
        "api_version" | "apiVersion" => {
            (Some("version"), "`version` is the connector's own version, `spec` the language's")
        }
        _ => return None,
    })
}

/// Returns our kind for a kind of another format, and what to do.
pub(in crate::manifest) fn kind(word: &str) -> Option<(&'static str, &'static str)> {
    Some(match word {
        "OffsetIncrement" | "limit_offset" | "offset_increment" | "LimitOffset" => {
            ("offset", "`offset: { into: query.offset, size: 100, size_into: query.limit }`")
        }
        "PageIncrement" | "page_number" | "page_numbr" | "PageNumber" | "page_increment" => {
            ("page", "`page: { into: query.page }`")
        }
        "CursorPagination" | "json_link_cursor" | "json_response" | "next_token" | "token" => {
            ("cursor", "`cursor: { next: $.next, into: query.after }`")
        }
        "header_link" | "link_header" | "LinkHeader" => ("link", "`paginate: link` follows the `Link` header"),
        "json_link" | "next_url" | "next_link" | "nextLink" => ("url", "`url: { next: $.next }`"),
        "single_page" | "NoPagination" | "null" | "false" | "off" | "disabled" => {
            ("none", "`none` says that the API does not page")
        }
        "BearerAuthenticator" | "bearer_token" | "http_bearer" | "BearerAuth" => {
            ("bearer", "`auth: { bearer: \"{{ params.token }}\" }`")
        }
        "BasicHttpAuthenticator" | "http_basic" | "basic_auth" | "BasicAuth" => {
            ("basic", "`auth: { basic: { username: …, password: … } }`")
        }
        "ApiKeyAuthenticator" | "api_key" | "apikey" | "apiKey" | "headers" => {
            ("header", "`auth: { header: { X-Api-Key: \"{{ params.key }}\" } }`")
        }
        "OAuthAuthenticator" | "oauth" | "oauth2_client_credentials" | "OAuth2" | "OAuth" => {
            ("oauth2", "`auth: { oauth2: { grant: client_credentials, token_url: … } }`")
        }
        "SessionTokenAuthenticator" | "session" => {
            ("login", "`auth: { login: { request: POST /login, token: $.token } }`")
        }
        "JwtAuthenticator" => ("jwt", "`auth: { jwt: { algorithm: RS256, key: … } }`"),
        "NoAuth" => ("none", "`auth: none`"),
        "AddFields" | "add_fields" | "add" => ("set", "`set: { name: \"{{ … }}\" }`"),
        "RemoveFields" | "remove_fields" | "drop" | "exclude" => ("remove", "`remove: [name]`"),
        "KeysToLower" => ("keys", "`keys: lower`"),
        "KeysToSnakeCase" => ("keys", "`keys: snake`"),
        "FlattenFields" => ("flatten", "`flatten`"),
        "RETRY" => ("retry", "outcomes are lower case: `then: retry`"),
        "FAIL" => ("fail", "outcomes are lower case: `then: fail`"),
        "IGNORE" | "ignore" => (
            "end",
            "`end` ends the partition without records, `empty` is a page without records, `skip` leaves its state",
        ),
        "SUCCESS" | "success" => ("ok", "`ok` treats the status as success"),
        "RATE_LIMITED" | "rate_limited" => ("wait", "`wait` pauses the quota"),
        "JsonDecoder" => ("json", "`decode: json`"),
        "JsonlDecoder" | "ndjson" | "jsonlines" | "json_lines" | "jsonnl" => ("jsonl", "`decode: jsonl`"),
        "CsvDecoder" => ("csv", "`decode: csv`"),
        "XmlDecoder" => ("xml", "`decode: xml`"),
        "GzipDecoder" | "gz" => ("gzip", "`decode: { gzip: csv }`"),
        "ZipfileDecoder" => ("zip", "`decode: { zip: csv }`"),
        _ => return None,
    })
}
