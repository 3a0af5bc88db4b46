//! What members are told that an import creates: `options.notify`.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{Refusal, UploadRequest};
use sluice_basics::ids::StationId;
use sluice_definition::Definition;
use sluice_lambda::http::{Scope, caller, internal};
use sluice_mail::{NotifyPlan, check_columns, check_import};

use crate::Upload;

impl Upload {
    /// The mailing that is to follow an import, as the station's configuration has it now. Whatever would keep it
    /// from being sent is told before there is anything to send.
    pub(crate) async fn notify(
        &self,
        request: &ApiGatewayV2httpRequest,
        station: &StationId,
        wanted: &UploadRequest,
        definition: &Definition,
    ) -> Result<Option<NotifyPlan>, Refusal> {
        if !wanted.options.notify {
            return Ok(None);
        }
        caller(request, Scope::Mail)?;
        let refused = |words: String| Refusal::bad_input(format!("options.notify: {words}"));
        if self.sender.is_none() {
            let words = "this system sends no e-mails: its operator has set no address that they come from (MailSender)";
            return Err(refused(words.to_owned()));
        }
        check_import(definition, wanted.options.on_duplicate)
            .map_err(|error| refused(error.to_string()))?;
        let config = self.configs.latest(station).await.map_err(internal)?;
        let notify = config.notify.clone().ok_or_else(|| {
            refused(
                "the station's configuration does not say what is sent: set `notify` in it"
                    .to_owned(),
            )
        })?;
        let (name, language) = (&notify.template, &notify.language);
        let template = self.templates.find(station, name, language, None);
        let template = template
            .await
            .map_err(internal)?
            .ok_or_else(|| refused(format!("there is no template {name} in {language}")))?;
        let variables = template.texts.variables().map_err(internal)?;
        check_columns(definition, &variables)
            .map_err(|error| refused(format!("the template {name} in {language}: {error}")))?;
        Ok(Some(NotifyPlan {
            version: template.version,
            notify,
        }))
    }
}
