//! The span-name cache: `{method} {route}`, made once for each route of a program.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use arc_swap::ArcSwap;
use opentelemetry::StringValue;

use crate::kit::value;

/// How many names are kept for the life of the process. A program has a fixed number of routes; for
/// more than these, the name is allocated again for each request.
const CAPACITY: usize = 1024;

static CACHE: LazyLock<SpanNameCache> = LazyLock::new(|| SpanNameCache::new(CAPACITY));

/// A route, with its span name if that is cached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    template: StringValue,
    span_name: Option<&'static str>,
}

impl Route {
    /// The route with this template, for requests with this method. An empty one is never reported.
    pub(crate) fn new(method: &str, template: &str) -> Option<Self> {
        Self::cached_in(&CACHE, method, value::truncate(template))
    }

    fn cached_in(cache: &SpanNameCache, method: &str, template: &str) -> Option<Self> {
        if template.is_empty() {
            return None;
        }
        let span_name = cache.get_or_insert(method, template);
        let template = match span_name {
            Some(name) => StringValue::from(&name[method.len() + 1..]),
            None => value::shared(template),
        };
        Some(Self { template, span_name })
    }

    /// `{method} {route}`, for the method that the route was made with.
    pub(crate) fn span_name(&self, method: &str) -> Cow<'static, str> {
        match self.span_name {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned([method, " ", self.template.as_str()].concat()),
        }
    }

    /// `http.route`, or `url.template` of a client.
    pub(crate) fn template(&self) -> StringValue {
        self.template.clone()
    }
}

/// Method and route, so that a look-up need not put them together. Both are parts of the leaked
/// name.
type Names = HashMap<(&'static str, &'static str), &'static str>;

/// Names that are leaked, so that a span can have them without a copy. Looking one up takes no
/// lock, and a full cache is not changed any more.
struct SpanNameCache {
    names: ArcSwap<Names>,
    capacity: usize,
}

impl SpanNameCache {
    fn new(capacity: usize) -> Self {
        Self { names: ArcSwap::default(), capacity }
    }

    /// The name of `route`; nothing if it is not there and the cache is full.
    fn get_or_insert(&self, method: &str, route: &str) -> Option<&'static str> {
        let names = self.names.load();
        match get(&names, (method, route)) {
            Some(name) => Some(name),
            None if names.len() < self.capacity => Some(self.insert(method, route)),
            None => None,
        }
    }

    /// Adds the name to a copy of the table, which is done so many times at most as the cache has
    /// room.
    #[cold]
    fn insert(&self, method: &str, route: &str) -> &'static str {
        let name: &'static str = Box::leak([method, " ", route].concat().into_boxed_str());
        let key = (&name[..method.len()], &name[method.len() + 1..]);
        self.names.rcu(|names| {
            let mut names = Names::clone(names);
            if names.len() < self.capacity {
                names.entry(key).or_insert(name);
            }
            names
        });
        name
    }
}

/// A pair of borrowed parts looks up a pair of static ones: the lifetime of a key is covariant.
fn get<'k>(
    names: &HashMap<(&'k str, &'k str), &'static str>,
    key: (&'k str, &'k str),
) -> Option<&'static str> {
    names.get(&key).copied()
}

#[cfg(test)]
mod tests {
    use allocation_counter::measure;

    use super::*;

    fn full(capacity: usize) -> SpanNameCache {
        let cache = SpanNameCache::new(capacity);
        for n in 0..capacity {
            assert!(cache.get_or_insert("GET", &format!("/{n}")).is_some());
        }
        cache
    }

    #[test]
    fn names_are_method_and_route() {
        for _ in 0..2 {
            let route = Route::new("GET", "/users/{id}").expect("a route");
            assert_eq!(route.span_name("GET"), "GET /users/{id}");
            assert_eq!(route.template().as_str(), "/users/{id}");
        }
    }

    #[test]
    fn empty_routes_have_no_name() {
        assert_eq!(Route::new("GET", ""), None);
    }

    #[test]
    fn a_full_cache_keeps_what_it_has() {
        let cache = full(3);
        for n in 0..10 {
            let template = format!("/{n}");
            let route = Route::cached_in(&cache, "GET", &template).expect("a route");
            assert_eq!(route.span_name.is_some(), n < 3);
            assert_eq!(route.span_name("GET"), format!("GET {template}"));
            assert_eq!(route.template().as_str(), template);
        }
        assert_eq!(cache.names.load().len(), 3);
    }

    #[test]
    fn cached_names_are_found_again_without_an_allocation() {
        let cache = full(CAPACITY);
        let made = measure(|| {
            let route = Route::cached_in(&cache, "GET", "/1023").expect("a route");
            drop((route.span_name("GET"), route.template(), route.template()));
        });
        assert_eq!(made.count_total, 0);
    }

    #[test]
    fn a_million_routes_cost_what_one_costs() {
        let cache = full(CAPACITY);
        let table = cache.names.load_full();
        for n in 1_000_000..1_100_000 {
            let template = format!("/made/up/{n}");
            let made = measure(|| {
                let route = Route::cached_in(&cache, "GET", &template).expect("a route");
                drop((route.span_name("GET"), route.template(), route.template()));
            });
            assert_eq!(made.count_total, 2, "its name and its template");
        }
        let unchanged = std::sync::Arc::ptr_eq(&table, &cache.names.load_full());
        assert!(unchanged, "a full cache is not copied");
    }
}
