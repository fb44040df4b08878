//! The domains of the semantic conventions, each with its templates: what the crate of an
//! integration has, and what a reader is told about it.

/// The domains of the semantic conventions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Domain {
    HttpClient,
    HttpServer,
    Db,
    Messaging,
    Rpc,
}

/// What differs between the domains.
pub(super) struct Templates {
    /// What the crate records, as it goes on after its name and a colon.
    pub(super) what: &'static str,
    /// The public type.
    pub(super) face: &'static str,
    /// The module that it is in.
    pub(super) role: &'static str,
    /// The methods that record, as the table of the facade goes on after the type.
    pub(super) methods: &'static str,
    pub(super) keyword: &'static str,
    pub(super) category: &'static str,
    /// The conventions that it follows, and how stable they are.
    pub(super) conventions: &'static str,
    /// What `provider_setters!` is given.
    pub(super) setters: &'static str,
    /// What the recorder describes, as a list of names.
    pub(super) described: &'static str,
    /// The lines that a user writes.
    pub(super) usage: &'static str,
    /// The spans, metrics and attributes.
    pub(super) emitted: &'static str,
    /// The body of the benchmark.
    pub(super) bench: &'static str,
    /// Files of the crate that only this domain has, or has otherwise than others.
    pub(super) files: &'static [(&'static str, &'static str)],
}

/// The files of a domain, under its folder of templates.
macro_rules! files {
    ($folder:literal) => {
        [
            ("src/recorder.rs", files!($folder, "src_recorder.rs")),
            ("src/adapter.rs", files!($folder, "src_adapter.rs")),
            ("tests/it/contract.rs", files!($folder, "tests_it_contract.rs")),
            ("examples/traced.rs", files!($folder, "examples_traced.rs")),
        ]
    };
    ($folder:literal, $name:literal) => {
        include_str!(concat!("../../templates/", $folder, "/", $name, ".tmpl"))
    };
}

const CLIENT: (&str, &str) = ("src/client.rs", files!("common", "src_client.rs"));
const SERVER: (&str, &str) = ("src/server.rs", files!("http-server", "src_server.rs"));
const HEADERS: (&str, &str) =
    ("src/recorder/headers.rs", files!("http", "src_recorder_headers.rs"));

const DB: Templates = Templates {
    what: "a span and a duration for each call",
    face: "OtelClient",
    role: "client",
    methods: "::new(client)` around a client, and `call` for each of its calls",
    keyword: "database",
    category: "database",
    conventions: "database: stable",
    setters: "",
    described: "Call",
    usage: files!("db", "usage"),
    emitted: files!("db", "emitted"),
    bench: files!("db", "bench"),
    files: {
        const FILES: [(&str, &str); 4] = files!("db");
        &[CLIENT, FILES[0], FILES[1], FILES[2], FILES[3]]
    },
};

const RPC: Templates = Templates {
    what: "a span and a duration for each call, and its context for the server",
    methods: "::new(client)` around a client, and `call` for each of its calls",
    keyword: "rpc",
    category: "network-programming",
    conventions: "RPC: release candidate",
    setters: "propagator",
    usage: files!("rpc", "usage"),
    emitted: files!("rpc", "emitted"),
    bench: files!("rpc", "bench"),
    files: {
        const FILES: [(&str, &str); 4] = files!("rpc");
        &[CLIENT, FILES[0], FILES[1], FILES[2], FILES[3]]
    },
    ..DB
};

const MESSAGING: Templates = Templates {
    what: "messages that carry their context, with a span for each end",
    methods: "::new(client)` around a client, and `send` and `process` for each message",
    keyword: "messaging",
    category: "network-programming",
    conventions: "messaging: in development",
    setters: "propagator",
    described: "Message",
    usage: files!("messaging", "usage"),
    emitted: files!("messaging", "emitted"),
    bench: files!("messaging", "bench"),
    files: {
        const FILES: [(&str, &str); 4] = files!("messaging");
        &[CLIENT, FILES[0], FILES[1], FILES[2], FILES[3]]
    },
    ..DB
};

const HTTP_CLIENT: Templates = Templates {
    what: "a span and a duration for each request, which carries its context",
    methods: "::new(client)` around a client, and `send` for each of its requests",
    keyword: "http",
    category: "web-programming::http-client",
    conventions: "HTTP: stable",
    setters: "propagator",
    described: "Request, Response",
    usage: files!("http-client", "usage"),
    emitted: files!("http-client", "emitted"),
    bench: files!("http-client", "bench"),
    files: {
        const FILES: [(&str, &str); 4] = files!("http-client");
        &[CLIENT, HEADERS, FILES[0], FILES[1], FILES[2], FILES[3]]
    },
    ..DB
};

const HTTP_SERVER: Templates = Templates {
    what: "a span and a duration for each request that is served",
    face: "OtelServer",
    role: "server",
    methods: "::new()`, and `serve` for each request",
    keyword: "http",
    category: "web-programming::http-server",
    conventions: "HTTP: stable",
    setters: "propagator",
    described: "Request, Response",
    usage: files!("http-server", "usage"),
    emitted: files!("http-server", "emitted"),
    bench: files!("http-server", "bench"),
    files: {
        const FILES: [(&str, &str); 4] = files!("http-server");
        &[SERVER, HEADERS, FILES[0], FILES[1], FILES[2], FILES[3]]
    },
};

/// The files that every crate has.
pub(super) const COMMON: [(&str, &str); 5] = [
    ("Cargo.toml", files!("common", "Cargo.toml")),
    ("README.md", files!("common", "README.md")),
    ("src/lib.rs", files!("common", "src_lib.rs")),
    ("tests/it/main.rs", files!("common", "tests_it_main.rs")),
    ("benches/call.rs", files!("common", "benches_call.rs")),
];
/// The module of the facade.
pub(super) const FACADE_MODULE: &str = files!("common", "facade.rs");

impl Domain {
    pub(super) fn templates(self) -> &'static Templates {
        match self {
            Self::HttpClient => &HTTP_CLIENT,
            Self::HttpServer => &HTTP_SERVER,
            Self::Db => &DB,
            Self::Messaging => &MESSAGING,
            Self::Rpc => &RPC,
        }
    }
}
