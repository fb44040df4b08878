//! How a command or a reply is read: field by field, without copying it.
//!
//! The two lines of the driver have two versions of `bson`, so the recorder reads documents by a
//! trait. `document_reader!` implements it for the types of one version.

use super::extended_json::ExtendedJson;

/// A document of BSON, as a recorder reads it. Implemented for a reference, so that it is copied
/// for free.
///
/// [`recorder`](crate::recorder) has an example.
pub trait Document<'a>: Copy {
    /// The fields of a document.
    type Fields: Iterator<Item = (&'a str, Value<'a, Self>)>;
    /// The items of an array. If its `size_hint` is exact, a batch is counted at no cost.
    type Items: Iterator<Item = Value<'a, Self>>;

    /// The fields, in their order.
    fn fields(self) -> Self::Fields;

    /// Writes the document as relaxed Extended JSON, for users that have commands and replies
    /// recorded. A document that writes nothing is not recorded.
    fn write_extended_json(self, out: &mut ExtendedJson<'_>) {
        let _ = out;
    }

    /// The value of the field `name`.
    fn get(self, name: &str) -> Option<Value<'a, Self>> {
        self.fields().find(|(field, _)| *field == name).map(|(_, value)| value)
    }
}

/// A value in a [`Document`]. Of most kinds it does not matter what they are: no value is
/// recorded.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub enum Value<'a, D: Document<'a>> {
    /// A document.
    Document(D),
    /// An array.
    Array(D::Items),
    /// A string.
    Text(&'a str),
    /// A whole number, of whatever type: servers and their stand-ins do not agree on it. See
    /// [`of_double`](Value::of_double).
    Number(i64),
    /// Anything else.
    Other,
}

impl<'a, D: Document<'a>> Value<'a, D> {
    /// A floating-point number: [`Number`](Self::Number) if it is whole and `f64` has every whole
    /// number up to it, else [`Other`](Self::Other).
    ///
    /// So a count of 1.5, infinity or NaN is none, and not another count.
    #[must_use]
    pub fn of_double(number: f64) -> Self {
        /// 2^53.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match number.fract() == 0.0 && number.abs() <= EXACT {
            true => Self::Number(number as i64),
            false => Self::Other,
        }
    }

    /// `None` for a value of another kind, as in the methods below.
    pub(crate) fn document(self) -> Option<D> {
        match self {
            Self::Document(document) => Some(document),
            _ => None,
        }
    }

    pub(crate) fn array(self) -> Option<D::Items> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn number(self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }
}

