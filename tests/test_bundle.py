"""dlnotes.widgets.bundle: what it pastes, in which order, and what it refuses."""

import json
import re
import shutil
import subprocess

import pytest

from dlnotes.widgets import bundle

NODE = shutil.which("node")


def folder(tmp_path, **sources):
    """Write modules; a double underscore in a name is a folder."""
    for name, text in sources.items():
        path = tmp_path / f"{name.replace('__', '/')}.mjs"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


FORMS = {
    "lib__deep": "export function twice(x) {\n  return 2 * x;\n}\nexport const one = 1;\n",
    "lib__num": 'import { twice as double, one } from "./deep.mjs";\n'
                "export class Four {\n  get value() { return double(2) * one; }\n}\n"
                "export async function wait() {}\nexport let three = 3;\n"
                "export function* all() { yield 1; }\n",
    "side": 'import * as num from "./lib/num.mjs";\n'
            "const hidden = 5;\nexport const five = num.three + 2 * hidden / hidden;\n",
    "main": 'import {\n  Four,\n  all,\n} from "./lib/num.mjs";\nimport { five } from "./side.mjs";\n'
            "const hidden = 7;\n"
            "export default { sum: new Four().value + five + hidden + [...all()].length };\n",
}


def run(code, tmp_path, module):
    if NODE is None:
        pytest.skip("no node on this machine")
    path = tmp_path / ("run.mjs" if module else "run.cjs")
    path.write_text(code, encoding="utf-8")
    done = subprocess.run([NODE, path], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_parse_knows_every_allowed_form(tmp_path):
    js = folder(tmp_path, **FORMS)
    assert bundle.parse("lib/num.mjs", js)[2] == ["Four", "wait", "three", "all"]
    imports, body, exports = bundle.parse("main.mjs", js)
    assert [module for _, _, module in imports] == ["lib/num.mjs", "side.mjs"]
    assert exports == ["default"] and "import" not in body and "export" not in body
    assert bundle.parse("side.mjs", js)[0] == [("", "num", "lib/num.mjs")]


def test_each_module_once_and_dependencies_first(tmp_path):
    js = folder(tmp_path, **FORMS)
    assert bundle.order("main.mjs", js) == ["lib/deep.mjs", "lib/num.mjs", "side.mjs", "main.mjs"]
    text = bundle.bundle("main.mjs", js)
    assert text.count("function twice") == 1 and not re.search(r"^import\b", text, re.M)


def test_the_bundle_runs_and_names_do_not_meet(tmp_path):
    js = folder(tmp_path, **FORMS)
    code = bundle.bundle("main.mjs", js).replace("export default", "const result =")
    printed = run(code + "process.stdout.write(JSON.stringify(result));", tmp_path, True)
    assert printed == {"sum": 4 + 5 + 7 + 1}


def test_classic_scripts_run_one_after_the_other(tmp_path):
    js = folder(tmp_path, **FORMS)
    code = "\n".join(bundle.classic(name, js) for name in bundle.order("main.mjs", js))
    code += "\nprocess.stdout.write(JSON.stringify(dlnotesModules['main.mjs'].default));"
    assert run(code, tmp_path, False) == {"sum": 17}


@pytest.mark.parametrize("line", [
    'import num from "./lib/num.mjs";', 'import "./lib/num.mjs";', 'import { one } from "lodash";',
    'import { one } from "https://example.org/x.mjs";', 'export { one };', 'export * from "./lib/num.mjs";',
    'const later = import("./lib/num.mjs");', 'import { one } from "./lib/num.js";'])
def test_any_other_form_is_refused(tmp_path, line):
    js = folder(tmp_path, lib__num="export const one = 1;\n", odd=f"{line}\n")
    with pytest.raises(bundle.BundleError, match="odd.mjs: expected only the import and export forms"):
        bundle.bundle("odd.mjs", js)


def test_the_words_import_and_export_may_stand_in_comments(tmp_path):
    js = folder(tmp_path, fine="// import what you like\n/*\nexport nothing\n*/\nexport const one = 1;\n")
    assert bundle.parse("fine.mjs", js)[2] == ["one"]


def test_a_circle_is_named(tmp_path):
    js = folder(tmp_path, a='import { b } from "./b.mjs";\nexport const a = 1;\n',
                b='import { a } from "./a.mjs";\nexport const b = 1;\n')
    with pytest.raises(bundle.BundleError, match="circular import: a.mjs -> b.mjs -> a.mjs"):
        bundle.order("a.mjs", js)


def test_a_missing_module_is_named(tmp_path):
    with pytest.raises(bundle.BundleError, match="expected a module gone.mjs"):
        bundle.bundle("main.mjs", folder(tmp_path, main='import { x } from "./gone.mjs";\n'))


def test_digest_follows_the_text():
    assert re.fullmatch("[0-9a-f]{10}", bundle.digest("a")) and bundle.digest("a") != bundle.digest("b")


@pytest.mark.parametrize("path", sorted(bundle.JS.rglob("*.mjs")), ids=lambda p: p.name)
def test_every_imported_name_is_exported(path):
    """A name that its module does not export would be undefined in the pasted code, without any error."""
    for names, _, module in bundle.parse(path.relative_to(bundle.JS).as_posix())[0]:
        wanted = {name.split(" as ")[0].strip() for name in names.split(",") if name.strip()}
        assert wanted <= set(bundle.parse(module)[2]), f"{path.name} imports from {module}"


MODULES = sorted(path.name for path in bundle.JS.glob("*.mjs"))
# For each module [name, its pasted code]: the names that it exports by itself, and pasted in a world of its own; or what went wrong.
EXPORTS = """
const { createContext, runInContext } = require("node:vm"), names = (module) => Object.keys(module).sort();
const exported = async ([name, code]) => {
  const world = createContext({ console });
  runInContext(code, world, { filename: name });
  return [names(await import(`${process.argv[2]}/${name}`)), names(runInContext("dlnotesModules", world)[name])];
};
const all = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
Promise.all(all.map((one) => exported(one).catch((error) => String(error.stack)))).then((found) => console.log(JSON.stringify(found)));
"""


@pytest.fixture(scope="module")
def exports():
    if NODE is None:
        pytest.skip("no node on this machine")
    pasted = [[name, "\n".join(bundle.classic(module) for module in bundle.order(name))] for name in MODULES]
    done = subprocess.run([NODE, "-e", EXPORTS, "-", bundle.JS], input=json.dumps(pasted), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return dict(zip(MODULES, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("name", MODULES)
def test_the_pasted_code_is_what_node_would_import(name, exports):
    """Our own modules, pasted: they parse, and export what the plain module does."""
    assert isinstance(exports[name], list), exports[name]
    own, pasted = exports[name]
    assert own == pasted


def test_refuses_several_names_in_one_export(tmp_path):
    js = folder(tmp_path, main="export const a = 1, b = 2;\nexport default {};\n")
    with pytest.raises(bundle.BundleError, match="expected one name an export"):
        bundle.bundle("main.mjs", js)


def test_refuses_an_import_that_nobody_exports(tmp_path):
    js = folder(tmp_path, lib__num="export const one = 1;\n",
                main='import { one as eins, two } from "./lib/num.mjs";\nexport default {};\n')
    with pytest.raises(bundle.BundleError, match="expected lib/num.mjs to export two; it does not"):
        bundle.bundle("main.mjs", js)


def test_the_site_gets_no_comments(tmp_path):
    (tmp_path / "a.mjs").write_text('// one\n/**\n * two\n */\nexport const a = 1;      // three\nexport const url = "//x";\n  // four\n')
    code = bundle.classic("a.mjs", tmp_path)
    assert "one" not in code and "two" not in code and "four" not in code
    assert "three" in code and '"//x"' in code and "const a = 1;" in code
