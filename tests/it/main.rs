//! One integration-test binary: it links once.

mod badinput;
mod cli_content;
mod cli_edition;
mod cli_people;
mod cron;
mod day;
mod demo;
mod feeds;
mod house;
mod mail;
mod placement;
mod plan;
mod plan_properties;
mod store;
mod store_content;
mod store_follow;
mod support;
mod web;
