# A Node service that uses sconce on a GPU:
#
#     docker build -f cuda.Dockerfile -t my-service .
#     docker run --gpus all my-service
#
# The driver is the host's, by NVIDIA's container toolkit; CUDA's libraries come with libtorch, so
# the base image needs none. There is no driver while the image is built: `install --cuda` takes
# the newest build, for CUDA 13, which a driver of series 580 or later serves. The layer with
# libtorch is of several GB, and changes only with the version of sconce.
FROM node:22-bookworm-slim

# TLS certificates for the download.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev

ENV SCONCE_CACHE=/opt/sconce
RUN npx sconce install --cuda

COPY . .

ENV NODE_ENV=production \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER node
CMD ["node", "main.js"]
