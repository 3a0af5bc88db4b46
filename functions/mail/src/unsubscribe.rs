//! `GET` and `POST /mail/unsubscribe`: who has the link of an e-mail takes its address off the station's mailings. Programs
//! that look at links ask for pages, so a page alone takes nobody off (RFC 8058).

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use sluice_aws::AwsError;
use sluice_lambda::http::parameter;
use sluice_mail::{SuppressionReason, UnsubscribeToken};

use crate::Mail;

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";
const STYLE: &str = "body{font:17px/1.6 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem;\
                     color:#1c2430}button{font:inherit;padding:.5rem 1.2rem}";

/// What a page says, in English and in Chinese: the reader's language is not known.
struct Words {
    english: &'static str,
    chinese: &'static str,
}

const ASK: Words = Words {
    english: "Do you want to get no more e-mails from this sender?",
    chinese: "要退订该发件人的邮件吗？",
};
const DONE: Words = Words {
    english: "You get no more e-mails from this sender.",
    chinese: "已退订，您不会再收到该发件人的邮件。",
};
const WRONG: Words = Words {
    english: "This link is not complete: open it as it stands in the e-mail.",
    chinese: "链接不完整：请打开邮件中的完整链接。",
};
const FAILED: Words = Words {
    english: "Something went wrong on our side: try again in a moment.",
    chinese: "系统出错，请稍后再试。",
};

impl Mail {
    /// Shows a page with a button.
    pub(crate) async fn unsubscribe_page(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> ApiGatewayV2httpResponse {
        match self.token(request).await {
            Err(error) => failed(&error),
            Ok(None) => page(400, &WRONG, ""),
            // The form is sent to the address of the page, with the token in it.
            Ok(Some(_)) => page(
                200,
                &ASK,
                "<form method=post><button>Unsubscribe / 退订</button></form>",
            ),
        }
    }

    /// Takes the address off. Again is fine.
    pub(crate) async fn unsubscribe(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> ApiGatewayV2httpResponse {
        let token = match self.token(request).await {
            Err(error) => return failed(&error),
            Ok(None) => return page(400, &WRONG, ""),
            Ok(Some(token)) => token,
        };
        let reason = SuppressionReason::Unsubscribed;
        match self
            .mailings
            .suppress(&token.station, &token.address, reason)
            .await
        {
            Err(error) => failed(&error),
            Ok(()) => page(200, &DONE, ""),
        }
    }

    /// The token of a request, if the station's key has signed it.
    async fn token(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<Option<UnsubscribeToken>, AwsError> {
        let token = parameter(request, "token").and_then(|token| token.parse().ok());
        let Some(token): Option<UnsubscribeToken> = token else {
            return Ok(None);
        };
        let key = self.mailings.unsubscribe_key(&token.station).await?;
        Ok(key.is_some_and(|key| key.verifies(&token)).then_some(token))
    }
}

fn failed(error: &AwsError) -> ApiGatewayV2httpResponse {
    tracing::error!(
        error = sluice_aws::chain(error),
        "nobody could be unsubscribed"
    );
    page(500, &FAILED, "")
}

fn page(status: i64, words: &Words, more: &str) -> ApiGatewayV2httpResponse {
    let Words { english, chinese } = words;
    let html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>Unsubscribe</title><style>{STYLE}</style><p>{english}</p><p lang=zh>{chinese}</p>{more}</html>"
    );
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = status;
    response.body = Some(Body::Text(html));
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ] {
        response
            .headers
            .insert(name, HeaderValue::from_static(value));
    }
    response
}