/// Makes a [`Document`] of those of a version of the `bson` crate, which is named by its path. For
/// the adapters here and for the driver itself, where it is compiled with hooks.
#[doc(hidden)]
#[macro_export]
macro_rules! document_reader {
    ($(#[$doc:meta])* $name:ident over $($bson:ident)::+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name<'a>(pub(crate) &'a $($bson)::+::Document);

        impl<'a> $crate::recorder::Document<'a> for $name<'a> {
            type Fields = std::iter::Map<
                $($bson)::+::document::Iter<'a>,
                fn(
                    (&'a String, &'a $($bson)::+::Bson),
                ) -> (&'a str, $crate::recorder::Value<'a, Self>),
            >;
            type Items = std::iter::Map<
                std::slice::Iter<'a, $($bson)::+::Bson>,
                fn(&'a $($bson)::+::Bson) -> $crate::recorder::Value<'a, Self>,
            >;

            fn fields(self) -> Self::Fields {
                self.0.iter().map(|(name, value)| (name.as_str(), Self::value(value)))
            }

            fn get(self, name: &str) -> Option<$crate::recorder::Value<'a, Self>> {
                self.0.get(name).map(Self::value)
            }

            fn write_extended_json(self, out: &mut $crate::recorder::ExtendedJson<'_>) {
                if !self.0.is_empty() {
                    Self::write_document(self.0, out);
                }
            }
        }

        impl<'a> $name<'a> {
            fn write_document(
                document: &$($bson)::+::Document,
                out: &mut $crate::recorder::ExtendedJson<'_>,
            ) {
                out.nested("{", "}", |out| {
                    for (at, (name, value)) in document.iter().enumerate() {
                        out.raw(if at > 0 { "," } else { "" });
                        out.string(name.as_str());
                        out.raw(":");
                        Self::write_value(value, out);
                    }
                });
            }

            fn write_value(
                value: &$($bson)::+::Bson,
                out: &mut $crate::recorder::ExtendedJson<'_>,
            ) {
                use $($bson)::+::Bson;
                match value {
                    Bson::Double(number) => out.double(*number),
                    Bson::String(text) => out.string(text),
                    Bson::Array(items) => out.nested("[", "]", |out| {
                        for (at, item) in items.iter().enumerate() {
                            out.raw(if at > 0 { "," } else { "" });
                            Self::write_value(item, out);
                        }
                    }),
                    Bson::Document(document) => Self::write_document(document, out),
                    Bson::Boolean(value) => out.raw(if *value { "true" } else { "false" }),
                    Bson::Null => out.raw("null"),
                    Bson::Int32(number) => out.raw(&number.to_string()),
                    Bson::Int64(number) => out.raw(&number.to_string()),
                    Bson::ObjectId(id) => out.typed("$oid", &id.to_hex()),
                    Bson::DateTime(date) => match date.try_to_rfc3339_string() {
                        Ok(text) if date.timestamp_millis() >= 0 => out.typed("$date", &text),
                        _ => {
                            out.raw("{\"$date\":");
                            out.typed("$numberLong", &date.timestamp_millis().to_string());
                            out.raw("}");
                        }
                    },
                    Bson::Binary(binary) => out.binary(binary.subtype.into(), &binary.bytes),
                    Bson::Decimal128(number) => out.typed("$numberDecimal", &number.to_string()),
                    Bson::Timestamp(at) => out.raw(&format!(
                        "{{\"$timestamp\":{{\"t\":{},\"i\":{}}}}}",
                        at.time, at.increment
                    )),
                    Bson::RegularExpression(regex) => {
                        out.raw("{\"$regularExpression\":{\"pattern\":");
                        out.string(regex.pattern.as_str());
                        out.raw(",\"options\":");
                        out.string(regex.options.as_str());
                        out.raw("}}");
                    }
                    Bson::JavaScriptCode(code) => out.typed("$code", code),
                    Bson::JavaScriptCodeWithScope(code) => {
                        out.raw("{\"$code\":");
                        out.string(&code.code);
                        out.raw(",\"$scope\":");
                        Self::write_document(&code.scope, out);
                        out.raw("}");
                    }
                    Bson::Symbol(text) => out.typed("$symbol", text),
                    Bson::Undefined => out.raw("{\"$undefined\":true}"),
                    Bson::MaxKey => out.raw("{\"$maxKey\":1}"),
                    Bson::MinKey => out.raw("{\"$minKey\":1}"),
                    Bson::DbPointer(_) => out.raw("{\"$dbPointer\":{}}"),
                }
            }

            fn value(value: &'a $($bson)::+::Bson) -> $crate::recorder::Value<'a, Self> {
                use $crate::recorder::Value;
                use $($bson)::+::Bson;
                match value {
                    Bson::Document(document) => Value::Document(Self(document)),
                    Bson::Array(items) => {
                        let value: fn(&'a Bson) -> Value<'a, Self> = Self::value;
                        Value::Array(items.iter().map(value))
                    }
                    Bson::String(text) => Value::Text(text),
                    Bson::Int32(number) => Value::Number(i64::from(*number)),
                    Bson::Int64(number) => Value::Number(*number),
                    Bson::Double(number) => Value::of_double(*number),
                    _ => Value::Other,
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use bson::{Bson, doc};

    use super::{Document, Value};
    use crate::recorder::TestDocument;

    #[test]
    fn double_is_a_number_only_if_it_is_whole() {
        for (value, expected) in [
            (Bson::Int32(-7), Some(-7)),
            (Bson::Int64(i64::MAX), Some(i64::MAX)),
            (Bson::Double(11_000.0), Some(11_000)),
            (Bson::Double(-0.0), Some(0)),
            (Bson::Double(9_007_199_254_740_992.0), Some(1 << 53)),
            (Bson::Double(9_007_199_254_740_994.0), None),
            (Bson::Double(1.5), None),
            (Bson::Double(-0.1), None),
            (Bson::Double(f64::NAN), None),
            (Bson::Double(f64::INFINITY), None),
            (Bson::Double(f64::MIN), None),
            (Bson::Boolean(true), None),
        ] {
            let document = doc! { "n": value };
            let read = TestDocument(&document).get("n");
            assert_eq!(read.clone().and_then(Value::number), expected, "{document}");
        }
    }

    /// A document of numbers that implements no more than it must.
    #[derive(Clone, Copy, Debug)]
    struct Numbers(&'static [(&'static str, i64)]);

    impl Document<'static> for Numbers {
        type Fields = std::vec::IntoIter<(&'static str, Value<'static, Self>)>;
        type Items = std::iter::Empty<Value<'static, Self>>;

        fn fields(self) -> Self::Fields {
            let value = |&(name, number): &(&'static str, i64)| (name, Value::Number(number));
            self.0.iter().map(value).collect::<Vec<_>>().into_iter()
        }
    }

    #[test]
    fn a_field_is_found_by_its_name() {
        let numbers = Numbers(&[("a", 1), ("b", 2), ("b", 3)]);
        let found = ["a", "b", "c"].map(|name| numbers.get(name).and_then(Value::number));
        assert_eq!(found, [Some(1), Some(2), None]);
    }
}
