//! Span names of routes, made once each.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use opentelemetry::StringValue;

/// How many names are kept for the life of the process. A program has so many routes at most unless it makes them up
/// as it goes, and then the names past the bound are allocated for each request.
const KEPT: usize = 1024;

/// A method and a route, as the span's name `{method} {route}` and as `http.route`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RouteName {
    name: Cow<'static, str>,
    route_at: usize,
}

type Names = HashMap<Key, &'static str>;
/// Method and route apart, so that a look-up need not put them together. Both are parts of the leaked name.
type Key = (&'static str, &'static str);

thread_local! {
    /// In front of the table of the process, so that requests on several cores share no lock.
    static SEEN: RefCell<Names> = RefCell::new(HashMap::new());
}
static KNOWN: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

impl RouteName {
    /// Nothing where the route is empty, which is never reported.
    pub(crate) fn new(method: &str, route: &str) -> Option<Self> {
        if route.is_empty() {
            return None;
        }
        let route_at = method.len() + 1;
        let name = match kept(method, route) {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(format!("{method} {route}")),
        };
        Some(Self { name, route_at })
    }

    pub(crate) fn span_name(&self) -> Cow<'static, str> {
        self.name.clone()
    }

    pub(crate) fn route(&self) -> StringValue {
        match &self.name {
            Cow::Borrowed(name) => StringValue::from(&name[self.route_at..]),
            Cow::Owned(name) => StringValue::from(name[self.route_at..].to_owned()),
        }
    }
}

/// The kept name, on this thread's table if it was asked for here before.
fn kept(method: &str, route: &str) -> Option<&'static str> {
    SEEN.try_with(|seen| {
        let mut seen = seen.borrow_mut();
        // A pair of borrowed parts looks up a pair of static ones: the lifetime of a key is covariant.
        if let Some(name) = get(&seen, (method, route)) {
            return Some(name);
        }
        let name = keep(method, route)?;
        seen.insert((&name[..method.len()], &name[method.len() + 1..]), name);
        Some(name)
    })
    .unwrap_or(None)
}

fn get<'k>(
    names: &HashMap<(&'k str, &'k str), &'static str>,
    key: (&'k str, &'k str),
) -> Option<&'static str> {
    names.get(&key).copied()
}

/// The kept name, on the table of the process; leaked there if there is still room.
fn keep(method: &str, route: &str) -> Option<&'static str> {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let is_same = |name: &&&'static str| {
        name.strip_prefix(method)
            .and_then(|rest| rest.strip_prefix(' '))
            .is_some_and(|rest| rest == route)
    };
    if let Some(name) = known.iter().find(is_same) {
        return Some(name);
    }
    if known.len() >= KEPT {
        return None;
    }
    let name: &'static str = Box::leak(format!("{method} {route}").into_boxed_str());
    known.push(name);
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_method_and_route() {
        for _ in 0..2 {
            let name = RouteName::new("GET", "/users/{id}").expect("a route");
            assert_eq!(name.span_name(), "GET /users/{id}");
            assert_eq!(name.route().as_str(), "/users/{id}");
        }
    }

    #[test]
    fn an_empty_route_has_no_name() {
        assert_eq!(RouteName::new("GET", ""), None);
    }

    #[test]
    fn names_past_the_bound_are_made_but_not_kept() {
        for n in 0..KEPT + 10 {
            let route = format!("/made/up/{n}");
            let name = RouteName::new("GET", &route).expect("a route");
            assert_eq!(name.span_name(), format!("GET {route}"));
            assert_eq!(name.route().as_str(), route);
        }
        assert!(KNOWN.lock().expect("lock").len() <= KEPT);
    }
}
