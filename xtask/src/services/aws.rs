//! SQS, SNS, S3 and DynamoDB: moto, which speaks the AWS protocols.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::host::Host;
use super::launch::{Place, Server};
use super::{Service, probe};

/// Pinned, so that a red build has one cause.
const REQUIREMENTS: [&str; 3] = ["moto[sqs]==5.2.5", "flask", "flask-cors"];

pub(super) struct Aws;

impl Service for Aws {
    fn name(&self) -> &'static str {
        "aws"
    }

    fn variable(&self) -> &'static str {
        "SQS_ENDPOINT_URL"
    }

    fn probe(&self, address: &str) -> Result<()> {
        // Every emulator answers something here, moto with a page of its own.
        probe::http(address, "/moto-api/data.json")
    }

    fn version(&self, _address: &str, route: &str) -> Option<String> {
        route.split([':', ',']).next().filter(|name| name.starts_with("moto")).map(str::to_owned)
    }

    fn on_path(&self, host: &Host<'_>) -> Option<Server> {
        let program = host.find_running("moto_server", "--help")?;
        Some(server(program.clone(), format!("moto on PATH: {}", program.display())))
    }

    fn install(&self, host: &Host<'_>) -> Result<Server> {
        let programs = host.pip_install(self.name(), &REQUIREMENTS)?;
        Ok(server(programs.join("moto_server"), format!("{}, installed with pip", REQUIREMENTS[0])))
    }

    fn container(&self) -> (u16, fn(u16) -> String) {
        (5000, address)
    }

    fn hint(&self) -> String {
        let requirements = REQUIREMENTS.map(|requirement| format!("'{requirement}'")).join(" ");
        format!(
            "python3 -m pip install {requirements}   (moto_server is then on PATH)\n  \
             or set {} to the endpoint of an SQS emulator",
            self.variable()
        )
    }

    fn more_variables(&self, address: &str) -> Vec<(String, String)> {
        let defaults = [
            ("AWS_ENDPOINT_URL", address),
            ("AWS_REGION", "us-east-1"),
            // The SDK signs with anything, but looks for real credentials on the network when it
            // has none.
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ];
        let is_ours = env::var_os(self.variable()).is_none_or(|value| value.is_empty());
        defaults
            .iter()
            // Real credentials never reach a server of ours; with the user's own endpoint the
            // user's settings win. A variable that already says the same came from our own file of
            // addresses, and belongs in it again.
            .filter(|(name, value)| is_ours || env::var_os(name).is_none_or(|set| set == **value))
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }
}

fn address(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn server(program: PathBuf, route: String) -> Server {
    let prepare = move |place: &Place<'_>| {
        let mut command = Command::new(&program);
        command.args(["-H", "127.0.0.1", "-p", &place.port.to_string()]).current_dir(place.data);
        Ok(command)
    };
    Server { route, prepare: Box::new(prepare), address, settle: None }
}
