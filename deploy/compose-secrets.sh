#!/bin/sh
# Makes the folder `secrets` for docker-compose.yml, which is to be in the current directory, once: random passwords and a random
# secret, and a certificate for localhost that nobody has signed. All or nothing of it is there in the end.
set -eu
if [ -e secrets ]; then
    echo "there is a folder secrets already" >&2
    exit 1
fi
made=$(mktemp -d "$PWD/secrets.XXXXXX")
trap 'rm -rf "$made"' EXIT
cd "$made"

random() {
    openssl rand -hex "$1" >"$2"
    [ "$(wc -c <"$2")" = $((2 * $1 + 1)) ]
}
random 32 token_secret
random 16 superuser_password
random 16 owner_password
random 16 server_password
echo "postgresql://relevo_owner:$(cat owner_password)@db/relevo" >owner_url
echo "postgresql://relevo:$(cat server_password)@db/relevo" >server_url
openssl req -x509 -newkey rsa:2048 -noenc -days 90 -subj /CN=localhost -keyout tls_key -out tls_certificate 2>/dev/null

chmod 644 ./* # the folder keeps others out; the containers' users have to read them
cd ..
chmod 700 "$made"
mv -T "$made" secrets
