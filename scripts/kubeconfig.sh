# kubeconfigs that root uses, made of what the server's user wrote.
#
# A kubeconfig may name a program to run (`exec`) and files to read, and kubectl would do both as whoever calls it. So nothing of the
# server's file is taken over but three base64 values; everything else is written here.

# rebuild_kubeconfig URL USER CLUSTER <the server's file >root's own. CLUSTER is part of each name, so that files of two instances can be merged.
rebuild_kubeconfig() {
  local url=$1 user=$2 cluster=$3 text authority certificate key
  text=$(head -c 65536 | tr -d '\000')
  authority=$(kubeconfig_value certificate-authority-data "$text") || return 1
  certificate=$(kubeconfig_value client-certificate-data "$text") || return 1
  key=$(kubeconfig_value client-key-data "$text") || return 1
  cat <<YAML
apiVersion: v1
kind: Config
current-context: $user@$cluster
clusters:
- name: $cluster
  cluster:
    server: $url
    certificate-authority-data: $authority
contexts:
- name: $user@$cluster
  context:
    cluster: $cluster
    user: $user@$cluster
users:
- name: $user@$cluster
  user:
    client-certificate-data: $certificate
    client-key-data: $key
YAML
}

# The one line `    NAME: base64` of a text.
kubeconfig_value() {
  local values
  mapfile -t values < <(LC_ALL=C sed -nE "s/^    $1: ([A-Za-z0-9+\/]+={0,2})\$/\1/p" <<<"$2")
  if [ ${#values[@]} -ne 1 ]; then
    echo "the server's kubeconfig has ${#values[@]} lines \`$1\` and should have one; remove it and run this again" >&2
    return 1
  fi
  printf '%s' "${values[0]}"
}
