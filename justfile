# The front door. `just` lists what there is.
_default:
    @just --list

# everything on this machine: emulator, functions, shop
run *ARGS:
    cargo run -- {{ARGS}}

# start afresh
fresh:
    rm -rf .cloudless
    cargo run

# all tests that this machine can run
test *ARGS:
    cargo test --workspace {{ARGS}}

# the product's stories on the embedded emulator, in containers (`just images` first) and on LocalStack
e2e *ARGS:
    cargo test -p e2e {{ARGS}}

# formatting, lints and documentation, as CI wants them
lint:
    cargo fmt --all -- --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# what CI runs
ci:
    bash .ci/run

# accept changed snapshots (cargo install cargo-insta)
accept:
    cargo insta accept --workspace

# the container images: cloudless, cloudless-shop, cloudless-worker, cloudless-setup
images *ARGS:
    docker build {{ARGS}} --target cloudless --tag cloudless:latest .
    docker build {{ARGS}} --target shop --tag cloudless-shop:latest .
    docker build {{ARGS}} --target worker --tag cloudless-worker:latest .
    docker build {{ARGS}} --target setup --tag cloudless-setup:latest .

# everything in containers, on cloudless or: just up localstack
up PROFILE="cloudless":
    docker compose --profile {{PROFILE}} up --build --detach

# stops what `just up` started; `just down --volumes` forgets the data too
down *ARGS:
    docker compose --profile cloudless --profile localstack --profile scale down {{ARGS}}

# the two functions as zips for AWS, in target/lambda/
package:
    cargo build --release -p lambdas
    target/release/lambdas package --out target/lambda

# everything on AWS, after an explanation and a question (docs/aws.md): just deploy --image IMAGE
deploy *ARGS:
    cargo run -p shop --features deploy -- deploy {{ARGS}}

# what can be proven of infra/ without an account (pip install cfn-lint boto3)
infra:
    python3 .ci/infra.py
    cargo test -p shop --features deploy --lib deploy

# what Cloudless does in a second, beside controls of the same run: just bench --long --out docs/benchmarks.md
bench *ARGS:
    cargo build --release -p cloudless -p shop -p bench
    target/release/bench {{ARGS}}

# users in numbers on a lab of their own, and a report: just load stress --speed 30
load *ARGS:
    cargo build --workspace --bin=shop --bin=load
    target/debug/load run {{ARGS}}

# ceph/s3-tests out of a checkout (pip install -r DIR/requirements.txt pytest-xdist pytest-timeout): just s3-tests DIR
s3-tests DIR *ARGS:
    python3 .ci/s3_tests.py {{DIR}} {{ARGS}}

# the house, drawn from its imports: docs/structure.svg
structure:
    cargo run -p structure
