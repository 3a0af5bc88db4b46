//! What an e-mail will look like.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{MailPreview, MailPreviewRequest, Refusal};
use sluice_lambda::http::{Scope, caller, json_body};
use sluice_mail::{Renderer, Texts, with_examples};

use crate::Mail;

impl Mail {
    /// `POST /mail/preview`
    pub(crate) async fn preview(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<MailPreview, Refusal> {
        let station = caller(request, Scope::Read)?;
        let sent: MailPreviewRequest = json_body(request)?;
        let (texts, sample) = match (sent.template, sent.texts) {
            (Some(named), None) => {
                let template = self.named(&station, &named).await?;
                (template.texts, template.sample)
            }
            (None, Some(texts)) => (Texts::from(texts), sent.values.clone().unwrap_or_default()),
            _ => {
                let msg =
                    "send either template or texts: a template that is stored, or texts to try";
                return Err(Refusal::bad_input(msg));
            }
        };
        let bad_input = |error: &dyn std::error::Error| Refusal::bad_input(error.to_string());
        let variables = texts.variables().map_err(|error| bad_input(&error))?;
        let renderer = Renderer::new(&texts).map_err(|error| bad_input(&error))?;
        let mail = renderer.render(&with_examples(&sent.values.unwrap_or(sample)));
        Ok(MailPreview {
            mail: mail.map_err(|error| bad_input(&error))?,
            variables: variables.into_iter().collect(),
        })
    }
}
