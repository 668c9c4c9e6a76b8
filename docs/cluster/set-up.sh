#!/usr/bin/env bash
# Make a ledger in a Patroni cluster: once, on any host, as a user whom PostgreSQL knows as its superuser.
# usage: set-up.sh HOSTS DATABASE SCHEMA, as in: set-up.sh db1,db2,db3 desk stops
set -euo pipefail

hosts=${1:?hosts, with commas} database=${2:?the database} schema=${3:?the schema}
to="host=$hosts target_session_attrs=read-write"

asked() { psql "$to dbname=${2:-postgres}" --no-psqlrc --tuples-only --no-align --command "$1"; }

strict=$(asked "SELECT current_setting('synchronous_standby_names')")
if [ -z "$strict" ]; then
  echo "set-up: the primary waits for no standby; set synchronous_mode and synchronous_mode_strict (patroni.yml)" >&2
  exit 1
fi
if [ "$(asked "SELECT current_setting('data_checksums')")" != on ]; then
  echo "set-up: the cluster was made without checksums; see initdb in patroni.yml" >&2
  exit 1
fi
[ -n "$(asked "SELECT 1 FROM pg_roles WHERE rolname = 'ledger_owner'")" ] || asked "CREATE ROLE ledger_owner LOGIN" >/dev/null
[ -n "$(asked "SELECT 1 FROM pg_roles WHERE rolname = 'ledger'")" ] || asked "CREATE ROLE ledger LOGIN" >/dev/null
[ -n "$(asked "SELECT 1 FROM pg_database WHERE datname = '$database'")" ] ||
  asked "CREATE DATABASE \"$database\" OWNER ledger_owner ENCODING 'UTF8' TEMPLATE template0" >/dev/null
# The owner has to be able to hand the schema of the views to the role that runs the program.
asked "GRANT ledger TO ledger_owner" >/dev/null

incident-ledger prepare --role ledger \
  --ledger "postgresql://ledger_owner@$hosts/$database?schema=$schema&target_session_attrs=read-write"
echo "serve it with: incident-ledger serve --ledger 'postgresql://ledger@$hosts/$database?schema=$schema&target_session_attrs=read-write'"
