//! What is said of the SQS of this crate alone.

mod fairness;
mod refused;
mod restart;
mod urls;

use std::ops::Deref;

use local_sqs::Sqs;

use crate::service::Service;

/// An SQS of this crate that a test can look into.
struct Running {
    sqs: Sqs,
    service: Service,
}

impl Running {
    async fn start() -> Self {
        Self::serve(Sqs::in_memory().unwrap()).await
    }

    async fn serve(sqs: Sqs) -> Self {
        Self {
            service: Service::of(&sqs).await,
            sqs,
        }
    }
}

impl Deref for Running {
    type Target = Service;

    fn deref(&self) -> &Service {
        &self.service
    }
}
