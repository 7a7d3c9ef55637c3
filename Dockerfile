# One static binary on nothing: no shell, no libraries, no network.
#   docker build -t lind .
#   docker run --rm --network none -v "$PWD:/work" lind check protocols/NCT05106972.lind
FROM rust:1.88-slim AS build
WORKDIR /src
COPY . .
RUN .ci/static && cp "$(.ci/static --path)" /lind

FROM scratch
COPY --from=build /lind /lind
WORKDIR /work
ENTRYPOINT ["/lind"]
