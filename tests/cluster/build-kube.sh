#!/bin/bash
# Builds the test control plane (kube-apiserver, -controller-manager, -scheduler 1.20.2) from the source package
# `kubernetes` of Debian bookworm with Debian's Go; the build itself uses no network. Some 620 CPU seconds and
# 1.4 GB of memory. Usage: build-kube.sh [OUT_DIR]; needs apt-get, dpkg-source and Go up to 1.19 (golang-go).
set -euo pipefail
version=1.20.2 package=1.20.5+really1.20.2-1.1+deb12u1
programs=(kube-apiserver kube-controller-manager kube-scheduler)
out=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/interlock/kube/$version}
complete=yes
for p in "${programs[@]}"; do [ -x "$out/$p" ] || complete=no; done
[ -e "$out/custom-resources" ] || complete=no
if [ $complete = yes ]; then echo "$out holds them already"; exit 0; fi
for tool in apt-get go tar; do
  command -v $tool >/dev/null || { echo "needs $tool (Debian bookworm: apt-get install golang-go)" >&2; exit 1; }
done
mkdir -p "$out" && out=$(cd "$out" && pwd)
work=$out/build && mkdir -p "$work"/{lists/partial,cache/archives/partial,parts,tmp,home} && cd "$work"

# Source entries of the machine's own package sources, in a private apt configuration: the machine's stays as it is.
: > sources.list
[ ! -e /etc/apt/sources.list ] || sed -n 's/^deb /deb-src /p' /etc/apt/sources.list > sources.list
for file in /etc/apt/sources.list.d/*.sources; do
  [ ! -e "$file" ] || sed 's/^Types:.*/Types: deb-src/' "$file" > "parts/${file##*/}"
done
cat > apt.conf <<CONF
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "$work/parts";
Dir::State::lists "$work/lists";
Dir::Cache "$work/cache";
CONF
if [ ! -d src/cmd/kube-apiserver ]; then
  APT_CONFIG=$work/apt.conf apt-get -qq update
  APT_CONFIG=$work/apt.conf apt-get -qq source --download-only "kubernetes=$package"
  mkdir -p src && tar -xf kubernetes_*.orig.tar.gz -C src --strip-components=1
fi

# Its reflect2 knows the map iterator of Go up to 1.17; with Debian's 1.19 the server dies of a fault as soon as a custom
# resource is posted. The iterator now lies with the caller: two declarations follow that.
reflect2=src/vendor/github.com/modern-go/reflect2
if ! grep -q newIterator $reflect2/unsafe_map.go; then
  sed -i -e 's/^func mapiterinit(.*/func mapiterinit(rtype unsafe.Pointer, m unsafe.Pointer, it *hiter)/' \
    -e 's#^\t// rest fields are ignored#\tpointers [6]unsafe.Pointer\n\tnumbers [4]uintptr#' $reflect2/unsafe_link.go
  sed -i 's/mapiterinit(type2/newIterator(type2/' $reflect2/unsafe_map.go
  printf 'func newIterator(rtype, m unsafe.Pointer) *hiter {\n\tit := new(hiter)\n\tmapiterinit(rtype, m, it)\n\treturn it\n}\n' \
    >> $reflect2/unsafe_map.go
fi

export GOPATH=$work/go GO111MODULE=off GOPROXY=off CGO_ENABLED=0 GOCACHE=$work/gocache HOME=$work/home TMPDIR=$work/tmp
mkdir -p "$GOPATH/src/k8s.io" && ln -sfn "$work/src" "$GOPATH/src/k8s.io/kubernetes"
cd "$GOPATH/src/k8s.io/kubernetes"

# The one generated file that the package leaves out; its generator is in the tree.
generated=pkg/generated/openapi/zz_generated.openapi.go
if [ ! -s $generated ]; then
  go build -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
  inputs=$(grep -rl --include='*.go' '+k8s:openapi-gen=' pkg cmd plugin staging/src/k8s.io \
    | grep -Ev '/(code-generator|sample-apiserver|testdata|_examples)/' | xargs -n1 dirname | sort -u \
    | sed -E 's#^staging/src/#k8s.io/kubernetes/vendor/#; t; s#^#k8s.io/kubernetes/#' | paste -sd,)
  # It ends with an error when it finds style violations, having written its output all the same.
  "$work/openapi-gen" --logtostderr -i "$inputs" -p k8s.io/kubernetes/pkg/generated/openapi \
    -O zz_generated.openapi -h hack/boilerplate/boilerplate.generatego.txt -r "$work/violations" || true
  [ -s $generated ] || { echo "the OpenAPI definitions were not generated" >&2; exit 1; }
fi

vendored=k8s.io/kubernetes/vendor/k8s.io flags="-s -w"
for stamped in $vendored/component-base/version $vendored/client-go/pkg/version; do
  flags+=" -X $stamped.gitVersion=v$version -X $stamped.gitMajor=1 -X $stamped.gitMinor=20"
done
for p in "${programs[@]}"; do
  go build -trimpath -ldflags "$flags" -o "$out/$p.part" "./cmd/$p"
  mv "$out/$p.part" "$out/$p"
done
touch "$out/custom-resources"  # says that this server survives them
rm -rf "$work"
ls -l "$out"
