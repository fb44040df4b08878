//! OTLP/JSON, on top of the serde code of `opentelemetry-proto`.
//!
//! The generated code writes ids, enums and 64-bit integers as OTLP asks. It also writes `null` for
//! numbers that are not finite, which a Collector refuses together with the whole batch, and for
//! fields that are absent. This serializer writes such numbers as the protobuf JSON mapping does,
//! `"NaN"`, `"Infinity"` and `"-Infinity"`, and leaves absent fields out.
//! Source: <https://protobuf.dev/programming-guides/json/>.
//!
//! `OtlpJson` wraps a serializer and everything that it hands out: sequences, maps and structs are
//! wrapped too, and each value inside is a `Part`, which wraps the serializer that it is given. So
//! every number and every field passes through here, at any depth, and the generated code stays as
//! it is.
//!
//! Whether a field is absent is found out by serializing its value with the `AbsenceProbe`, which
//! stops at the first sign of a value. That costs one call for most fields. Elements of lists are
//! never left out, since that would move the others. The rest of the file is what the traits of
//! serde ask for.
//!
//! To see what a message looks like, read `json/tests.rs`. A new kind of value that OTLP/JSON
//! writes in another way than serde belongs into `OtlpJson`; nothing else in the crate knows of the
//! difference.

use std::fmt::Display;

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// Writes `message` as OTLP/JSON.
/// Without line breaks, so the result can be a line of a file. The error is a reason to show.
pub(super) fn to_vec(message: &impl Serialize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::new(&mut bytes);
    match message.serialize(OtlpJson(&mut serializer)) {
        Ok(()) => Ok(bytes),
        Err(error) => Err(format!("cannot be written as JSON: {error}")),
    }
}

/// A serializer, or a part of one, that changes what it passes on to the one inside.
/// Its methods differ from those of the inner one in numbers with a fraction and in absent fields;
/// everything else is passed on.
struct OtlpJson<S>(S);

/// A value whose parts pass through [`OtlpJson`] too.
/// Serde gives a serializer to a value, and not the other way around, so the wrapper has to travel
/// with the value.
struct Part<'a, T: ?Sized>(&'a T);

/// Wraps whatever serializer the value is given.
impl<T: Serialize + ?Sized> Serialize for Part<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(OtlpJson(serializer))
    }
}

/// Methods of `Serializer` for values that stay as they are.
macro_rules! pass_on {
    ($($method:ident($type:ty);)+) => {
        $(fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.0.$method(value)
        })+
    };
}

impl<S: Serializer> Serializer for OtlpJson<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = OtlpJson<S::SerializeSeq>;
    type SerializeTuple = OtlpJson<S::SerializeTuple>;
    type SerializeTupleStruct = OtlpJson<S::SerializeTupleStruct>;
    type SerializeTupleVariant = OtlpJson<S::SerializeTupleVariant>;
    type SerializeMap = OtlpJson<S::SerializeMap>;
    type SerializeStruct = OtlpJson<S::SerializeStruct>;
    type SerializeStructVariant = OtlpJson<S::SerializeStructVariant>;

    /// Strings stand for what JSON has no number for.
    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        if value.is_nan() {
            self.0.serialize_str("NaN")
        } else if value.is_infinite() {
            self.0.serialize_str(if value > 0.0 { "Infinity" } else { "-Infinity" })
        } else {
            self.0.serialize_f64(value)
        }
    }

    /// Widened, for the same treatment.
    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        self.serialize_f64(value.into())
    }

    pass_on! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
    }

    /// In a list it is `null`. As a field it does not come here, for it is left out before, unless
    /// key and value come apart.
    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_none()
    }

    /// The value is what counts; JSON has no sign for an option.
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_some(&Part(value))
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit_struct(name)
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit_variant(name, index, variant)
    }

    /// The type around the value has no sign in JSON either.
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_struct(name, &Part(value))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_variant(name, index, variant, &Part(value))
    }

    /// Lists of attributes, spans and so on.
    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.0.serialize_seq(len).map(OtlpJson)
    }

    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.0.serialize_tuple(len).map(OtlpJson)
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.0.serialize_tuple_struct(name, len).map(OtlpJson)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.0.serialize_tuple_variant(name, index, variant, len).map(OtlpJson)
    }

    /// Messages with a field that serde flattens.
    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.0.serialize_map(len).map(OtlpJson)
    }

    /// All other messages. `len` may count fields that are left out later; JSON does not write it.
    fn serialize_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStruct, S::Error> {
        self.0.serialize_struct(name, len).map(OtlpJson)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.0.serialize_struct_variant(name, index, variant, len).map(OtlpJson)
    }
}

