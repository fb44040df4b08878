//! The metrics of connection pools: what a pool is like now, and how long connections take.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use opentelemetry::metrics::{Counter, Histogram, Meter};
use opentelemetry::{KeyValue, StringValue};

use crate::kit::Providers;
use crate::kit::catch_panic;
use crate::kit::value;
use crate::kit::{Instrumenter, Instruments, Integration};
use crate::semconv::{attribute, metric};

/// How many names of pools are reported; a program that makes up more has only its living pools
/// reported.
const NAMES: usize = 128;

/// The pools of one integration. Cheap to clone; the clones are the same.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use otelier_instrument::semconv::db::{DbPoolSource, DbPoolState, DbPools};
/// use otelier_instrument::{Providers, integration};
///
/// struct Pool;
///
/// impl DbPoolSource for Pool {
///     fn state(&self) -> DbPoolState {
///         let mut state = DbPoolState::default();
///         (state.idle, state.used, state.max) = (3, 1, Some(10));
///         state
///     }
/// }
///
/// let source: Arc<dyn DbPoolSource> = Arc::new(Pool);
/// let pools = DbPools::new(integration!("my-database"), Providers::default());
/// let pool = pools.add("db.example:5432/shop", Arc::downgrade(&source));
/// pool.record_wait_time(Duration::from_millis(2));
/// ```
///
/// # What is emitted
///
/// For each pool, by `db.client.connection.pool.name`: the up-down counters
/// `db.client.connection.{count,idle.max,idle.min,max,pending_requests}` (observed at each
/// collection; `count` by `db.client.connection.state`, `idle` or `used`), the counter
/// `db.client.connection.timeouts`, and the histograms
/// `db.client.connection.{create_time,wait_time,use_time}` (s). Pools of one name are reported as
/// one, and a pool that is gone as empty.
///
/// Source:
/// <https://opentelemetry.io/docs/specs/semconv/database/database-metrics/#connection-pools>.
#[derive(Clone, Debug)]
pub struct DbPools(Arc<Instrumenter<PoolInstruments>>);

/// What a pool is like at one moment.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DbPoolState {
    /// Open connections that wait to be used.
    pub idle: u64,
    /// Open connections in use.
    pub used: u64,
    /// Callers that wait for a connection.
    pub pending_requests: u64,
    /// The most connections that may be idle, if the pool has such a bound.
    pub idle_max: Option<u64>,
    /// The fewest connections that are kept idle, if the pool has such a bound.
    pub idle_min: Option<u64>,
    /// The most connections that may be open, if the pool has such a bound.
    pub max: Option<u64>,
}

/// A pool that can be asked what it is like. It is asked at each collection of metrics, and must
/// not block.
pub trait DbPoolSource: Send + Sync + 'static {
    /// What the pool is like now.
    fn state(&self) -> DbPoolState;
}

impl DbPools {
    /// The pools of `integration`, with telemetry to `providers`.
    #[must_use]
    pub fn new(integration: impl Into<Integration>, providers: Providers) -> Self {
        Self(Arc::new(Instrumenter::new(integration, providers)))
    }

    /// Adds the pool `name`, which `source` is asked about for as long as it lives.
    ///
    /// Without a name of its own a pool is called `{server.address}:{server.port}/{db.namespace}`
    /// by convention.
    #[must_use]
    pub fn add(&self, name: impl Into<StringValue>, source: Weak<dyn DbPoolSource>) -> DbPool {
        let pool = DbPool(Arc::new(Pool {
            name: value::bounded(name),
            source,
            announced: OnceLock::new(),
            pools: self.clone(),
        }));
        pool.instruments();
        pool
    }
}

/// One pool, to record what cannot be observed. Cheap to clone; the clones are the same.
#[derive(Clone, Debug)]
pub struct DbPool(Arc<Pool>);

struct Pool {
    name: StringValue,
    source: Weak<dyn DbPoolSource>,
    announced: OnceLock<()>,
    pools: DbPools,
}

impl DbPool {
    /// Records that making a connection took `time`.
    pub fn record_create_time(&self, time: Duration) {
        self.record(time, |instruments| &instruments.create_time);
    }

    /// Records that a caller waited for a connection for `time`.
    pub fn record_wait_time(&self, time: Duration) {
        self.record(time, |instruments| &instruments.wait_time);
    }

    /// Records that a connection was in use for `time` before it came back.
    pub fn record_use_time(&self, time: Duration) {
        self.record(time, |instruments| &instruments.use_time);
    }

    /// Records that a caller got no connection in time.
    pub fn record_timeout(&self) {
        if let Some(instruments) = self.instruments() {
            catch_panic(|| instruments.timeouts.add(1, &[self.name()]));
        }
    }

    /// Whether the pool's metrics are recorded, so that a clock is worth reading.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.instruments().is_some()
    }

    fn record(&self, time: Duration, histogram: impl FnOnce(&PoolInstruments) -> &Histogram<f64>) {
        if let Some(instruments) = self.instruments() {
            catch_panic(|| histogram(instruments).record(time.as_secs_f64(), &[self.name()]));
        }
    }

    fn name(&self) -> KeyValue {
        pool_name(self.0.name.clone())
    }

    /// The instruments, once metrics are recorded; the pool is among those observed from then on.
    fn instruments(&self) -> Option<&PoolInstruments> {
        let instrumenter = &self.0.pools.0;
        let instruments = instrumenter.instruments().filter(|_| instrumenter.is_switched_on())?;
        self.0
            .announced
            .get_or_init(|| instruments.known.add(self.0.name.clone(), self.0.source.clone()));
        Some(instruments)
    }
}

