#!/bin/bash
# Makes the certificates with which the tests try TLS, good ones and bad ones,
# in an empty directory. They are valid for a day and fit for nothing else.
set -euo pipefail

[ $# = 1 ] || { echo "Usage: certificates.sh DIRECTORY" >&2; exit 2; }
cd "$1"
exec 3>&2 2>openssl.log
trap '[ $? = 0 ] || tail -n 20 openssl.log >&3' EXIT

key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
day_after () { date -u --date="$1 day" +%Y%m%d%H%M%SZ; }

make_ca () { # CA
  openssl req -x509 "${key[@]}" -subj "/CN=$1" -days 1 \
    -keyout "$1.key" -out "$1.pem"
}

# By openssl ca, as openssl x509 makes no certificate of the past.
make () { # NAME CA COMMON_NAME FROM TO [ALTERNATIVE_NAMES]
  : >"$1.database"
  cat >"$1.conf" <<END
[ca]
default_ca = signer
[signer]
new_certs_dir = .
database = $1.database
certificate = $2.pem
private_key = $2.key
rand_serial = yes
default_md = sha256
policy = policy
x509_extensions = extensions
[policy]
commonName = supplied
[extensions]
basicConstraints = CA:false
${6:+subjectAltName = $6}
END
  openssl req "${key[@]}" -subj "/CN=$3" -keyout "$1.key" -out "$1.request"
  openssl ca -batch -notext -config "$1.conf" -startdate "$(day_after "$4")" \
    -enddate "$(day_after "$5")" -in "$1.request" -out "$1.pem"
  cat "$1.key" "$1.pem" >"$1-both.pem" # as Kafka reads it
}

here=IP:127.0.0.1,DNS:localhost
make_ca ca
make_ca foreign-ca
make broker ca broker -1 1 "$here"
make old-broker ca broker -2 -1 "$here"
make elsewhere ca broker -1 1 DNS:elsewhere.example
make client ca dora -1 1
make old-client ca dora -2 -1
make foreign-client foreign-ca dora -1 1

# The client's, with a password.
openssl pkcs8 -topk8 -in client.key -passout pass:doraskeyword \
  -out client-locked.key
openssl pkcs12 -export -inkey client.key -in client.pem \
  -passout pass:dorasstoreword -out client.p12
