# The tag names the release for people; the digest decides. Dependabot updates both.
FROM node:24.19.0-bookworm-slim@sha256:a9f5f7c91a432850b2a8a7797adf5eadb6c733ceed61167806cee7ea7fbc29df AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scim-compliance/package.json scim-compliance/
# The only install script that the lockfile allows fetches a Node.js of its own; the base image has one.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY scim-compliance scim-compliance
COPY bin bin
COPY scripts/build.ts scripts/bundle-server.ts scripts/lean-dependencies.ts scripts/licenses.ts scripts/
COPY docs docs
COPY samples samples
COPY scenarios scenarios
COPY setup-scimulator setup-scimulator
RUN npm run build && npm run site && npm prune --omit=dev --no-audit --no-fund && rm -f node_modules/scim-compliance
# Copied below with an owner: a RUN line there would need a layer of its own.
RUN mkdir data

FROM node:24.19.0-bookworm-slim@sha256:a9f5f7c91a432850b2a8a7797adf5eadb6c733ceed61167806cee7ea7fbc29df
LABEL org.opencontainers.image.title="Scimulator" \
      org.opencontainers.image.description="A SCIM 2.0 service provider that behaves like AWS IAM Identity Center and shows what happens" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    SCIMULATOR_HOST=0.0.0.0 \
    SCIMULATOR_CONSOLE_HOST=0.0.0.0 \
    SCIMULATOR_AWS_HOST=0.0.0.0 \
    SCIMULATOR_DATA=/data/scimulator.db
WORKDIR /app
COPY LICENSE ./
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/site site
COPY migrations migrations
COPY samples samples
COPY scenarios scenarios
COPY scripts/image/scimulator /usr/local/bin/
COPY --from=build --chown=node:node /app/data /data
USER node
VOLUME /data
EXPOSE 8080 8081 8082
# `ready` asks the console at the port and host that the settings name. Each check starts a process, so checks are
# frequent only until the first that succeeds.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --start-interval=1s --retries=3 \
  CMD ["node", "dist/cli/scimulator.js", "ready"]
ENTRYPOINT ["node", "dist/cli/scimulator.js"]
