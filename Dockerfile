# The server and its page. docker-compose.yml shows how it is run.
# Each stage installs what tools/packages names for its purpose, like ./dev does. The bases are named by tag: what Debian mends comes with the
# next build, which a digest would keep out. Whoever wants the same bytes again keeps the image that was built.

FROM debian:12 AS build
COPY tools/packages /packages
RUN apt-get update && grep -v '^#' /packages/build.txt | paste -sd, | xargs -d '\n' apt-get satisfy -y --no-install-recommends
WORKDIR /relevo
COPY CMakeLists.txt CMakePresets.json ./
COPY tools tools
COPY packaging packaging
COPY server server
COPY protocol protocol
COPY sql sql
RUN cmake --preset release -D RELEVO_BENCH=OFF && cmake --build --preset release --target relevo

FROM debian:12 AS web
COPY tools/packages /packages
RUN apt-get update && grep -v '^#' /packages/web.txt | paste -sd, | xargs -d '\n' apt-get satisfy -y --no-install-recommends
WORKDIR /relevo/web-demo
COPY web-demo/package.json web-demo/package-lock.json web-demo/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY web-demo .
RUN npm run build

FROM debian:12-slim
ARG SOURCE=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Relevo" org.opencontainers.image.licenses="MIT" org.opencontainers.image.version="0.1.0" \
    org.opencontainers.image.source="$SOURCE" org.opencontainers.image.revision="$REVISION"
COPY tools/packages/run.txt /run.txt
RUN apt-get update && grep -v '^#' /run.txt | paste -sd, | xargs -d '\n' apt-get satisfy -y --no-install-recommends \
    && rm -rf /var/lib/apt/lists/* /run.txt \
    && useradd --system --uid 7681 --user-group --no-create-home relevo
COPY --from=build /relevo/build/release/relevo /usr/local/bin/relevo
COPY --from=web /relevo/web-demo/dist /usr/local/share/relevo/web
# By number, so that an engine can see that it is not root.
USER 7681:7681
EXPOSE 7681
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["relevo", "health"]
ENTRYPOINT ["relevo"]
CMD ["serve", "--listen", "0.0.0.0:7681", "--web-root", "/usr/local/share/relevo/web"]
