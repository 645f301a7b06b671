"""The explorer in a browser: its numbers, its answers to hands and keys, its address."""

import re
import statistics
import warnings

import numpy as np
import pytest

import selu_sym
from tests.book.conftest import HTML
from tests.book.test_pages import SCROLLS, violations

pytestmark = pytest.mark.book

PAGE = "explorer.html"
WEIGHTS = ("iid", "he_normal", "torch", "Iid", "normalized", "unit-sum")


def text(page, name):
    return page.locator(f"#explorer-{name}").inner_text()


def ends(page, name):
    """Return where a chart's signals end, without dropout and with it."""
    label = page.locator(f"#explorer-{name}").get_attribute("aria-label")
    return [float(end) for end in re.findall(r"(?:at the end|with dropout) (\S+?)(?:,|$)", label)]


def run(code):
    """Return what the page's Python code makes of each name, and why there is no solution."""
    names = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the fixed point repels
            exec(code, names)
    except selu_sym.NoFixedPointError as error:
        return names, str(error)
    return names, None


def test_sliders_give_what_the_package_says(open_page):
    page = open_page(PAGE)
    random = np.random.default_rng(21)
    solved = refused = 0
    for i in range(50):
        page.locator("#weights").select_option(WEIGHTS[i % len(WEIGHTS)])
        page.locator("#mean").fill(f"{random.uniform(-1, 1):.3f}")
        page.locator("#variance").fill(f"{random.uniform(-2, 2):.3f}")
        page.locator("#rate").fill(f"{random.uniform(0.01, 0.9):.2f}")
        if WEIGHTS[i % len(WEIGHTS)] == "Iid":
            page.locator("#tau").fill(f"{random.uniform(-1, 1):.3f}")
            page.locator("#bias").fill(f"{random.uniform(0, 1):.3f}")
        found, refusal = run(text(page, "python"))
        if refusal:
            refused += 1
            said = text(page, "exists").replace("²", "^2")
            assert said.startswith("No SELU with this fixed point.")
            (rule,) = re.findall(r"\w\^2 \(variance \+ mean\^2\) must exceed \w mean\^2", said)
            assert rule in refusal
            assert text(page, "alpha") == "none"
            assert page.locator("#explorer-charts").is_hidden()
            continue
        solved += 1
        p, signal, dropped = (found[name] for name in ("p", "signal", "dropped"))
        assert p.mean == float(page.locator("#mean-number").input_value())
        assert p.variance == pytest.approx(float(page.locator("#variance-number").input_value()))
        assert float(text(page, "alpha")) == pytest.approx(p.alpha, rel=6e-12, abs=0)
        assert float(text(page, "scale")) == pytest.approx(p.scale, rel=6e-12, abs=0)
        assert float(text(page, "saturation")) == pytest.approx(p.saturation, rel=6e-12, abs=0)
        stability = selu_sym.stability(p)
        verdict, radius = text(page, "stability").split(", spectral radius ")
        assert float(radius) == pytest.approx(stability.spectral_radius, rel=6e-5)
        assert verdict == str(stability).split(" (")[0]
        gain = float(text(page, "gain").split(" a layer")[0])
        assert gain == pytest.approx(selu_sym.gradient_gain(p), rel=6e-5)
        a, sign, b = re.fullmatch(r"x ↦ (\S+) x ([+−]) (\S+)", text(page, "dropout")).groups()
        affine = (float(a), float(sign.replace("−", "-") + b))
        assert affine == pytest.approx((found["a"], found["b"]), rel=6e-5)
        if stability.attracting:  # elsewhere rounding errors grow, layer by layer
            found = ends(page, "gradients")
            assert found == pytest.approx(
                [signal.gradient_growth[-1], dropped.gradient_growth[-1]], rel=6e-5
            )
            if signal.correlation is not None and i % 10 == 0:
                page.wait_for_selector("#explorer-charts[aria-busy=false]")  # coarse before
                found = ends(page, "correlations")
                assert found == pytest.approx(
                    [signal.correlation[-1], dropped.correlation[-1]], rel=6e-5
                )
    assert solved > 20
    assert refused > 5


