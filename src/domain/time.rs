//! Time: instants, zones, wall times, cron expressions and runs.
