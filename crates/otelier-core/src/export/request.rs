//! One export request: what the SDK recorded as an OTLP message, which can be encoded and split.
//!
//! The messages are those of `opentelemetry-proto`, for both encodings. Splitting works on the
//! messages and not on the bytes: resources and scopes are repeated in both parts, the items are
//! moved, and what is left without items is removed. So each part is a complete request.
//!
//! A request is encoded again after each split. That is rare, and it keeps the parts independent of
//! each other.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::logs::v1::{ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, Gauge, Histogram, Metric, ResourceMetrics, ScopeMetrics, Sum, Summary,
};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans};
use prost::Message as _;

use super::json;

/// How requests are written.
/// The answer of an endpoint is read in the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// For HTTP and gRPC.
    Protobuf,
    /// OTLP/JSON, over HTTP and in files.
    Json,
}

/// The message of one export request.
/// One kind for each signal. What is sent is always one of them as a whole.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ExportRequest {
    Traces(ExportTraceServiceRequest),
    Metrics(ExportMetricsServiceRequest),
    Logs(ExportLogsServiceRequest),
}

impl ExportRequest {
    /// The number of spans, data points or log records.
    /// This is the unit in which losses are counted and requests are split.
    /// An empty request has zero, and is not sent.
    pub(crate) fn items(&self) -> usize {
        match self {
            Self::Traces(request) => {
                let scopes = request.resource_spans.iter().flat_map(|it| &it.scope_spans);
                scopes.map(|scope| scope.spans.len()).sum()
            }
            Self::Metrics(request) => {
                let scopes = request.resource_metrics.iter().flat_map(|it| &it.scope_metrics);
                scopes.flat_map(|scope| &scope.metrics).map(points).sum()
            }
            Self::Logs(request) => {
                let scopes = request.resource_logs.iter().flat_map(|it| &it.scope_logs);
                scopes.map(|scope| scope.log_records.len()).sum()
            }
        }
    }

    /// Only JSON can fail; the error is a reason to show.
    /// The bytes are not compressed.
    pub(super) fn encode(&self, encoding: Encoding) -> Result<Vec<u8>, String> {
        match (encoding, self) {
            (Encoding::Protobuf, Self::Traces(request)) => Ok(request.encode_to_vec()),
            (Encoding::Protobuf, Self::Metrics(request)) => Ok(request.encode_to_vec()),
            (Encoding::Protobuf, Self::Logs(request)) => Ok(request.encode_to_vec()),
            (Encoding::Json, Self::Traces(request)) => json::to_vec(request),
            (Encoding::Json, Self::Metrics(request)) => json::to_vec(request),
            (Encoding::Json, Self::Logs(request)) => json::to_vec(request),
        }
    }

    /// Keeps the first half of the items, and returns the other half as a second request. Returns
    /// nothing if there is only one item.
    ///
    /// With an odd number the first half has one item more. Items keep their order.
    pub(super) fn split_off_half(&mut self) -> Option<Self> {
        self.split_off(self.items().div_ceil(2))
    }

    /// Keeps the first `keep` items, and returns the others as a second request. Returns nothing if
    /// there are no others.
    pub(super) fn split_off(&mut self, keep: usize) -> Option<Self> {
        if self.items() <= keep {
            return None;
        }
        Some(match self {
            Self::Traces(request) => {
                let resource_spans = split_spans(&mut request.resource_spans, keep);
                Self::Traces(ExportTraceServiceRequest { resource_spans })
            }
            Self::Metrics(request) => {
                let resource_metrics = split_metrics(&mut request.resource_metrics, keep);
                Self::Metrics(ExportMetricsServiceRequest { resource_metrics })
            }
            Self::Logs(request) => {
                let resource_logs = split_logs(&mut request.resource_logs, keep);
                Self::Logs(ExportLogsServiceRequest { resource_logs })
            }
        })
    }
}

/// Splits a list of items: what is beyond the first `keep` items is returned, and `keep` lowered.
/// After the first list that is longer than `keep`, `keep` is 0 and all further lists are returned
/// whole.
/// The result is empty if all of them stay.
fn split_list<T>(items: &mut Vec<T>, keep: &mut usize) -> Vec<T> {
    let stay = items.len().min(*keep);
    *keep -= stay;
    items.split_off(stay)
}

