FROM node:24-slim AS packages
WORKDIR /preau
COPY package.json package-lock.json .npmrc ./
# The image brings its own Node 24 and uses the PostgreSQL and Redis of its URLs: neither dev nor optional packages.
RUN npm ci --omit=dev --omit=optional

FROM node:24-slim
ENV NODE_ENV=production PREAU_PROFILE=production PREAU_METRICS_HOST=0.0.0.0
WORKDIR /preau
COPY --from=packages /preau/node_modules node_modules
COPY package.json ./
COPY bin/preau bin/preau
COPY src src
COPY views views
COPY config config
USER node
EXPOSE 3000 9464
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:'+(process.env.PREAU_PORT??3000)+'/health/ready').then(a=>process.exit(a.ok?0:1),()=>process.exit(1))"]
CMD ["node", "src/main.ts"]
