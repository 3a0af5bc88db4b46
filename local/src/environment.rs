//! What the functions' environment is when they run outside this process against its services:
//! under `cargo lambda watch`, or as release binaries.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::{Result, ensure};

use crate::cli::Environment;
use crate::system::{ACCESS_KEY, SECRET_KEY, Urls};
use crate::template::Template;

/// Prints the environment, one `NAME=value` a line.
pub fn run(arguments: &Environment) -> Result<ExitCode> {
    for (name, value) in variables(&Urls::from_port(arguments.port))? {
        println!("{name}={value}");
    }
    Ok(ExitCode::SUCCESS)
}

/// The variables of all functions as the template has them, and those that lead the AWS SDK to
/// the services of a system at `urls`. One set does for all functions: no two of them call
/// different things by one name.
pub fn variables(urls: &Urls) -> Result<BTreeMap<String, String>> {
    let template = Template::read(&urls.sqs, &BTreeMap::new())?;
    let mut variables: BTreeMap<String, String> = [
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
        // As Lambda: the SDK reads the one, the AWS CLI the other.
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL_S3", &urls.api),
        ("AWS_ENDPOINT_URL_DYNAMODB", &urls.dynamodb),
        ("AWS_ENDPOINT_URL_SQS", &urls.sqs),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for (id, function) in template.functions {
        for (name, value) in function.environment {
            let known = variables
                .entry(name.clone())
                .or_insert_with(|| value.clone());
            ensure!(
                *known == value,
                "{id} has another {name} than other functions"
            );
        }
    }
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use aws_config::{BehaviorVersion, SdkConfig};
    use sluice_aws::Clients;
    use sluice_lambda::{Init, Telemetry};

    use super::*;
    use crate::system::FUNCTIONS;

    #[test]
    fn one_set_of_variables_starts_every_function() {
        let variables = variables(&Urls::from_port(9_300)).expect("no contradiction");
        let lookup = |name: &str| variables.get(name).cloned();
        let config = SdkConfig::builder().behavior_version(BehaviorVersion::latest());
        let (config, url) = (config.build(), "http://127.0.0.1");
        for (function, new) in FUNCTIONS {
            let started = new(&Init {
                clients: &Clients::at(&config, url, url, url),
                lookup: &lookup,
                telemetry: Telemetry::silent(),
            });
            assert!(started.is_ok(), "{function}: {:?}", started.err());
        }
        assert_eq!(variables["AWS_ENDPOINT_URL_SQS"], "http://127.0.0.1:9302");
        assert_eq!(
            variables["CHUNKS_QUEUE_URL"],
            "http://127.0.0.1:9302/000000000000/sluice-chunks"
        );
    }
}
