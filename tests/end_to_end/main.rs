//! The whole of Sluice, seen from outside: files go in over HTTP and S3, and what is asserted is
//! what is stored, counted and reported. Each test has a system of its own.

mod deliveries;
mod faults;
mod flaws;
mod harness;
mod imports;
mod lost;
mod order;
mod same_file;