/// The pools that are asked at each collection, by name.
#[derive(Clone, Default)]
struct Known(Arc<Mutex<BTreeMap<String, Entry>>>);

struct Entry {
    name: StringValue,
    sources: Vec<Weak<dyn DbPoolSource>>,
    /// What was reported last.
    state: DbPoolState,
}

impl Known {
    fn add(&self, name: StringValue, source: Weak<dyn DbPoolSource>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= NAMES {
            known.retain(|_, entry| entry.sources.iter().any(|source| source.strong_count() > 0));
        }
        let entry = known.entry(name.as_str().to_owned()).or_insert_with(|| Entry {
            name,
            sources: Vec::new(),
            state: DbPoolState::default(),
        });
        entry.sources.retain(|source| source.strong_count() > 0);
        entry.sources.push(source);
    }

    /// Calls `report` with each name and what its pools are like together.
    fn ask(&self, mut report: impl FnMut(KeyValue, DbPoolState)) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in known.values_mut() {
            let living =
                entry.sources.iter().filter_map(Weak::upgrade).map(|source| source.state());
            entry.state = living.reduce(add).unwrap_or_else(|| gone(entry.state));
            report(pool_name(entry.name.clone()), entry.state);
        }
    }
}

/// What is left of pools that are gone: nothing, in every value that was reported of them.
fn gone(last: DbPoolState) -> DbPoolState {
    let zero = |bound: Option<u64>| bound.map(|_| 0);
    DbPoolState {
        idle_max: zero(last.idle_max),
        idle_min: zero(last.idle_min),
        max: zero(last.max),
        ..DbPoolState::default()
    }
}

fn add(one: DbPoolState, other: DbPoolState) -> DbPoolState {
    let both = |one: Option<u64>, other: Option<u64>| match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (one, other) => one.or(other),
    };
    DbPoolState {
        idle: one.idle.saturating_add(other.idle),
        used: one.used.saturating_add(other.used),
        pending_requests: one.pending_requests.saturating_add(other.pending_requests),
        idle_max: both(one.idle_max, other.idle_max),
        idle_min: both(one.idle_min, other.idle_min),
        max: both(one.max, other.max),
    }
}

fn pool_name(name: StringValue) -> KeyValue {
    KeyValue::new(attribute::DB_CLIENT_CONNECTION_POOL_NAME, name)
}

struct PoolInstruments {
    known: Known,
    timeouts: Counter<u64>,
    create_time: Histogram<f64>,
    wait_time: Histogram<f64>,
    use_time: Histogram<f64>,
}

impl Instruments for PoolInstruments {
    fn create(meter: &Meter) -> Self {
        let known = Known::default();
        observe_count(meter, &known);
        let connections = |name, description, value| {
            observe(meter, &known, name, "{connection}", description, value);
        };
        connections(
            metric::DB_CLIENT_CONNECTION_IDLE_MAX,
            "The maximum number of idle open connections allowed.",
            |state| state.idle_max,
        );
        connections(
            metric::DB_CLIENT_CONNECTION_IDLE_MIN,
            "The minimum number of idle open connections allowed.",
            |state| state.idle_min,
        );
        connections(
            metric::DB_CLIENT_CONNECTION_MAX,
            "The maximum number of open connections allowed.",
            |state| state.max,
        );
        observe(
            meter,
            &known,
            metric::DB_CLIENT_CONNECTION_PENDING_REQUESTS,
            "{request}",
            "The number of current pending requests for an open connection.",
            |state| Some(state.pending_requests),
        );
        let seconds = |name, description| {
            metric::seconds(meter, name, description, &metric::DB_DURATION_BOUNDARIES)
        };
        Self {
            known,
            timeouts: meter
                .u64_counter(metric::DB_CLIENT_CONNECTION_TIMEOUTS)
                .with_unit("{timeout}")
                .with_description(
                    "The number of connection timeouts that have occurred trying to obtain a connection \
                     from the pool.",
                )
                .build(),
            create_time: seconds(
                metric::DB_CLIENT_CONNECTION_CREATE_TIME,
                "The time it took to create a new connection.",
            ),
            wait_time: seconds(
                metric::DB_CLIENT_CONNECTION_WAIT_TIME,
                "The time it took to obtain an open connection from the pool.",
            ),
            use_time: seconds(
                metric::DB_CLIENT_CONNECTION_USE_TIME,
                "The time between borrowing a connection and returning it to the pool.",
            ),
        }
    }
}

fn observe(
    meter: &Meter,
    known: &Known,
    name: &'static str,
    unit: &'static str,
    description: &'static str,
    value: fn(DbPoolState) -> Option<u64>,
) {
    let known = known.clone();
    meter
        .i64_observable_up_down_counter(name)
        .with_unit(unit)
        .with_description(description)
        .with_callback(move |observer| {
            known.ask(|pool, state| {
                if let Some(value) = value(state) {
                    observer.observe(count(value), &[pool]);
                }
            });
        })
        .build();
}

fn observe_count(meter: &Meter, known: &Known) {
    let known = known.clone();
    meter
        .i64_observable_up_down_counter(metric::DB_CLIENT_CONNECTION_COUNT)
        .with_unit("{connection}")
        .with_description(
            "The number of connections that are currently in state described by the `state` attribute.",
        )
        .with_callback(move |observer| {
            known.ask(|pool, state| {
                for (name, value) in [("idle", state.idle), ("used", state.used)] {
                    let state = KeyValue::new(attribute::DB_CLIENT_CONNECTION_STATE, name);
                    observer.observe(count(value), &[pool.clone(), state]);
                }
            });
        })
        .build();
}

fn count(value: u64) -> i64 {
    value::integer(value)
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("name", &self.name.as_str()).finish_non_exhaustive()
    }
}
