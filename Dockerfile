# One image for every process: `quayside api`, `quayside worker`, `quayside migrate`.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

RUN useradd --system --create-home --home-dir /var/lib/quayside quayside

WORKDIR /src
# Outside this folder the image holds only installed packages; nothing is run from the sources.
COPY pyproject.toml constraints.txt README.md ./
COPY app app
COPY worker worker
COPY sandbox sandbox
COPY migrations migrations
RUN pip install --constraint constraints.txt . && rm -rf /src/*

USER quayside
WORKDIR /var/lib/quayside
EXPOSE 8000
ENTRYPOINT ["quayside"]
CMD ["api", "--host", "0.0.0.0"]
