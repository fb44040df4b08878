//! What the driver's connection knows, on each type that has one.
//!
//! A traced type does not dereference to the driver's: the driver's traits would apply to it, and a
//! program that imports them would execute statements of which nothing is recorded.

/// Gives a type with a field `inner`, which is or dereferences to the driver's connection, the
/// methods that read from it.
macro_rules! connection_getters {
    () => {
        /// The driver's connection, to be read from.
        #[must_use]
        pub fn inner(&self) -> &super::mysql_async::Conn {
            &self.inner
        }

        /// The server's number for the connection.
        #[must_use]
        pub fn id(&self) -> u32 {
            self.inner.id()
        }

        /// The value of an `AUTO_INCREMENT` column that the last statement made.
        #[must_use]
        pub fn last_insert_id(&self) -> Option<u64> {
            self.inner.last_insert_id()
        }

        /// How many rows the last statement changed.
        #[must_use]
        pub fn affected_rows(&self) -> u64 {
            self.inner.affected_rows()
        }

        /// What the server says of the last statement.
        #[must_use]
        pub fn info(&self) -> std::borrow::Cow<'_, str> {
            self.inner.info()
        }

        /// How many warnings the last statement gave.
        #[must_use]
        pub fn get_warnings(&self) -> u16 {
            self.inner.get_warnings()
        }

        /// The server's last packet of success.
        #[must_use]
        pub fn last_ok_packet(&self) -> Option<&super::mysql_async::OkPacket<'static>> {
            self.inner.last_ok_packet()
        }

        /// The version of the server.
        #[must_use]
        pub fn server_version(&self) -> (u16, u16, u16) {
            self.inner.server_version()
        }

        /// The options of the connection.
        #[must_use]
        pub fn opts(&self) -> &super::mysql_async::Opts {
            self.inner.opts()
        }
    };
}

pub(super) use connection_getters;
