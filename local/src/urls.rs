//! Where a running system can be reached.

use crate::keys::Keys;

/// Where a running system can be reached, and with which keys.
#[derive(Clone, Debug)]
pub struct Urls {
    /// The HTTP API, and S3 on the same origin.
    pub api: String,
    /// DynamoDB.
    pub dynamodb: String,
    /// SQS.
    pub sqs: String,
    /// What requests to DynamoDB, S3 and SQS are signed with.
    pub keys: Keys,
}

impl Urls {
    /// Where a system can be reached that serves on this port and the two after it.
    pub fn from_port(first: u16, keys: Keys) -> Self {
        Self::from_ports([0, 1, 2].map(|offset| first.saturating_add(offset)), keys)
    }

    /// Where a system can be reached whose API, DynamoDB and SQS have these ports.
    pub fn from_ports(ports: [u16; 3], keys: Keys) -> Self {
        let [api, dynamodb, sqs] = ports.map(|port| format!("http://127.0.0.1:{port}"));
        Self {
            api,
            dynamodb,
            sqs,
            keys,
        }
    }

    /// The path of the pages that show sent e-mails, on the API's port. Who does not know the keys cannot guess it.
    pub fn mailbox_path(&self) -> String {
        format!("/mailbox/{}", self.keys.name_of("mailbox"))
    }
}
