# Four images from one build: `cloudless`, `shop`, `worker` and `setup`. `just images` makes all.
#
#   docker build --target cloudless -t cloudless .
#
# Written for the classic builder and for BuildKit alike: no cache mounts, no heredocs. The final
# images are made from nothing: the program, the libraries that it links, certificates. Not even a
# shell; each program checks its own health.

# ---- The manifests, and in place of every program and library an empty one. A stage of its own, so
# that the next one starts anew only where a manifest changes: what it copies from here is compared
# by content. New packages need no line here.
FROM rust:1.95-slim-trixie AS manifests
COPY . /src
WORKDIR /src
RUN set -e; \
    find . -type f ! -name Cargo.toml ! -name Cargo.lock ! -path '*/src/lib.rs' \
        ! -path '*/src/main.rs' ! -path '*/src/bin/*.rs' -delete; \
    find . -type d -empty -delete; \
    find . -name '*.rs' | while read -r source; do echo '#![allow(dead_code)] fn main() {}' > "$source"; done

# ---- All programs. The paths are fixed and kept out of the programs, so that the same sources give
# the same bytes wherever they are built.
FROM rust:1.95-slim-trixie AS build
ENV CARGO_INCREMENTAL=0 \
    CARGO_TERM_COLOR=never \
    RUSTFLAGS="--remap-path-prefix=/src=. --remap-path-prefix=/usr/local/cargo/registry/src=registry"
WORKDIR /src
COPY --from=manifests /src ./
ARG PROGRAMS="--package cloudless --package shop --package lambdas --no-default-features --bins"
RUN cargo build --release --locked $PROGRAMS
COPY . .
# What is newer than its empty stand-in is compiled.
RUN find . -path ./target -prune -o -name '*.rs' -exec touch {} + \
 && cargo build --release --locked $PROGRAMS

# Each image's files, as they will lie in it.
RUN set -e; \
    image() { \
        image=/images/$1; shift; \
        mkdir -p "$image/etc/ssl/certs" "$image/tmp"; \
        chmod 1777 "$image/tmp"; \
        cp /etc/ssl/certs/ca-certificates.crt "$image/etc/ssl/certs/"; \
        echo 'hosts: files dns' > "$image/etc/nsswitch.conf"; \
        echo 'nonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin' > "$image/etc/passwd"; \
        echo 'nonroot:x:65532:' > "$image/etc/group"; \
        for program; do \
            cp "target/release/$program" "$image/"; \
            ldd "target/release/$program" | grep -o '/[^ ]*' | sort -u \
                | xargs -I '{}' cp --dereference --parents '{}' "$image/"; \
        done; \
    }; \
    image cloudless cloudless; \
    mkdir -p /images/cloudless-data/data; \
    image shop shop; \
    image worker lambdas; \
    image setup shop; \
    mkdir -p /images/setup/functions; \
    target/release/lambdas package --out /images/setup/functions

# ---- The shop, for the job that prepares database and cloud for it, once.
FROM scratch AS setup
COPY --from=build /images/setup/ /
USER 65532:65532
ENTRYPOINT ["/shop"]
CMD ["provision", "--resize-image", "/functions/resize-image.zip", "--update-product", "/functions/update-product.zip"]
LABEL org.opencontainers.image.title="cloudless-setup" \
      org.opencontainers.image.description="Makes the shop's tables, bucket, queues and functions, and ends." \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"

# ---- The two functions as a process that polls, where there is no Lambda.
FROM scratch AS worker
COPY --from=build /images/worker/ /
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["/lambdas"]
CMD ["worker"]
LABEL org.opencontainers.image.title="cloudless-worker" \
      org.opencontainers.image.description="resize-image and update-product as a process that polls two queues." \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"

# ---- The emulator.
FROM scratch AS cloudless
COPY --from=build /images/cloudless/ /
# The volume's owner, for CLOUDLESS_DATA_DIR=/data.
COPY --from=build --chown=65532:65532 /images/cloudless-data/ /
USER 65532:65532
# In LocalStack's way, so that CLOUDLESS_HOST, CLOUDLESS_PORT and GATEWAY_LISTEN all work.
ENV GATEWAY_LISTEN=0.0.0.0:4566
EXPOSE 4566
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 CMD ["/cloudless", "health"]
ENTRYPOINT ["/cloudless"]
LABEL org.opencontainers.image.title="cloudless" \
      org.opencontainers.image.description="S3, SQS and Lambda in one process: an emulator without Docker, account or network." \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"

# ---- The shop. Last, so that it is what `docker build .` makes.
FROM scratch AS shop
COPY --from=build /images/shop/ /
USER 65532:65532
ENV LISTEN=0.0.0.0:80
EXPOSE 80
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 CMD ["/shop", "health"]
ENTRYPOINT ["/shop"]
CMD ["serve"]
LABEL org.opencontainers.image.title="cloudless-shop" \
      org.opencontainers.image.description="The online shop that lives on the picture pipeline." \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
