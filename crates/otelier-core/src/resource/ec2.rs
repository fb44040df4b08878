//! The instance of EC2.
//!
//! The address of the metadata service is the same on other clouds, and cannot be reached on other
//! machines. So it is asked only where the firmware, the hypervisor or a variable says that this
//! is EC2. That costs no network, and it keeps the start fast elsewhere.
//!
//! All attributes but the name of the host are fields of one document, which the session has read
//! already. A failure is expected and no warning, since containers often may not reach the service.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/resource/cloud/> and
//! <https://opentelemetry.io/docs/specs/semconv/resource/host/>.

use opentelemetry::KeyValue;
use otelier_instrument::semconv::resource as key;

use super::detected::Detected;
use super::sources::Sources;

/// The attributes of the instance. The metadata service is asked only where the machine says that
/// it is EC2's; where it does not answer, as in containers that may not reach it, there are none.
/// Without the host name the other attributes stay.
///
/// The order of requests is: the token, the document, the name of the host.
pub(super) fn detect(sources: &Sources) -> Detected {
    if !is_instance(sources) {
        return Detected::default();
    }
    let imds = match sources.imds() {
        Ok(imds) => imds,
        Err(reason) => {
            return Detected::default()
                .expected(format_args!("EC2's metadata service cannot be used: {reason}"));
        }
    };
    let mut attributes = vec![
        KeyValue::new(key::CLOUD_PROVIDER, "aws"),
        KeyValue::new(key::CLOUD_PLATFORM, "aws_ec2"),
    ];
    for (field, key) in [
        ("accountId", key::CLOUD_ACCOUNT_ID),
        ("region", key::CLOUD_REGION),
        ("availabilityZone", key::CLOUD_AVAILABILITY_ZONE),
        ("instanceId", key::HOST_ID),
        ("instanceType", key::HOST_TYPE),
        ("imageId", key::HOST_IMAGE_ID),
    ] {
        attributes.extend(imds.field(field).map(|value| KeyValue::new(key, value)));
    }
    match imds.get("hostname") {
        Ok(name) => {
            attributes.push(KeyValue::new(key::HOST_NAME, name));
            Detected::of(attributes)
        }
        Err(reason) => Detected::of(attributes)
            .expected(format_args!("EC2's metadata service gives no host name: {reason}")),
    }
}

/// Whether this machine is an instance of EC2 with a metadata service that may be asked: by a
/// variable, or by what the firmware says. A variable can also forbid it. On Fargate and Lambda the
/// machine belongs to AWS, and programs may not ask about it.
pub(super) fn is_instance(sources: &Sources) -> bool {
    let platform = &sources.platform;
    if platform.ec2_metadata_disabled || platform.is_fargate() || platform.lambda.is_some() {
        return false;
    }
    let files = &sources.files;
    let vendor = || files.first_line("/sys/class/dmi/id/sys_vendor");
    let version = || files.first_line("/sys/class/dmi/id/bios_version");
    let begins = |path| {
        let text = files.first_line(path).unwrap_or_default();
        text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("ec2"))
    };
    platform.ec2_metadata_endpoint.is_some()
        || vendor().is_some_and(|vendor| vendor == "Amazon EC2")
        || version().is_some_and(|version| version.ends_with(".amazon"))
        || begins("/sys/hypervisor/uuid")
        || begins("/sys/class/dmi/id/product_uuid")
}

#[cfg(test)]
mod tests {
    use super::super::detected::Problem;
    use super::super::testing::{Server, System, assert_pairs};
    use super::*;
    use crate::config::{Lambda, Platform};

    fn at(server: &Server) -> Platform {
        Platform { ec2_metadata_endpoint: Some(server.url.clone()), ..Platform::default() }
    }

    #[test]
    fn an_instance_is_described_by_its_document() {
        let server = Server::of_an_instance(&[]);
        let detected = detect(&System::with(&[]).sources(at(&server)));
        assert_eq!(detected.problem, None);
        assert_pairs(
            &detected.attributes,
            &[
                ("cloud.account.id", "123456789012"),
                ("cloud.availability_zone", "eu-west-1b"),
                ("cloud.platform", "aws_ec2"),
                ("cloud.provider", "aws"),
                ("cloud.region", "eu-west-1"),
                ("host.id", "i-0def"),
                ("host.image.id", "ami-0abc"),
                ("host.name", "ip-10-0-0-1.ec2.internal"),
                ("host.type", "m7g.large"),
            ],
        );
        let lines: Vec<_> = server.asked().into_iter().map(|asked| asked.line).collect();
        let expected = [
            "PUT /latest/api/token HTTP/1.1",
            "GET /latest/dynamic/instance-identity/document HTTP/1.1",
            "GET /latest/meta-data/hostname HTTP/1.1",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn only_what_says_that_it_is_ec2_is_asked() {
        let is_instance = |files: &[(&str, &str)], platform: Platform| {
            is_instance(&System::with(files).sources(platform))
        };
        let vendor = [("/sys/class/dmi/id/sys_vendor", "Amazon EC2\n")];
        for files in [
            &vendor[..],
            &[("/sys/hypervisor/uuid", "ec2e1916-9099-7caf-fd21-012345abcdef\n")],
            &[("/sys/class/dmi/id/product_uuid", "EC2E1916-9099-7CAF\n")],
            &[("/sys/class/dmi/id/bios_version", "4.2.amazon\n")],
        ] {
            assert!(is_instance(files, Platform::default()), "{files:?}");
        }
        for files in [
            &[][..],
            &[("/sys/class/dmi/id/sys_vendor", "QEMU\n")],
            &[("/sys/hypervisor/uuid", "e\u{e9}\n"), ("/sys/class/dmi/id/bios_version", "1.0")],
        ] {
            assert!(!is_instance(files, Platform::default()), "{files:?}");
        }
        let endpoint = Some("http://127.0.0.1:1".to_owned());
        let disabled = Platform {
            ec2_metadata_disabled: true,
            ec2_metadata_endpoint: endpoint,
            ..Platform::default()
        };
        let fargate = Some("AWS_ECS_FARGATE".to_owned());
        let fargate = Platform { aws_execution: fargate, ..Platform::default() };
        let lambda = Platform { lambda: Some(Lambda::default()), ..Platform::default() };
        for platform in [disabled, fargate, lambda] {
            assert!(!is_instance(&vendor, platform.clone()), "{platform:?}");
        }
    }

    #[test]
    fn what_cannot_be_reached_is_no_warning() {
        let silent = Server::start(|_| None);
        let other_cloud = Server::start(|_| Some((200, String::new())));
        let refusing = Server::start(|_| Some((403, String::new())));
        for (server, reason) in
            [(silent, "timeout"), (other_cloud, "no token"), (refusing, "http status: 403")]
        {
            let detected = detect(&System::with(&[]).sources(at(&server)));
            let Some(Problem::Expected(problem)) = &detected.problem else {
                panic!("{detected:?}")
            };
            assert!(problem.contains(reason), "{problem}");
            assert_pairs(&detected.attributes, &[]);
        }
    }
}
