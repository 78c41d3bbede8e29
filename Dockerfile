# The packages are installed in one image and copied to another, which has no installer's leftovers.
FROM python:3.12-slim AS packages
COPY requirements.lock /tmp/requirements.lock
RUN python -m venv /opt/venv \
 && /opt/venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements.lock \
 && /opt/venv/bin/python -m pip uninstall --yes pip

FROM python:3.12-slim
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY LICENSE openapi.yaml ./
COPY service ./service
COPY rules ./rules
COPY fhir_samples ./fhir_samples
# Nothing below /app is written; with --read-only give /data a volume and /tmp a tmpfs.
RUN mkdir /data && chown 10001:10001 /data && /opt/venv/bin/python -m compileall -q service
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 PORT=8080 POSTFUSION_DATA_DIR=/data
USER 10001:10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('POSTFUSION_PORT', os.environ.get('PORT', '8080')) + '/livez', timeout=4)"]
CMD ["python", "-m", "service.cli", "serve"]
