# `just` lists the recipes.
default:
    @just --list

# The tests, as the README names them.
test:
    cargo test

# Accept changed golden files, after looking at them with `git diff`.
golden:
    COURANT_GOLDEN=accept cargo test --test it

# A sample newsroom, its digests sent, and a page to look at them.
demo:
    cargo run --release -- demo

# Everything that must hold before a change lands.
ci:
    .ci/run

# Licences, bans and advisories (needs cargo-deny).
deny:
    cargo deny check
