//! Operations for templates of e-mails.

mod examples;

use serde_json::json;
use sluice_api::{
    Code, MailPreview, MailPreviewRequest, MailSendAnswer, MailSendRequest, NamedTemplate,
    PutTemplateRequest, SuppressionList, SuppressionRequest, SuppressionView, TemplateCursor,
    TemplateList, TemplateView,
};

use crate::operation::{ADMIN, Answer, Body, MAIL, Method, Next, Operation, READ};
use crate::parameter::Parameter;
use crate::schemas::Schemas;

const LIST: &str = "\
The latest version of each of the station's templates, by name and language.";

const GET: &str = "\
A version of a template: the latest if none is named. A version that was replaced is kept for a year.";

const PUT: &str = "\
Stores a new version of a template. `version` is the one that was read, and 0 for a new template: if it is not the \
latest any more, the change is refused with 409. The same change again is answered as the first time.

A template has variables, `{{ name }}`, and conditions, `{% if tier == \"gold\" %}…{% else %}…{% endif %}`. Filters are \
`default`, `escape`, `length`, `lower`, `upper`, `title`, `capitalize`, `trim` and `round`. Values are escaped in \
HTML. A variable without a value is an error, unless it has a default, `{{ nick|default(name) }}`, or is asked for, \
`{% if nick is defined %}`. The template is stored if it can be filled with its sample, which names each variable.";

const SEND: &str = "\
Makes a task that sends the latest version of a template to named addresses, to those of a list in the inbox, or to the \
stored rows of a business that meet a filter. The audience is frozen first: each address once, in the order of the rows. When the task has ended, \
its result has `audience`, `sent`, `failed`, `suppressed`, `duplicate` and `unknown`, and `link`, a list of \
those who were not sent to.

No address gets an e-mail of a mailing twice. Where the answer of SES is lost, its events tell for 15 minutes who was \
sent to; of others nobody knows. With `on_unknown` `hold` these are not sent to again, with `resend` they are, and some \
may get it twice.

Every e-mail has a link to unsubscribe, for mail programs as RFC 8058 has it and for the template as \
`{{ unsubscribe_url }}`; `{{ address }}` is the recipient's address.";

const SUPPRESSIONS: &str = "\
Addresses that get no e-mails of the station: they bounced for good, their owners complained or unsubscribed, or \
the station put them there.";

const SUPPRESSION: &str = "\
Puts an address on the list of those that get no e-mails, or takes it off. Of one that is on the list the reason \
stays as it is.";

const PREVIEW: &str = "\
Fills texts, or a template that is stored, with values: the e-mail is shown exactly as it would be sent. Without values, \
a template that is stored is filled with its sample.";

pub(crate) fn operations() -> Vec<Operation> {
    let mut all = vec![
        Operation {
            method: Method::Get,
            path: "/mail/templates",
            id: "listMailTemplates",
            tag: "mails",
            scopes: &[READ],
            summary: "The station's templates.",
            description: LIST,
            parameters: vec![cursor()],
            bodies: Vec::new(),
            answer: Answer {
                description: "At most 100 templates.",
                schema: Schemas::answer::<TemplateList>,
                examples: examples::lists(),
            },
            refusals: &[],
            next: &[],
        },
        Operation {
            method: Method::Get,
            path: "/mail/template",
            id: "getMailTemplate",
            tag: "mails",
            scopes: &[READ],
            summary: "A template.",
            description: GET,
            parameters: names(),
            bodies: Vec::new(),
            answer: Answer {
                description: "The template.",
                schema: Schemas::answer::<TemplateView>,
                examples: examples::templates(),
            },
            refusals: &[Code::NotFound],
            next: &[],
        },
        Operation {
            method: Method::Put,
            path: "/mail/template",
            id: "putMailTemplate",
            tag: "mails",
            scopes: &[ADMIN],
            summary: "Change a template, or make one.",
            description: PUT,
            parameters: Vec::new(),
            bodies: Body::json(Schemas::request::<PutTemplateRequest>, examples::changes()),
            answer: Answer {
                description: "The template as it is now.",
                schema: Schemas::answer::<TemplateView>,
                examples: examples::templates(),
            },
            refusals: &[Code::Conflict, Code::TooLarge],
            next: &[],
        },
        Operation {
            method: Method::Post,
            path: "/mail/preview",
            id: "previewMail",
            tag: "mails",
            scopes: &[READ],
            summary: "Show an e-mail.",
            description: PREVIEW,
            parameters: Vec::new(),
            bodies: Body::json(Schemas::request::<MailPreviewRequest>, examples::previews()),
            answer: Answer {
                description: "The e-mail.",
                schema: Schemas::answer::<MailPreview>,
                examples: examples::mails(),
            },
            refusals: &[Code::NotFound, Code::TooLarge],
            next: &[],
        },
    ];
    all.extend(sending());
    all
}

