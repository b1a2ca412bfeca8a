# The image of ambit: one static binary, and nothing else to run.
#
#   make image                       tags it ambit:local
#   docker run --rm ambit:local version
#
# Where no image can be pulled, make image takes the target "prebuilt": the binary
# that scripts/build made, put together by scripts/images. It comes before the
# target that needs one: Docker's older builder builds all that is above a target.

FROM scratch AS base
ARG VERSION=unknown
LABEL org.opencontainers.image.title="Ambit" \
      org.opencontainers.image.description="Decides who may do what, where: roles and access policies on SpiceDB" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/ambit-iam/ambit" \
      org.opencontainers.image.version="$VERSION"
# Beyond loopback a server wants TLS or --insecure-listen, and says so: that is for
# who runs it to decide.
ENV PATH=/usr/local/bin \
    AMBIT_LISTEN=0.0.0.0:8420 \
    AMBIT_DATA=/data
EXPOSE 8420
# A number, so that Kubernetes can see that it is not root.
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["ambit", "health"]
ENTRYPOINT ["ambit"]
CMD ["serve"]

FROM base AS prebuilt
COPY .cache/images/ambit/root/ /
COPY --chown=65532:65532 .cache/images/ambit/data/ /data/
VOLUME /data

FROM golang:1.26.6 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=unknown
RUN install -d -m 1777 /image/root/tmp && install -d /image/data && \
    install -D -m 644 -t /image/root/etc/ssl/certs /etc/ssl/certs/ca-certificates.crt && \
    CGO_ENABLED=0 go build -trimpath -buildvcs=false \
      -ldflags "-s -w -X github.com/ambit-iam/ambit/adapter/cli.release=$VERSION" \
      -o /image/root/usr/local/bin/ambit ./cmd/ambit

FROM base
COPY --from=build /image/root/ /
COPY --from=build --chown=65532:65532 /image/data/ /data/
VOLUME /data
