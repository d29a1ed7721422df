"""A link to a widget's state is data: no text of an address is run, shown as markup, or pasted into an exported script.

Every trait of every widget gets every attack by link, alone and behind its present value. What "Copy as Python" then gives must
parse, and every word in it must also stand in the scripts of honest states.
"""

import ast
import json
import re
from urllib.parse import quote

import pytest
import traitlets
from test_hostile import WIDGETS, pages

MARK = "pwned"
ATTACKS = [
    "<script>globalThis.pwned=1</script>", "</script><script>globalThis.pwned=1</script>", "<img src=x onerror=globalThis.pwned=1>",
    '"><svg onload=alert("pwned")>', "javascript:globalThis.pwned=1", "${globalThis.pwned=1}", "`+(globalThis.pwned=1)+`",
    "0);globalThis.pwned=1;(", "constructor.constructor('globalThis.pwned=1')()", '"+__import__("os").system("pwned")+"',
    "'\n__import__('os').system('pwned')\n'", '"""\nimport os  # pwned\n"""', 'relu")\nimport pwned\nx=("', "0\nimport pwned",
    "\\\nimport pwned", "0\u2028import pwned", "[__import__('pwned')]", '[{"until":1,"lr":"__import__(\'pwned\')"}]',
    '{"__proto__":{"pwned":1},"data":"pwned"}']
IDENTIFIERS = ["__import__*os", "eval*exec + open", "a = __builtins__; a*a", "globals*b + input(1)", "breakpoint + compile*a"]

# Follows each link, then presses the Python buttons; gives [script, link] of each script that it had not seen.
FOLLOW = """
async ([place, links]) => {
  const host = document.querySelectorAll(".dlw-host")[place], found = new Map(), written = [];
  host.buttons ??= [...host.querySelectorAll("button")].filter((b) => b.textContent.startsWith("Copy as Python ("));
  Object.defineProperty(navigator.clipboard, "writeText", { configurable: true, value: async (text) => { written.push(text); } });
  for (const link of links) {
    history.replaceState(null, "", `#dlw=${place}&${link}`);
    dispatchEvent(new HashChangeEvent("hashchange"));
    await new Promise(requestAnimationFrame);
    for (const button of host.buttons) button.click();
    for (const script of written.splice(0)) if (!found.has(script)) found.set(script, link);
  }
  return { scripts: [...found], buttons: host.buttons.length, ran: typeof globalThis.pwned + typeof {}.pwned };
}
"""


def links(cls, present):
    """The hostile links of a widget: each attack on all traits at once, and on each list or text alone, there also behind its
    present value; and inside the lists of settings that the playground reads as JSON."""
    traits = {name: cls.class_traits()[name] for name in sorted(cls.public_traits())}
    for attack in map(quote, ATTACKS):
        yield "&".join(f"{name}={attack}" for name in traits)
        for name, trait in traits.items():
            if not isinstance(trait, (traitlets.Enum, traitlets.Bool, traitlets.Int, traitlets.Float)):
                yield from (f"{name}={attack}", f"{name}={quote(str(present[name]))}{attack}", f"{name}={quote(str(present[name]))},{attack}")
    for name in traits if "changes" in traits else ():
        for inner in ("0;pwned()", ["pwned()"], {"pwned": 1}):
            yield f"epoch=3&changes={quote(json.dumps([{'until': 1, name: inner}]))}&kept={quote(json.dumps({name: inner}))}"


def honest(cls):
    """Links to ordinary states: the present one, and every value of every choice."""
    yield ""
    for name in sorted(cls.public_traits()):
        trait = cls.class_traits()[name]
        if isinstance(trait, traitlets.Enum):
            yield from (f"{name}={quote(str(value))}" for value in trait.values)


def words(script):
    """All words of a script outside its comments, in its texts too; a script that does not parse raises SyntaxError."""
    return set(re.findall(r"[^\W\d]+", ast.unparse(ast.parse(script))))


@pytest.fixture
def followed(visit, site):
    """followed(view, links): the scripts that a widget exports on its way through the links, [(script, link)]."""
    def open_widget(view):
        page, place = pages(site)[view]
        opened = visit(page, reduced_motion="reduce")
        opened.tab.on("dialog", lambda dialog: (opened.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        opened.widget(view)

        def follow(given):
            got = opened.tab.evaluate(FOLLOW, [place, list(given)])
            assert got["ran"] == "undefinedundefined", "a link ran a script"
            assert not opened.complaints, opened.complaints[:3]
            return got["scripts"]

        follow.present = opened.tab.evaluate("i => document.querySelectorAll('.dlw-host')[i].model.traits", place)
        return follow
    return open_widget


@pytest.mark.parametrize("view", sorted(WIDGETS))
def test_no_text_of_a_link_is_run_or_exported(followed, view):
    follow = followed(view)
    known = set().union(*(words(script) for script, _ in follow(honest(WIDGETS[view]))))
    for script, link in follow(links(WIDGETS[view], follow.present)):
        assert MARK not in script, link
        assert words(script) <= known, (link, words(script) - known)


def test_the_widgets_with_a_script_are_seen(site, followed):
    assert len(followed("learning_rate")(["optimizer=adam", "optimizer=sgd"])) == 4


def called(script):
    """The plain names that a script calls: print, but not optimizer.step."""
    return {node.func.id for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def test_a_variables_name_is_never_called(followed):
    """The one place where a reader names things: the names stay names, whatever Python has under them."""
    follow = followed("backprop_stepper")
    known = set().union(*(called(script) for script, _ in follow(["expression=a*b"])))
    found = follow(f"expression={quote(text)}" for text in IDENTIFIERS)
    assert len(found) >= 6
    for script, link in found:
        assert called(script) <= known, link
