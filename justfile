# What is too long for every change. `cargo test` is the README's; this goes further.

# kill -9 three hundred times within one edition of 100,000 letters over 64 connections.
torture-kill:
    KILL_RECIPIENTS=100000 KILL_CONNECTIONS=64 KILL_KILLS=300 \
        cargo test --release --test it -- --nocapture kill_9_loses_nobody

# kill -9 at every single write, send and sync of a 50-letter edition (needs strace).
torture-syscalls:
    cargo test --release --test it -- --ignored --nocapture every_syscall

# All of these, and 24 editions in one process with flat memory.
torture: torture-kill torture-syscalls torture-waves
    cargo test --release --test it -- --ignored --nocapture many_editions

# A million waves of sponsors by chance, each under the independent checker.
torture-waves:
    cargo test --release --test it -- --ignored --nocapture no_rule_is_broken_in_a_million_waves

# Editors in a browser: the desk's door, and a whole morning.
desk-walks:
    cargo test --test it -- --ignored --nocapture an_editor_

# A list bomber: 100,000 sign-ups over 50,000 addresses and networks, while readers go on reading.
flood:
    FLOOD_POSTS=100000 FLOOD_ADDRESSES=50000 \
        cargo test --release --test it -- --nocapture a_flood_of_sign_ups

# The delivery against its ceiling and the ordinary way, 100,000 letters.
bench-delivery:
    cargo bench --bench delivery -- --letters 100000 --growth

# Letters put together, against MJML for each of them and against copying finished bytes.
bench-render:
    cargo bench --bench render -- --letters 10000

# Selection on a synthetic newsroom whose truth is known: repeats, losses, precision and variety.
bench-newsroom:
    cargo bench --bench newsroom -- --days 90 --stories 40 --readers 240

# A plan of a million readers against the bare writing of its rows; needs about 15 GB of disk.
bench-plan:
    cargo bench --bench plan -- --subscribers 1000000

# Sponsors of a whole wave against filling each digest in turn.
bench-sponsors:
    cargo bench --bench sponsors -- --digests 1000000

# How well feeds are read (and, by part, what else is thought about news), on outside material.
judge part="all":
    cargo run --release --example judge -- {{part}}

# Feeds read and articles thought about, against quick-xml, Python's feedparser, and a growing window.
bench-ingest:
    cargo bench --bench ingest

# Readers' pages and an import with a million subscribers, against a constant page and bare rows; needs wrk.
bench-web:
    cargo bench --bench web
