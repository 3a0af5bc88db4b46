//! Reading and changing templates.

use std::collections::BTreeSet;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use jiff::Timestamp;
use sluice_api::{
    Code, NamedTemplate, PutTemplateRequest, Refusal, TemplateCursor, TemplateList, TemplateView,
};
use sluice_aws::{MAX_TEMPLATES, TemplatePut};
use sluice_basics::ids::StationId;
use sluice_lambda::http::{
    Scope, actor, caller, internal, json_body, number_parameter, parsed_parameter,
};
use sluice_mail::{MailTemplate, Texts};

use crate::Mail;

/// Templates on a page.
const PAGE: i32 = 100;

impl Mail {
    /// `GET /mail/templates`
    pub(crate) async fn list_templates(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<TemplateList, Refusal> {
        let station = caller(request, Scope::Read)?;
        let cursor: Option<TemplateCursor> = parsed_parameter(request, "cursor")?;
        let after = cursor.map(|cursor| (cursor.name, cursor.language));
        let page = self.templates.list(&station, after.as_ref(), PAGE).await;
        let page = page.map_err(internal)?;
        let cursor = |(name, language)| TemplateCursor { name, language };
        Ok(TemplateList {
            templates: page.templates,
            next_cursor: page.next.map(cursor),
        })
    }

    /// `GET /mail/template`
    pub(crate) async fn get_template(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<TemplateView, Refusal> {
        let station = caller(request, Scope::Read)?;
        let missing = |name: &str| Refusal::bad_input(format!("{name}: is required"));
        let named = NamedTemplate {
            name: parsed_parameter(request, "name")?.ok_or_else(|| missing("name"))?,
            language: parsed_parameter(request, "language")?.ok_or_else(|| missing("language"))?,
            version: number_parameter(request, "version")?,
        };
        Ok(view(self.named(&station, &named).await?))
    }

    /// `PUT /mail/template`
    pub(crate) async fn put_template(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<TemplateView, Refusal> {
        let station = caller(request, Scope::Admin)?;
        let sent: PutTemplateRequest = json_body(request)?;
        let texts = Texts::from(sent.texts);
        let checked = texts.check(&sent.sample);
        checked.map_err(|error| Refusal::bad_input(error.to_string()))?;
        let template = MailTemplate {
            name: sent.name,
            language: sent.language,
            version: sent.version.saturating_add(1),
            texts,
            sample: sent.sample,
            changed_at: Timestamp::now(),
            changed_by: actor(request),
        };
        let put = self.templates.put(&station, &template).await;
        match put.map_err(internal)? {
            TemplatePut::Stored => Ok(view(template)),
            TemplatePut::Stale => self.after_a_conflict(&station, template).await,
            TemplatePut::TooMany => Err(Refusal::conflict(format!(
                "this station already has {MAX_TEMPLATES} templates, which is its limit: change one of them"
            ))),
        }
    }

    /// A client that did not hear the answer asks again, and the change is there already.
    async fn after_a_conflict(
        &self,
        station: &StationId,
        wanted: MailTemplate,
    ) -> Result<TemplateView, Refusal> {
        let (name, language) = (&wanted.name, &wanted.language);
        let stored = self
            .templates
            .version(station, name, language, wanted.version);
        let stored = stored.await.map_err(internal)?;
        let is_the_same = |stored: &MailTemplate| {
            stored.texts == wanted.texts
                && stored.sample == wanted.sample
                && stored.changed_by == wanted.changed_by
        };
        match stored.filter(is_the_same) {
            Some(stored) => Ok(view(stored)),
            None if wanted.version == 1 => Err(Refusal::conflict(format!(
                "there is a template {name} in {language} already: read it and make the change in its latest version"
            ))),
            None => Err(Refusal::conflict(format!(
                "version {} is not the latest any more: read the template again and make the change in that one",
                wanted.version - 1
            ))),
        }
    }

    /// A template that is stored.
    pub(crate) async fn named(
        &self,
        station: &StationId,
        named: &NamedTemplate,
    ) -> Result<MailTemplate, Refusal> {
        let NamedTemplate {
            name,
            language,
            version,
        } = named;
        let stored = self.templates.find(station, name, language, *version);
        stored.await.map_err(internal)?.ok_or_else(|| {
            let msg = format!("there is no template {name} in {language}");
            let msg = named
                .version
                .map_or(msg.clone(), |version| format!("{msg} of version {version}"));
            Refusal::new(Code::NotFound, msg)
        })
    }
}

fn view(template: MailTemplate) -> TemplateView {
    // What is stored was checked.
    let variables: BTreeSet<String> = template.texts.variables().unwrap_or_default();
    TemplateView {
        template,
        variables: variables.into_iter().collect(),
    }
}