def test_other_activations_are_what_the_package_says(open_page):
    page = open_page(PAGE)
    random = np.random.default_rng(23)
    page.locator("#depth-number").fill("3")
    page.locator("#depth-number").press("Enter")
    for name, method in [
        ("gelu", "standardize"),
        ("silu", "balance"),
        ("tanh", "balance"),
        ("hard_shrink", "standardize"),
        ("relu", "standardize"),
        ("relu", "shape"),
    ]:
        page.locator("#activation").select_option(name)
        page.locator("#method").select_option(method)
        page.locator("#mean").fill(f"{random.uniform(-1, 1):.3f}")
        page.locator("#variance").fill(f"{random.uniform(-1, 1):.3f}")
        found, _ = run(text(page, "python"))
        q = found["q"]
        assert q.activation == name
        digits = 1e-6 if method == "shape" else 1e-10  # its search has seven digits
        assert float(text(page, "a")) == pytest.approx(q.scale, rel=digits)
        assert float(text(page, "b")) == pytest.approx(q.shift, rel=digits)
        gain = selu_sym.gain(name)
        assert float(text(page, "gain-second")) == pytest.approx(gain, rel=6e-12)
        page.wait_for_selector("#explorer-charts[aria-busy=false]")
        assert name in page.locator("#explorer-activation").get_attribute("aria-label")
        if name == "hard_shrink":
            assert text(page, "stability") == "none: the activation jumps"
            assert page.locator("#explorer-gradients").is_hidden()
            continue
        verdict, slope = text(page, "stability").split(", slope ")
        stable = selu_sym.stability(q)
        assert float(slope) == pytest.approx(stable.second_moment_slope, rel=6e-5)
        assert verdict == str(stable).split(" (")[0].replace("undecided", "not decided")
        assert (text(page, "gain") == "1 a layer") is (method != "standardize")
        if method == "shape":
            assert "shaped for 16 layers" in text(page, "exists")
            z, _, t = re.fullmatch(r"(\S+) z ([+−]) (\S+)", text(page, "input")).groups()
            assert float(z) == pytest.approx(q.input_scale, rel=1e-11)
            assert float(t) == pytest.approx(q.input_shift, rel=1e-6)
        if method == "balance":
            assert f"slope {stable.second_moment_slope:.4f}"[:10] in text(page, "roots")
        growths = [found[name].gradient_growth[-1] for name in ("signal", "dropped")]
        assert ends(page, "gradients") == pytest.approx(growths, rel=6e-5)
    page.locator("#weights").select_option("unit-sum")
    page.locator("#method").select_option("balance")
    assert text(page, "exists") == "No balance. It needs independent weights."
    assert page.locator("#explorer-charts").is_hidden()


def test_what_is_written_is_taken_or_said(open_page):
    page = open_page(PAGE)

    def write(name, value):
        page.locator(f"#{name}-number").fill(value)
        page.locator(f"#{name}-number").press("Enter")
        return text(page, "notes"), page.locator(f"#{name}-number").input_value()

    assert write("mean", "-0.12345") == ("", "-0.12345")
    assert "selu_parameters(-0.12345, 1," in text(page, "python")
    note, value = write("width", "5000")
    assert note == "Width, in units: a whole number from 8 to 4096: 4096 is taken for 5000."
    assert value == "4096"
    note, value = write("variance", "")
    assert note == "Variance: a number from 0.01 to 100, not “”."
    assert value == "1"
    page.locator("#width").press("Home")
    assert page.locator("#width-number").input_value() == "8"
    page.locator("#width").press("End")
    assert page.locator("#width-number").input_value() == "4096"
    assert page.locator("#explorer-notes").is_hidden()


def test_a_signal_that_leaves_the_doubles(open_page):
    page = open_page(PAGE + "#weights=unit-sum&mean=-2&variance=0.01&depth=200")
    assert "leaves what doubles can hold in layer 12 of 200" in text(page, "left")
    assert page.locator("#explorer-gradients text").count() < 25
    page = open_page(PAGE + "#correlation=1&rate=0")
    page.wait_for_selector("#explorer-charts[aria-busy=false]")
    assert ends(page, "correlations") == [1]


def test_without_scripts_there_is_nothing_dead(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site + PAGE)
    assert page.locator("noscript p").first.is_visible()
    assert page.locator("main button:visible, main input:visible, main select:visible").count() == 0
    context.close()


def test_the_address_restores_everything(open_page):
    page = open_page(PAGE)
    page.locator("#weights").select_option("Iid")
    for name, value in {"mean": "-0.25", "tau": "0.3", "bias": "0.125", "depth": "77"}.items():
        page.locator(f"#{name}").fill(value)
    page.wait_for_function("location.hash.includes('depth=77')")
    address = page.evaluate("location.hash")
    again = open_page(PAGE + address)
    for name in ("python", "alpha", "stability", "gain"):
        assert text(again, name) == text(page, name)
    assert "selu_sym.Iid(1.995, 0.125)" in text(again, "python")
    again.evaluate("location.hash = '#mean=0.1&weights=torch'")
    again.wait_for_function("document.getElementById('mean-number').value === '0.1'")
    assert again.locator("#weights").input_value() == "torch"
    again.evaluate("location.hash = '#main-content'")  # where the link for keyboards leads
    again.wait_for_function("location.hash === '#main-content'")
    assert again.locator("#mean-number").input_value() == "0.1"


def test_a_broken_address_is_the_start(open_page):
    page = open_page(PAGE + "#weights=constructor&mean=x&variance=&depth=1e9&toString=5")
    assert 'selu_parameters(0, 1, weights="iid")' in text(page, "python")
    assert page.locator("#depth-number").input_value() == "200"
    assert text(page, "notes").startswith("Weights: there is no “constructor”. Mean: a number")