fn sending() -> Vec<Operation> {
    vec![
        Operation {
            method: Method::Post,
            path: "/mail/send",
            id: "sendMail",
            tag: "mails",
            scopes: &[MAIL],
            summary: "Send e-mails to many.",
            description: SEND,
            parameters: Vec::new(),
            bodies: Body::json(Schemas::request::<MailSendRequest>, examples::mailings()),
            answer: Answer {
                description: "The task that sends.",
                schema: Schemas::answer::<MailSendAnswer>,
                examples: examples::sent(),
            },
            refusals: &[Code::NotFound, Code::Conflict, Code::TooLarge],
            next: &[
                Next::Get("getTask"),
                Next::Get("explainTask"),
                Next::Post("pauseTask"),
                Next::Post("cancelTask"),
            ],
        },
        Operation {
            method: Method::Get,
            path: "/mail/suppressions",
            id: "listSuppressions",
            tag: "mails",
            scopes: &[MAIL],
            summary: "Addresses that get no e-mails.",
            description: SUPPRESSIONS,
            parameters: vec![Parameter {
                name: "cursor",
                required: false,
                description: "`next_cursor` of the page before, as it is.",
                schema: |_| json!({ "type": "string" }),
                examples: examples::addresses(),
            }],
            bodies: Vec::new(),
            answer: Answer {
                description: "At most 100 addresses.",
                schema: Schemas::answer::<SuppressionList>,
                examples: examples::suppressions(),
            },
            refusals: &[],
            next: &[],
        },
        Operation {
            method: Method::Put,
            path: "/mail/suppression",
            id: "putSuppression",
            tag: "mails",
            scopes: &[MAIL],
            summary: "Let an address get no e-mails, or let it get some again.",
            description: SUPPRESSION,
            parameters: Vec::new(),
            bodies: Body::json(
                Schemas::request::<SuppressionRequest>,
                examples::suppressing(),
            ),
            answer: Answer {
                description: "The address as it is now.",
                schema: Schemas::answer::<SuppressionView>,
                examples: examples::suppressed(),
            },
            refusals: &[Code::TooLarge],
            next: &[],
        },
    ]
}

fn cursor() -> Parameter {
    Parameter {
        name: "cursor",
        required: false,
        description: "`next_cursor` of the page before, as it is.",
        schema: Schemas::request::<TemplateCursor>,
        examples: examples::cursors(),
    }
}

fn names() -> Vec<Parameter> {
    let [name, language] = [("name", "The template."), ("language", "Its language.")];
    vec![
        Parameter {
            name: name.0,
            required: true,
            description: name.1,
            schema: |schemas| schemas.request_field::<NamedTemplate>("name"),
            examples: examples::names(),
        },
        Parameter {
            name: language.0,
            required: true,
            description: language.1,
            schema: |schemas| schemas.request_field::<NamedTemplate>("language"),
            examples: examples::languages(),
        },
        Parameter {
            name: "version",
            required: false,
            description: "The version; the latest if nothing is said.",
            schema: |_| json!({ "type": "integer", "minimum": 1, "maximum": (1_u64 << 53) - 1 }),
            examples: Vec::new(),
        },
    ]
}