/// Traits for lists, whose elements are all kept.
macro_rules! elements {
    ($($trait:ident::$method:ident;)+) => {
        $(impl<S: $trait> $trait for OtlpJson<S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
                self.0.$method(&Part(value))
            }

            /// Closes what was opened.
            fn end(self) -> Result<S::Ok, S::Error> {
                self.0.end()
            }
        })+
    };
}

elements! {
    SerializeSeq::serialize_element;
    SerializeTuple::serialize_element;
    SerializeTupleStruct::serialize_field;
    SerializeTupleVariant::serialize_field;
}

/// Traits for fields with names that are known, which are left out if they are absent.
macro_rules! fields {
    ($($trait:ident;)+) => {
        $(impl<S: $trait> $trait for OtlpJson<S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), S::Error> {
                match is_absent(value) {
                    true => self.0.skip_field(key),
                    false => self.0.serialize_field(key, &Part(value)),
                }
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.0.end()
            }
        })+
    };
}

fields! {
    SerializeStruct;
    SerializeStructVariant;
}

/// For structs that serde flattens, which come as maps. Entries that are absent are left out.
impl<S: SerializeMap> SerializeMap for OtlpJson<S> {
    type Ok = S::Ok;
    type Error = S::Error;

    /// Keys are passed on as they are: JSON has only strings there.
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        self.0.serialize_key(key)
    }

    /// With key and value apart an absent one cannot be left out; it becomes `null`.
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.0.serialize_value(&Part(value))
    }

    /// The usual way of entries, which has key and value together.
    fn serialize_entry<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &V,
    ) -> Result<(), S::Error> {
        match is_absent(value) {
            true => Ok(()),
            false => self.0.serialize_entry(key, &Part(value)),
        }
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.0.end()
    }
}

/// Whether JSON has only `null` for `value`, because it is an absent field.
///
/// These are `None`, the unit, and what wraps one of them.
fn is_absent(value: &(impl Serialize + ?Sized)) -> bool {
    value.serialize(AbsenceProbe).is_ok()
}

/// Succeeds for what is absent, and fails at the first sign of anything else.
/// It writes nothing. Success means absence.
struct AbsenceProbe;

/// There is something.
/// The error by which the probe stops.
#[derive(Debug)]
struct Present;

/// Required of errors, and not shown.
impl Display for Present {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("present")
    }
}

/// There is no cause below it.
impl std::error::Error for Present {}

/// An error of the value itself shows that there is one.
impl serde::ser::Error for Present {
    /// The message is dropped, since only the fact counts.
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

/// Methods of `Serializer` that show that there is a value.
macro_rules! present {
    ($($method:ident($($type:ty),*) -> $result:ty;)+) => {
        $(fn $method(self, $(_: $type),*) -> Result<$result, Present> {
            Err(Present)
        })+
    };
}

/// The probe never gets to the parts of a value.
type Never = serde::ser::Impossible<(), Present>;

/// An empty list is a value, and so is an empty text.
impl Serializer for AbsenceProbe {
    type Ok = ();
    type Error = Present;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    /// This is what the probe looks for.
    fn serialize_none(self) -> Result<(), Present> {
        Ok(())
    }

    /// JSON writes it as `null` too.
    fn serialize_unit(self) -> Result<(), Present> {
        Ok(())
    }

    /// Whether there is something depends on the value inside.
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Present> {
        value.serialize(self)
    }

    /// As for an option: the type around the value is not written.
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Present> {
        value.serialize(self)
    }

    /// A variant has a name, so there is something whatever it holds.
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Present> {
        Err(Present)
    }

    present! {
        serialize_bool(bool) -> ();
        serialize_i8(i8) -> ();
        serialize_i16(i16) -> ();
        serialize_i32(i32) -> ();
        serialize_i64(i64) -> ();
        serialize_u8(u8) -> ();
        serialize_u16(u16) -> ();
        serialize_u32(u32) -> ();
        serialize_u64(u64) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_char(char) -> ();
        serialize_str(&str) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_unit_variant(&'static str, u32, &'static str) -> ();
        serialize_seq(Option<usize>) -> Never;
        serialize_tuple(usize) -> Never;
        serialize_tuple_struct(&'static str, usize) -> Never;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never;
        serialize_map(Option<usize>) -> Never;
        serialize_struct(&'static str, usize) -> Never;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never;
    }
}

#[cfg(test)]
mod tests;
