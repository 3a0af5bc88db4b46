//! The guard of one function: it stands between the function's clients and the services, and
//! answers what the function's role does not allow as AWS does.

use std::sync::Arc;

use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use sluice_aws::Clients;

use super::request::Service;
use super::role::Role;
use super::{Policy, lambda};
use crate::template::Function;

/// Holds a function to its role.
#[derive(Clone, Debug)]
pub struct Guard {
    role: Arc<Role>,
}

impl Guard {
    /// The guard of a function that has this role.
    pub(crate) fn new(function_id: &str, function: &Function, policy: Policy) -> Self {
        let guard = Self::of(function_id, policy);
        for need in lambda::needs(function) {
            guard.role.allows(&need);
        }
        guard
    }

    /// The guard of what has this role and is not woken by anything.
    pub(super) fn of(function_id: &str, policy: Policy) -> Self {
        let role = Arc::new(Role::new(function_id, policy));
        Self { role }
    }

    /// The same clients, with this guard before the services.
    pub(crate) fn guarding(&self, clients: &Clients) -> Clients {
        let client = SharedHttpClient::new(GuardedClient {
            role: Arc::clone(&self.role),
            client: Builder::new().build_http(),
        });
        let dynamodb = clients.dynamodb.config().to_builder();
        let s3 = clients.s3.config().to_builder();
        let sqs = clients.sqs.config().to_builder();
        let ses = clients.ses.config().to_builder();
        let presigned = GuardedLinks {
            role: Arc::clone(&self.role),
        };
        Clients {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(
                dynamodb.http_client(client.clone()).build(),
            ),
            s3: aws_sdk_s3::Client::from_conf(
                s3.http_client(client.clone())
                    .interceptor(presigned)
                    .build(),
            ),
            sqs: aws_sdk_sqs::Client::from_conf(sqs.http_client(client.clone()).build()),
            ses: aws_sdk_sesv2::Client::from_conf(ses.http_client(client.clone()).build()),
            meter: clients.meter.clone(),
            config: clients.config.to_builder().http_client(client).build(),
        }
    }

    /// What the role allows and was never needed: statements with their actions that were not
    /// used on any of their resources, and their resources that were not used by any of them.
    pub fn unused(&self) -> Vec<String> {
        self.role.unused()
    }

    /// What was needed and the role does not allow.
    pub fn denied(&self) -> Vec<String> {
        self.role.denied()
    }
}

/// Sends what the role allows.
#[derive(Debug)]
struct GuardedClient<C> {
    role: Arc<Role>,
    client: C,
}

impl HttpClient for GuardedClient<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(GuardedClient {
            role: Arc::clone(&self.role),
            client: self.client.http_connector(settings, components),
        })
    }
}

impl HttpConnector for GuardedClient<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let service = Service::of(&request);
        let needs = match self.role.admits(service, &request) {
            Ok(needs) => needs,
            Err(refusal) => return HttpConnectorFuture::ready(Ok(denial(service, &refusal))),
        };
        let role = Arc::clone(&self.role);
        let is_read = service == Service::S3 && matches!(request.method(), "GET" | "HEAD");
        let answer = self.client.call(request);
        if !is_read {
            return answer;
        }
        HttpConnectorFuture::new(async move {
            let answer = answer.await?;
            let is_missing = answer.status().as_u16() == 404;
            if is_missing && !needs.iter().all(|need| role.hears_of_missing(need)) {
                return Ok(denial(service, "what is read is missing"));
            }
            Ok(answer)
        })
    }
}

/// Signs links only that the role allows to use: whoever has one acts with the signer's rights.
#[derive(Debug)]
struct GuardedLinks {
    role: Arc<Role>,
}

impl Intercept for GuardedLinks {
    fn name(&self) -> &'static str {
        "GuardedLinks"
    }

    fn read_after_signing(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let is_link = request.uri().contains("X-Amz-Signature=");
        if !is_link {
            return Ok(());
        }
        self.role.admits(Service::S3, request)?;
        Ok(())
    }
}

/// The answer of a service to somebody who may not do what is asked.
fn denial(service: Service, why: &str) -> HttpResponse {
    let (status, body) = if service == Service::S3 {
        let code = "<Code>AccessDenied</Code>";
        let body = format!("<Error>{code}<Message>{why}</Message></Error>");
        (403, body)
    } else {
        let code = "com.amazon.coral.service#AccessDeniedException";
        let body = serde_json::json!({ "__type": code, "message": why });
        (400, body.to_string())
    };
    let status = StatusCode::try_from(status).expect("400 and 403 are status codes");
    HttpResponse::new(status, SdkBody::from(body))
}
