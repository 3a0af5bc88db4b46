//! A text in Secrets Manager: read when it is needed first, and again now and then, so that one
//! that was rotated is heard of.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::clients::Clients;
use crate::error::AwsError;

/// How long a text is used before it is read again.
const KEPT: Duration = Duration::from_mins(5);

/// A secret text. It is never shown.
#[derive(Clone)]
pub struct Secret {
    client: Client,
    arn: String,
    read: Arc<Mutex<Option<Read>>>,
}

struct Read {
    text: Arc<str>,
    at: Instant,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret")
            .field("arn", &self.arn)
            .finish_non_exhaustive()
    }
}

impl Secret {
    /// The secret that `arn` names.
    pub fn new(clients: &Clients, arn: String) -> Self {
        Self {
            client: clients.secrets(),
            arn,
            read: Arc::default(),
        }
    }

    /// Returns the text. However many ask at the same time, it is read once.
    pub async fn text(&self) -> Result<Arc<str>, AwsError> {
        let mut read = self.read.lock().await;
        if let Some(known) = read.as_ref().filter(|read| read.at.elapsed() < KEPT) {
            return Ok(Arc::clone(&known.text));
        }
        let answer = self.client.get_secret_value().secret_id(&self.arn);
        let answer = answer.send().await;
        let answer = answer.map_err(AwsError::of("GetSecretValue"))?;
        let text = answer.secret_string.filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| AwsError::new("GetSecretValue", "the secret has no text"))?;
        let text: Arc<str> = text.into();
        *read = Some(Read {
            text: Arc::clone(&text),
            at: Instant::now(),
        });
        Ok(text)
    }

    /// Reads the text anew the next time, because it may be an old one.
    pub async fn forget(&self) {
        *self.read.lock().await = None;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_config::retry::RetryConfig;
    use aws_config::{BehaviorVersion, Region, SdkConfig};
    use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:back-office-a1b2c3";

    /// A Secrets Manager whose secret is another at each read, the third time none. How often it
    /// was asked.
    async fn secrets_manager() -> (Secret, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.expect("a client");
                let mut request = vec![0; 16 << 10];
                let _ = stream.read(&mut request).await;
                let body = match count.fetch_add(1, Ordering::SeqCst) {
                    2 => format!(r#"{{"ARN":"{ARN}","SecretString":""}}"#),
                    nth => format!(r#"{{"ARN":"{ARN}","SecretString":"hush {nth}"}}"#),
                };
                let length = body.len();
                let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length:";
                let answer = format!("{head} {length}\r\n\r\n{body}");
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        let keys = Credentials::new("test", "test", None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .retry_config(RetryConfig::disabled())
            .endpoint_url(&url)
            .build();
        let clients = Clients::at(&config, &url, &url, &url);
        (Secret::new(&clients, ARN.to_owned()), asked)
    }

    #[tokio::test]
    async fn a_secret_is_read_once_for_all_and_anew_when_it_was_refused_or_is_old() {
        let (secret, asked) = secrets_manager().await;
        let texts = futures::future::join_all((0..5).map(|_| secret.text())).await;
        for text in texts {
            assert_eq!(&*text.expect("a text"), "hush 0");
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        secret.forget().await;
        assert_eq!(&*secret.text().await.expect("a text"), "hush 1");

        tokio::time::pause();
        tokio::time::advance(KEPT).await;
        tokio::time::resume();
        let error = secret.text().await.expect_err("an empty secret");
        assert!(!error.is_passing());
        assert_eq!(
            crate::chain(&error),
            "GetSecretValue failed: the secret has no text"
        );
        assert_eq!(&*secret.text().await.expect("a text"), "hush 3");
        assert!(!format!("{secret:?}").contains("hush"));
    }
}
