//! The cluster of EKS.
//!
//! Nothing in a pod names its cluster. The node's tag does, if the node group lets the metadata
//! service show tags and the pod may reach that service. So the name is often missing, and that is
//! expected; the credentials of EKS alone are enough to say that it is EKS.
//!
//! The detector runs beside `ec2` and shares the session with the metadata service with it.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/resource/cloud-provider/aws/eks/>.

use opentelemetry::KeyValue;
use otelier_instrument::semconv::resource as key;

use super::detected::Detected;
use super::sources::Sources;
use super::{ec2, k8s};

/// The tag of the node, which is there if the node group shows its tags to the metadata service.
///
/// A path below `/latest/meta-data/`.
const CLUSTER: &str = "tags/instance/aws:eks:cluster-name";

/// The attributes of the cluster. A pod on an instance of EC2 may belong to a cluster of another
/// kind, so it must have the credentials that EKS gives to pods, or a node with EKS's tag. Nothing
/// outside of a pod, without any request. The ARN is there if region, account and name are known.
pub(super) fn detect(sources: &Sources) -> Detected {
    if !k8s::is_pod(&sources.files) {
        return Detected::default();
    }
    let platform = &sources.platform;
    let (name, region, account, problem) = match ec2::is_instance(sources) {
        false => (None, None, None, None),
        true => match sources.imds() {
            Ok(imds) => {
                let (name, problem) = match imds.get(CLUSTER) {
                    Ok(name) => (Some(name), None),
                    Err(reason) => (None, Some(reason)),
                };
                (name, imds.field("region"), imds.field("accountId"), problem)
            }
            Err(reason) => (None, None, None, Some(reason.to_owned())),
        },
    };
    if name.is_none() && !platform.has_eks_credentials {
        return match problem {
            None => Detected::default(),
            Some(reason) => Detected::default()
                .expected(format_args!("EC2's metadata service names no cluster: {reason}")),
        };
    }
    let region = region.or_else(|| platform.region.clone());
    let arn = match (&region, &account, &name) {
        (Some(region), Some(account), Some(name)) => {
            let partition = partition(region);
            Some(format!("arn:{partition}:eks:{region}:{account}:cluster/{name}"))
        }
        _ => None,
    };
    let mut attributes = vec![
        KeyValue::new(key::CLOUD_PROVIDER, "aws"),
        KeyValue::new(key::CLOUD_PLATFORM, "aws_eks"),
    ];
    for (key, value) in [
        (key::CLOUD_REGION, region),
        (key::CLOUD_ACCOUNT_ID, account),
        (key::K8S_CLUSTER_NAME, name),
        (key::AWS_EKS_CLUSTER_ARN, arn),
    ] {
        attributes.extend(value.map(|value| KeyValue::new(key, value)));
    }
    Detected::of(attributes)
}

/// The partitions of AWS beside the general one, by how the names of their regions begin.
const PARTITIONS: [(&str, &str); 7] = [
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
];

/// The partition of AWS that a region belongs to. One that is not known is in the general one.
fn partition(region: &str) -> &'static str {
    let found = PARTITIONS.iter().find(|(beginning, _)| region.starts_with(beginning));
    found.map_or("aws", |(_, partition)| partition)
}

#[cfg(test)]
mod tests {
    use super::super::detected::Problem;
    use super::super::testing::{Server, System, assert_pairs};
    use super::*;
    use crate::config::Platform;

    const POD: &[(&str, &str)] = &[("/etc/hosts", "# Kubernetes-managed hosts file.\n")];

    fn at(server: &Server) -> Platform {
        Platform { ec2_metadata_endpoint: Some(server.url.clone()), ..Platform::default() }
    }

    #[test]
    fn the_tag_of_the_node_names_the_cluster() {
        let server = Server::of_an_instance(&[("aws:eks:cluster-name", "prod")]);
        let detected = detect(&System::with(POD).sources(at(&server)));
        assert_eq!(detected.problem, None);
        assert_pairs(
            &detected.attributes,
            &[
                ("aws.eks.cluster.arn", "arn:aws:eks:eu-west-1:123456789012:cluster/prod"),
                ("cloud.account.id", "123456789012"),
                ("cloud.platform", "aws_eks"),
                ("cloud.provider", "aws"),
                ("cloud.region", "eu-west-1"),
                ("k8s.cluster.name", "prod"),
            ],
        );
    }

    #[test]
    fn credentials_of_pods_tell_it_without_the_metadata_service() {
        let region = Some("us-gov-west-1".to_owned());
        let platform = Platform { has_eks_credentials: true, region, ..Platform::default() };
        let detected = detect(&System::with(POD).sources(platform));
        assert_eq!(detected.problem, None);
        assert_pairs(
            &detected.attributes,
            &[
                ("cloud.platform", "aws_eks"),
                ("cloud.provider", "aws"),
                ("cloud.region", "us-gov-west-1"),
            ],
        );
    }

    #[test]
    fn other_clusters_are_not_called_eks() {
        // A cluster of another kind on EC2.
        let server = Server::of_an_instance(&[]);
        let detected = detect(&System::with(POD).sources(at(&server)));
        assert!(matches!(detected.problem, Some(Problem::Expected(_))), "{detected:?}");
        assert_pairs(&detected.attributes, &[]);
        // An instance without Kubernetes, and Kubernetes elsewhere.
        let server = Server::of_an_instance(&[("aws:eks:cluster-name", "prod")]);
        assert_eq!(detect(&System::with(&[]).sources(at(&server))), Detected::default());
        assert_eq!(server.asked().len(), 0);
        let elsewhere = System::with(POD).sources(Platform::default());
        assert_eq!(detect(&elsewhere), Detected::default());
    }

    #[test]
    fn regions_belong_to_partitions() {
        for (region, expected) in [
            ("eu-central-1", "aws"),
            ("us-east-1", "aws"),
            ("mx-central-1", "aws"),
            ("", "aws"),
            ("cn-northwest-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(partition(region), expected, "{region}");
        }
    }
}
