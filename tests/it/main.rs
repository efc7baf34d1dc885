//! One integration-test binary: it links once.

mod badinput;
mod beside;
mod cli_content;
mod cli_edition;
mod cli_people;
mod cron;
mod day;
mod delivery;
mod demo;
mod feeds;
mod house;
mod kill;
mod mail;
mod placement;
mod plan;
mod plan_properties;
mod schedule;
mod sink;
mod store;
mod store_content;
mod store_file;
mod store_follow;
mod store_ledger;
mod support;
mod web;
