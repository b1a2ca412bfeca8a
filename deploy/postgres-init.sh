#!/bin/bash
# Makes the databases of Ambit and SpiceDB, each with an owner of its own. The
# image of PostgreSQL runs this once, on an empty volume.
set -euo pipefail

for name in ambit spicedb; do
  variable=${name^^}_DATABASE_PASSWORD
  psql -X -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -v name="$name" -v password="${!variable}" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
