//! The whole of Sluice, seen from outside: files go in over HTTP and S3, and what is asserted is
//! what is stored, counted and reported. Each test has a system of its own.

mod access;
mod bad_files;
mod cancel;
mod clear_show;
mod concurrency;
mod costs;
mod deliveries;
mod endpoint;
mod errors;
mod explain;
mod faults;
mod flaws;
mod harness;
mod imports;
mod inbox;
mod large_stations;
mod legs;
mod lost;
mod order;
mod repeat;
mod repeat_import;
mod replaced;
mod requests;
mod retry;
mod retry_import;
mod same_file;
mod silent;
mod stations;
mod task_api;
mod task_lifecycle;
mod task_list;
mod upload_api;
mod verb_faults;
