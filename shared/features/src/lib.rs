//! Asks for features of third-party crates, so that every binary is built with the same ones.
//!
//! Cargo compiles a crate once for each set of features. Without this package, the functions and the
//! local runner would ask for different features of tokio, hyper and others, and nearly everything would
//! be compiled twice. `sluice-aws` depends on this package, and so does all that is built on it.
//!
//! The imports below bring in no code. They show that the entries of `Cargo.toml` are wanted.

use async_trait as _;
use aws_lc_rs as _;
use bigdecimal as _;
use bitflags as _;
use flate2 as _;
use getrandom as _;
use hyper as _;
use hyper_rustls as _;
use hyper_util as _;
use num_integer as _;
use quick_xml as _;
use rand_chacha as _;
use serde as _;
use simdutf8 as _;
use subtle as _;
use sync_wrapper as _;
use time as _;
use tokio as _;
use tokio_rustls as _;
use tokio_util as _;
use tower as _;
use tower_http as _;
use tracing as _;
use tracing_subscriber as _;
use uuid as _;
use zeroize as _;