/// The messages of spans and of log records differ in their names only.
///
/// The function that is defined keeps the first `keep` items in `resources` and returns the rest.
/// Walks through all resources and scopes once. `keep` counts down as items stay, and what comes
/// after it has reached zero is moved into copies of the resource and scope that it belongs to.
/// Those that have no items left are removed from the first part.
macro_rules! split_resources {
    ($function:ident, $resource:ident { $scopes:ident }, $scope:ident { $items:ident }) => {
        fn $function(resources: &mut Vec<$resource>, mut keep: usize) -> Vec<$resource> {
            let mut rest = Vec::new();
            for resource in resources.iter_mut() {
                let mut scopes = Vec::new();
                for scope in &mut resource.$scopes {
                    let items = split_list(&mut scope.$items, &mut keep);
                    if !items.is_empty() {
                        scopes.push($scope {
                            scope: scope.scope.clone(),
                            schema_url: scope.schema_url.clone(),
                            $items: items,
                        });
                    }
                }
                resource.$scopes.retain(|scope| !scope.$items.is_empty());
                if !scopes.is_empty() {
                    rest.push($resource {
                        resource: resource.resource.clone(),
                        schema_url: resource.schema_url.clone(),
                        $scopes: scopes,
                    });
                }
            }
            resources.retain(|resource| !resource.$scopes.is_empty());
            rest
        }
    };
}

split_resources!(split_spans, ResourceSpans { scope_spans }, ScopeSpans { spans });
split_resources!(split_logs, ResourceLogs { scope_logs }, ScopeLogs { log_records });

/// As `split_spans`, with one more level: what is split are the data points of metrics.
/// A metric whose points are on both sides is in both parts, with the same name and unit.
fn split_metrics(resources: &mut Vec<ResourceMetrics>, mut keep: usize) -> Vec<ResourceMetrics> {
    let mut rest = Vec::new();
    for resource in resources.iter_mut() {
        let mut scopes = Vec::new();
        for scope in &mut resource.scope_metrics {
            let metrics: Vec<Metric> = scope
                .metrics
                .iter_mut()
                .filter_map(|metric| split_points(metric, &mut keep))
                .collect();
            if !metrics.is_empty() {
                scopes.push(ScopeMetrics {
                    scope: scope.scope.clone(),
                    schema_url: scope.schema_url.clone(),
                    metrics,
                });
            }
            scope.metrics.retain(|metric| points(metric) > 0);
        }
        resource.scope_metrics.retain(|scope| !scope.metrics.is_empty());
        if !scopes.is_empty() {
            rest.push(ResourceMetrics {
                resource: resource.resource.clone(),
                schema_url: resource.schema_url.clone(),
                scope_metrics: scopes,
            });
        }
    }
    resources.retain(|resource| !resource.scope_metrics.is_empty());
    rest
}

/// Splits the data points of one metric, if any are beyond the first `keep`.
/// The rest has the name, unit and temporality of the metric. A metric without data is left out.
/// What stays is left in `metric`, which may have no points then. `keep` is lowered by what stays.
fn split_points(metric: &mut Metric, keep: &mut usize) -> Option<Metric> {
    let data = match metric.data.as_mut()? {
        Data::Gauge(data) => {
            Data::Gauge(Gauge { data_points: split_list(&mut data.data_points, keep) })
        }
        Data::Sum(data) => Data::Sum(Sum {
            data_points: split_list(&mut data.data_points, keep),
            aggregation_temporality: data.aggregation_temporality,
            is_monotonic: data.is_monotonic,
        }),
        Data::Histogram(data) => Data::Histogram(Histogram {
            data_points: split_list(&mut data.data_points, keep),
            aggregation_temporality: data.aggregation_temporality,
        }),
        Data::ExponentialHistogram(data) => Data::ExponentialHistogram(ExponentialHistogram {
            data_points: split_list(&mut data.data_points, keep),
            aggregation_temporality: data.aggregation_temporality,
        }),
        Data::Summary(data) => {
            Data::Summary(Summary { data_points: split_list(&mut data.data_points, keep) })
        }
    };
    let rest = Metric {
        name: metric.name.clone(),
        description: metric.description.clone(),
        unit: metric.unit.clone(),
        metadata: metric.metadata.clone(),
        data: Some(data),
    };
    (points(&rest) > 0).then_some(rest)
}

/// How many data points a metric has, of whatever type.
/// Zero for a metric without data, which is then treated like one without points.
fn points(metric: &Metric) -> usize {
    match &metric.data {
        Some(Data::Gauge(data)) => data.data_points.len(),
        Some(Data::Sum(data)) => data.data_points.len(),
        Some(Data::Histogram(data)) => data.data_points.len(),
        Some(Data::ExponentialHistogram(data)) => data.data_points.len(),
        Some(Data::Summary(data)) => data.data_points.len(),
        None => 0,
    }
}

#[cfg(test)]
mod tests;
