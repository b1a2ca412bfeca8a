# The image of ambit: one static binary, and nothing else to run.
#
#   make image                       tags it ambit:local
#   docker run --rm ambit:local version
#
# Where no image can be pulled, scripts/images leaves the first stage out, and puts
# what scripts/build made into the second.

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

FROM scratch
ARG VERSION=unknown
LABEL org.opencontainers.image.title="Ambit" \
      org.opencontainers.image.description="Decides who may do what, where: roles and access policies on SpiceDB" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/ambit-iam/ambit" \
      org.opencontainers.image.version="$VERSION"
COPY --from=build /image/root/ /
COPY --from=build --chown=65532:65532 /image/data/ /data/
# Beyond loopback a server wants TLS or --insecure-listen, and says so: that is for
# who runs it to decide.
ENV PATH=/usr/local/bin \
    AMBIT_LISTEN=0.0.0.0:8420 \
    AMBIT_DATA=/data
VOLUME /data
EXPOSE 8420
# A number, so that Kubernetes can see that it is not root.
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["ambit", "health"]
ENTRYPOINT ["ambit"]
CMD ["serve"]
