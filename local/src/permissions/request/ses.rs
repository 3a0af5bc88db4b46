//! Requests to SES: the operation is the path, and who sends is in the body.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html>

use anyhow::{Result, bail};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde::Deserialize;

use super::{Need, body};
use crate::template::arn;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Bulk {
    from_email_address: String,
    configuration_set_name: String,
}

/// Whether a request is one to SES, whose paths begin as no bucket is called.
pub(super) fn is_for_ses(request: &HttpRequest) -> bool {
    path(request).starts_with("/v2/email/")
}

/// The rights that a request needs.
pub(super) fn needs(request: &HttpRequest) -> Result<Vec<Need>> {
    match (request.method(), path(request)) {
        ("GET", "/v2/email/account") => Ok(vec![Need {
            action: "ses:GetAccount",
            resource: "*".to_owned(),
        }]),
        ("POST", "/v2/email/outbound-bulk-emails") => {
            let bulk: Bulk = serde_json::from_slice(body(request)?)?;
            let address = bulk.from_email_address;
            let address = address
                .rsplit_once('<')
                .map_or(&*address, |(_, rest)| rest.trim_end_matches('>'));
            let need = |resource| Need {
                action: "ses:SendBulkEmail",
                resource,
            };
            Ok(vec![
                need(arn::ses("identity", address)),
                need(arn::ses("configuration-set", &bulk.configuration_set_name)),
            ])
        }
        (method, path) => bail!("the rights that {method} {path} needs are not known"),
    }
}

fn path(request: &HttpRequest) -> &str {
    let uri = request.uri();
    let path = uri.split_once("://").map_or(uri, |(_, rest)| {
        rest.find('/').map_or("", |start| &rest[start..])
    });
    path.split('?').next().unwrap_or_default()
}
