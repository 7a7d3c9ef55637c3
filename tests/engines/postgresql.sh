#!/bin/sh
# Runs a PostgreSQL server in a new folder until standard input ends, and says where its socket is.
set -eu
folder=$(mktemp -d)
programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
as=""
if [ "$(id -u)" = 0 ]; then
    # The server does not run as root.
    chown postgres "$folder"
    as="runuser -u postgres --"
fi
cd "$folder"
$as "$programs/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >/dev/null
trap '$as "$programs/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null; rm -rf "$folder"' EXIT
$as "$programs/pg_ctl" -D "$folder/data" -l "$folder/data/log" -w start >/dev/null \
    -o "-k '$folder' -c listen_addresses='' -c fsync=off -c jit=off"
echo "$folder"
cat >/dev/null
