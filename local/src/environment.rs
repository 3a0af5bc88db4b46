//! The environment of what runs outside this process against its services: functions under
//! `cargo lambda watch` or as release binaries, the AWS CLI, and `sluice import`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Result, ensure};

use crate::cli::{Environment, PORT};
use crate::data_folder::DataFolder;
use crate::gateway::Tokens;
use crate::keys::Keys;
use crate::template::Template;
use crate::urls::Urls;

/// Prints the environment, one `NAME=value` a line.
pub fn run(arguments: &Environment) -> Result<ExitCode> {
    let folder = &arguments.data_dir;
    let keys = Keys::of_folder(folder)?;
    let urls = match (arguments.port, DataFolder::served_at(folder)) {
        (Some(port), _) => Urls::from_port(port, keys),
        (None, Some(ports)) => Urls::from_ports(ports, keys),
        (None, None) => Urls::from_port(PORT, keys),
    };
    let mut printed = variables(&urls)?;
    let template = Template::read(&urls.sqs, &BTreeMap::new())?;
    let key = DataFolder::kept_signing_key(folder)?;
    let tokens = Tokens::new(&key, template.jwt_issuer, template.jwt_audience);
    let token = tokens.development(&arguments.station)?;
    printed.extend([
        ("SLUICE_API".to_owned(), urls.api),
        ("SLUICE_TOKEN".to_owned(), token),
    ]);
    let text = if arguments.json {
        format!("{}\n", serde_json::to_string(&printed)?)
    } else {
        let lines = printed.iter();
        let lines = lines.map(|(name, value)| format!("{name}={value}"));
        lines.collect::<Vec<_>>().join("\n") + "\n"
    };
    print(&text);
    Ok(ExitCode::SUCCESS)
}

/// Prints to stdout. A reader that has seen enough, such as `head`, is no failure.
pub(crate) fn print(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes());
    let _ = stdout.flush();
}

/// The variables of all functions as the template has them, and those that lead the AWS SDK to
/// the services of a system at `urls`. One set does for all functions: no two of them call
/// different things by one name.
pub fn variables(urls: &Urls) -> Result<BTreeMap<String, String>> {
    let template = Template::read(&urls.sqs, &BTreeMap::new())?;
    let mut variables: BTreeMap<String, String> = [
        ("AWS_ACCESS_KEY_ID", urls.keys.access_key()),
        ("AWS_SECRET_ACCESS_KEY", urls.keys.secret_key()),
        // As Lambda: the SDK reads the one, the AWS CLI the other.
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL_S3", &urls.api),
        ("AWS_ENDPOINT_URL_DYNAMODB", &urls.dynamodb),
        ("AWS_ENDPOINT_URL_SQS", &urls.sqs),
        ("AWS_ENDPOINT_URL_SESV2", &urls.api),
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
    // The links of e-mails lead to this system.
    variables.insert("API_URL".to_owned(), urls.api.clone());
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use aws_config::{BehaviorVersion, SdkConfig};
    use sluice_aws::Clients;
    use sluice_lambda::{Init, Telemetry};

    use super::*;
    use crate::functions::FUNCTIONS;

    #[test]
    fn one_set_of_variables_starts_every_function() {
        let variables = variables(&Urls::from_port(9_300, Keys::new("id", "secret")))
            .expect("no contradiction");
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
