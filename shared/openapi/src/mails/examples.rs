//! A template, and what comes of it.

use sluice_api::{
    MailPreview, MailPreviewRequest, MailSendAnswer, MailSendRequest, NamedTemplate,
    PutTemplateRequest, SentAudience, SentTexts, SuppressionList, SuppressionRequest,
    SuppressionView, TemplateCursor, TemplateList, TemplateSummary, TemplateView,
};
use sluice_mail::{
    MailTemplate, OnUnknown, Recipient, Renderer, Suppression, SuppressionReason, Texts, Values,
};

use crate::example::{Example, valid};

fn texts() -> SentTexts {
    SentTexts {
        subject: "Welcome, {{ name }}".to_owned(),
        text: Some("Dear {{ name }}, your number is {{ member_no }}.".to_owned()),
        html: Some(
            "<p>Dear {{ name }}, your number is <b>{{ member_no }}</b>.</p>\
             {% if tier is defined %}<p>You are {{ tier|title }}.</p>{% endif %}"
                .to_owned(),
        ),
    }
}

fn sample() -> Values {
    let values = r#"{"name":"Ann","member_no":"M1","tier":null}"#;
    serde_json::from_str(values).expect("values")
}

fn template() -> MailTemplate {
    MailTemplate {
        name: valid("welcome"),
        language: valid("en"),
        version: 1,
        texts: texts().into(),
        sample: sample(),
        changed_at: valid("2026-11-21T17:24:39Z"),
        changed_by: Some(valid("ann")),
    }
}

fn variables() -> Vec<String> {
    let variables = Texts::from(texts()).check(&sample()).expect("a template");
    variables.into_iter().collect()
}

fn named() -> NamedTemplate {
    NamedTemplate {
        name: valid("welcome"),
        language: valid("en"),
        version: None,
    }
}

pub(super) fn lists() -> Vec<Example> {
    let list = TemplateList {
        templates: vec![TemplateSummary::from(&template())],
        next_cursor: None,
    };
    vec![Example::answer("one", "There is one template.", list)]
}

pub(super) fn cursors() -> Vec<Example> {
    let cursor: TemplateCursor = valid("welcome~en");
    vec![Example::new("after", "After a template.", cursor)]
}

pub(super) fn names() -> Vec<Example> {
    vec![Example::new(
        "welcome",
        "A template by its name.",
        named().name,
    )]
}

pub(super) fn languages() -> Vec<Example> {
    vec![Example::new("english", "In English.", named().language)]
}

pub(super) fn templates() -> Vec<Example> {
    let view = TemplateView {
        template: template(),
        variables: variables(),
    };
    vec![Example::answer("first", "The first version.", view)]
}

pub(super) fn changes() -> Vec<Example> {
    let request = PutTemplateRequest {
        name: valid("welcome"),
        language: valid("en"),
        version: 0,
        texts: texts(),
        sample: sample(),
    };
    vec![Example::new("new", "A new template.", request)]
}

pub(super) fn previews() -> Vec<Example> {
    let stored = MailPreviewRequest {
        template: Some(named()),
        texts: None,
        values: None,
    };
    let tried = MailPreviewRequest {
        template: None,
        texts: Some(texts()),
        values: Some(sample()),
    };
    vec![
        Example::new("texts", "Texts that are not stored.", tried),
        Example::new("stored", "A template with its sample.", stored),
    ]
}

pub(super) fn mails() -> Vec<Example> {
    let texts = Texts::from(texts());
    let renderer = Renderer::new(&texts).expect("a template");
    let mail = renderer.render(&sample()).expect("an e-mail");
    let preview = MailPreview {
        mail,
        variables: variables(),
    };
    vec![Example::answer("mail", "What Ann gets.", preview)]
}

fn mailing(audience: SentAudience) -> MailSendRequest {
    MailSendRequest {
        start_at: None,
        template: valid("welcome"),
        language: valid("en"),
        audience,
        from_name: Some(valid("Our Shop")),
        reply_to: None,
        on_unknown: OnUnknown::Hold,
        user_task_id: Some(valid("welcome-2026-11")),
    }
}

pub(super) fn mailings() -> Vec<Example> {
    let named = SentAudience {
        addresses: Some(vec![Recipient {
            address: "ann@example.com".to_owned(),
            values: sample(),
        }]),
        business: None,
        object_key: None,
        filter: std::collections::BTreeMap::new(),
    };
    let list = SentAudience {
        addresses: None,
        business: None,
        object_key: Some(valid("inbox/demo/.staged/friends.csv")),
        filter: std::collections::BTreeMap::new(),
    };
    let filter = serde_json::from_str(r#"{"tier":"gold"}"#).expect("a filter");
    let rows = SentAudience {
        addresses: None,
        business: Some(valid("member_import")),
        object_key: None,
        filter,
    };
    vec![
        Example::new("named", "To one address.", mailing(named)),
        Example::new("rows", "To all members of a tier.", mailing(rows)),
        Example::new("list", "To a list in the inbox.", mailing(list)),
    ]
}

pub(super) fn sent() -> Vec<Example> {
    let answer = MailSendAnswer {
        task_id: valid("890473042418166"),
        user_task_id: Some(valid("welcome-2026-11")),
        task_url: "/task/get?task_id=890473042418166".to_owned(),
    };
    vec![Example::answer("task", "The mailing begins.", answer)]
}

fn suppression() -> Suppression {
    Suppression {
        address: "ann@example.com".to_owned(),
        reason: SuppressionReason::Unsubscribed,
        since: valid("2026-11-21T17:24:39Z"),
    }
}

pub(super) fn addresses() -> Vec<Example> {
    vec![Example::new(
        "after",
        "After an address.",
        "ann@example.com",
    )]
}

pub(super) fn suppressions() -> Vec<Example> {
    let list = SuppressionList {
        suppressions: vec![suppression()],
        next_cursor: None,
    };
    vec![Example::answer("one", "One address unsubscribed.", list)]
}

pub(super) fn suppressing() -> Vec<Example> {
    let request = SuppressionRequest {
        address: "ann@example.com".to_owned(),
        suppressed: true,
    };
    vec![Example::new("on", "No more e-mails to Ann.", request)]
}

pub(super) fn suppressed() -> Vec<Example> {
    let view = SuppressionView {
        address: "ann@example.com".to_owned(),
        suppression: Some(suppression()),
    };
    vec![Example::answer("on", "Ann gets none.", view)]
}
