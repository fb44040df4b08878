//! OpenTelemetry for mysql_async: the same Pool, Conn and Queryable, traced.