def test_keys_and_map(open_page):
    page = open_page(PAGE)
    page.locator("#mean").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#mean-number").input_value() == "0.001"
    page.keyboard.press("Tab")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("-0.1")
    page.keyboard.press("Enter")
    assert "selu_parameters(-0.1, 1," in text(page, "python")
    area = page.locator("#explorer-map")
    area.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    assert "selu_parameters(-0.12, 1.05," in text(page, "python")
    box = page.locator("#explorer-target .frame").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 4)
    mean = float(page.locator("#mean-number").input_value())
    variance = float(page.locator("#variance-number").input_value())
    assert abs(mean) < 0.02  # a pixel
    assert variance == pytest.approx(10, rel=0.05)


def test_a_finger_chooses_on_the_map(open_page):
    page = open_page(PAGE, width=390)
    area = page.locator("#explorer-target .frame")
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] * 0.4, box["y"] + box["height"] / 4)
    assert float(page.locator("#mean-number").input_value()) == pytest.approx(-0.4, abs=0.02)
    assert float(page.locator("#variance-number").input_value()) == pytest.approx(10, rel=0.05)


def test_the_map_is_that_of_existence(open_page):
    page = open_page(PAGE)
    page.wait_for_function('document.getElementById("explorer-picture").width === 240')
    pixels = page.evaluate(
        """() => {
        const { width, height } = document.getElementById("explorer-picture");
        const context = document.getElementById("explorer-picture").getContext("2d");
        const { data } = context.getImageData(0, 0, width, height);
        return [width, height, Array.from(data).filter((_, i) => i % 4 === 3)];
    }"""
    )
    width, height, opaque = pixels
    means = -2 + 4 * (np.arange(width) + 0.5) / width
    variances = 10 ** (2 - 4 * (np.arange(height) + 0.5) / height)
    p = selu_sym.selu_parameters(means, variances[:, None], weights="iid", missing="nan")
    exists = ~np.isnan(p.alpha)
    assert 0.2 < exists.mean() < 0.8
    assert (np.array(opaque).reshape(height, width) > 0).tolist() == exists.tolist()


def test_the_python_is_copied(open_page):
    page = open_page(PAGE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#explorer-copy").click()
    page.locator("#explorer-copied", has_text="Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == text(page, "python")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_can_be_read(open_page, scheme, width):
    page = open_page(PAGE, scheme=scheme, width=width)
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    for target in (
        "mean=1&variance=0.1",
        "weights=unit-sum&mean=-0.3&input=3",
        "activation=mish&method=balance&depth=8",
    ):
        page.evaluate(f"location.hash = '{target}'")
        mean = re.findall(r"mean=(\S+?)&", target) or ["0"]
        page.wait_for_function(f"document.getElementById('mean-number').value === '{mean[0]}'")
        assert violations(page, "#explorer-app") == []
        assert page.evaluate(SCROLLS) <= 0


def test_the_weights_of_a_name_are_fixed(open_page):
    page = open_page(PAGE + "#weights=he_normal")
    assert page.locator("#tau").is_disabled()
    assert page.locator("#tau-number").input_value() == "2"
    page.locator("#weights").select_option("Iid")
    assert page.locator("#tau").is_enabled()


def test_it_needs_no_server(open_page):
    page = open_page(PAGE, address=HTML.as_uri() + "/")
    assert text(page, "alpha") == "1.67326324235"


def test_the_map_is_painted_finely_when_moves_end(open_page):
    page = open_page(PAGE + "#weights=Iid")
    width = 'document.getElementById("explorer-picture").width'
    page.wait_for_function(f"{width} === 240")
    coarse = page.evaluate(
        f"""() => {{
        const slider = document.getElementById("tau");
        slider.value = 0.5;
        slider.dispatchEvent(new Event("input", {{ bubbles: true }}));
        return {width};
    }}"""
    )
    assert coarse == 60
    page.wait_for_function(f"{width} === 240")


@pytest.mark.parametrize(("name", "values"), [("mean", (-0.5, 0.5)), ("tau", (-0.5, 0.5))])
def test_each_move_is_answered_at_once(open_page, name, values):
    """The numbers and the charts follow in the event itself; how long that takes is printed."""
    page = open_page(PAGE + "#weights=Iid")
    times, answers = page.evaluate(
        """async ([name, low, high]) => {
        const slider = document.getElementById(name);
        const shown = document.querySelectorAll("#explorer-python, #explorer-variance");
        const [times, answers] = [[], new Set()];
        for (let i = 0; i <= 40; i++) {
            slider.value = low + ((high - low) * i) / 40;
            const start = performance.now();
            slider.dispatchEvent(new Event("input", { bubbles: true }));
            document.body.offsetHeight;
            times.push(performance.now() - start);
            answers.add(Array.from(shown, (element) => element.innerHTML).join());
            await new Promise(requestAnimationFrame);
        }
        return [times, answers.size];
    }""",
        [name, *values],
    )
    print(f"{name}: median {statistics.median(times):.1f} ms of {len(times)} moves")
    assert answers == len(times)
