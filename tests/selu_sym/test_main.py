import json
import subprocess
import sys

import pytest

import selu_sym
from selu_sym import selu_parameters
from selu_sym.__main__ import main


def test_for_people(capsys):
    assert main(["--mean", "-0.1", "--variance", "2.0"]) == 0
    output, error = capsys.readouterr()
    assert error.startswith("selu-sym: warning: no weights are given, and with a mean")
    assert "alpha           1.976902195424" in output
    assert "scale (lambda)  1.073851239616" in output
    assert "saturation      -2.122898873155" in output
    assert "mean            -0.1\nvariance        2.0" in output
    assert "stability       NOT attracting (spectral radius 1.108)" in output
    assert "unit-sum (sum 1, sum of squares 1)" in output


def test_for_programs(capsys):
    assert main(["--mean", "-0.1", "--variance", "2.0", "--weights", "iid", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    expected = selu_parameters(-0.1, 2.0, weights="iid")
    assert result == {
        "alpha": expected.alpha,
        "scale": expected.scale,
        "saturation": expected.saturation,
        "mean": -0.1,
        "variance": 2.0,
        "weights": "iid",
        "attracting": True,
        "spectral_radius": pytest.approx(0.6958623, abs=1e-6),
        "gradient_gain": pytest.approx(1.1441938391, abs=1e-9),  # by quadrature
    }


def test_many_digits(capsys):
    assert main(["--mean", "-0.1", "--variance", "2", "--digits", "32", "--json"]) == 0
    output, error = capsys.readouterr()
    assert error.count("warning: no weights are given") == 1
    result = json.loads(output)
    assert result["weights"] == "unit-sum"
    assert result["alpha"].startswith("1.976902195424200399996052008315")
    assert result["scale"].startswith("1.07385123961604568216197535023")
    assert result["mean"] == "-0.1"


@pytest.mark.parametrize(
    ("mean", "alpha", "radius"),
    [("10", "1.098094409655", "1 + 3.01e-27"), ("50", "1.019984", "1 + 4.15e-551")],
)
def test_stability_is_decided_by_balls(mean, alpha, radius, capsys):
    """Rounding used to say that mean 10 attracts; the radii are those of test_precise."""
    arguments = ["--mean", mean, "--digits", "40"]
    assert main(arguments) == 0
    output = capsys.readouterr().out
    assert f"alpha           {alpha}" in output
    assert f"stability       NOT attracting (spectral radius {radius})" in output
    assert main([*arguments, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["attracting"] is False
    assert result["spectral_radius"].startswith("1.0")


def test_digits_of_a_far_tail(capsys):
    """Two evaluations used to agree on 6183.15...; the truth is that of a quadrature."""
    assert main(["--mean", "1", "--variance", "1e-4", "--digits", "15", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["alpha"] == "1.00009998000899"
    assert result["saturation"] == "-1.00009998000899"
    assert (result["scale"], result["attracting"]) == ("1.0", False)


def test_more_digits_than_there_are(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--digits", "80000"])
    assert stopped.value.code == 2
    assert "80000 digits at mean 0, variance 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    "written", ["-1/2,1.5", "(-0.5,1.5)", "(-0.5, 1.5)", "[-0.5, 1.5]", " ( -5e-1 , 3/2 ) "]
)
def test_weights_by_their_sums(written, capsys):
    """With brackets as well, as Python, JSON and the README write a pair."""
    assert main(["--weights", written]) == 0
    assert "sum -0.5, sum of squares 1.5" in capsys.readouterr().out


@pytest.mark.parametrize(
    "written",
    [
        "Iid(2,1/2)",
        "Iid(2.0, 0.5)",
        repr(selu_sym.Iid(2.0, 0.5)),
        "selu_sym.Iid(2, bias_variance=0.5)",
        "Iid(bias_variance=1/2, tau=2)",
    ],
)
def test_independent_weights_as_python_writes_them(written, capsys):
    assert main(["--weights", written, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["weights"] == {"tau": 2.0, "bias_variance": 0.5}


@pytest.mark.parametrize("written", ["1e2", "100", "1e+2", "200/2"])
def test_digits_are_a_number_like_others(written, capsys):
    assert main(["--digits", written, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["alpha"]) == len("1.") + 99


@pytest.mark.parametrize("mean", ["-0.1", "-1e-1", "-1/10"])
@pytest.mark.parametrize("digits", [[], ["--digits", "12"]], ids=str)
def test_numbers_are_decimals_or_fractions(mean, digits, capsys):
    """The published alpha; argparse takes -1e-1 and -1/10 for options."""
    arguments = ["--mean", mean, "--variance", "2/1", "--weights", "unit-sum", "--json"]
    assert main([*arguments, *digits]) == 0
    assert str(json.loads(capsys.readouterr().out)["alpha"]).startswith("1.97690219542")


def test_version(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"selu-sym {selu_sym.__version__}\n"


def test_without_solution(capsys):
    assert main(["--mean", "2", "--variance", "0.1", "--weights", "iid"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("selu-sym: no SELU with alpha > 0 and scale > 0 maps")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--mean", "one"], "mean must be a finite number such as -0.1, 1e-3 or -1/10, got 'one'"),
        (["--mean", "inf"], "mean must be a finite number such as -0.1, 1e-3 or -1/10, got 'inf'"),
        (["--mean", "nan"], "mean must be a finite number such as -0.1, 1e-3 or -1/10, got 'nan'"),
        (
            ["--weights", "1,nan"],
            "weights must be a finite number such as -0.1, 1e-3 or -1/10, got",
        ),
        (["--weights", "(1,2,3)"], "weights must be 'unit-sum', 'normalized', 'iid' or a pair"),
        (["--weights", "Iid(1,2,3)"], "weights must be 'unit-sum', 'normalized', 'iid' or a pair"),
        (["--weights", "Iid(fan_in=3)"], "weights must be 'unit-sum', 'normalized', 'iid' or a"),
        (["--mean", "__import__('os')"], "mean must be a finite number"),
        (["--variance", "-1"], "variance must be positive, got '-1'"),
        (["--weights", "lecun"], "weights must be 'unit-sum', 'normalized', 'iid' or a pair"),
        (["--weights", "1"], "weights must be 'unit-sum', 'normalized', 'iid' or a pair"),
        (["--weights", "1,x"], "weights must be a finite number such as"),
        (["--weights", "1,2,3"], "weights must be 'unit-sum', 'normalized', 'iid' or a pair"),
        (["--weights", "1,0"], "weights (tau) must be positive, got 0.0"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("digits", [[], ["--digits", "9"]], ids=str)
def test_errors_are_the_same_with_and_without_digits(arguments, message, digits, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, *digits])
    assert stopped.value.code == 2
    assert f"selu-sym: error: {message}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--digits", "0"], "digits must be a positive integer, got '0'"),
        (["--digits", "many"], "digits must be a positive integer, got 'many'"),
        (["--digits", "1.5"], "digits must be a positive integer, got '1.5'"),
        (["--digits", "nan"], "digits must be a positive integer, got 'nan'"),
        (["--digits", "1e9999"], "digits must be a positive integer, got '1e9999'"),
        (["--mean", "1e400"], "mean 1e400 is beyond what a double can hold; with --digits, mean"),
        (["--variance", "1e-400"], "variance 1e-400 is beyond what a double can hold"),
        (
            ["--mean", "-1", "--weights", "25,1", "--plot", "a.png"],
            "the net input N(-25, 1) is too far below zero for a picture",
        ),
        (["--plot", "a.unknown"], "Format 'unknown' is not supported"),
        (["--plot", "foo"], "--plot takes its format from the file's ending, such as foo.png,"),
        (
            ["--plot", "no/such/folder.png"],
            "cannot write 'no/such/folder.png': No such file or directory; name a file in a folder "
            "that exists and that you may write to",
        ),
        (["--plot", "folder.png"], "cannot write 'folder.png': Is a directory; name a file in"),
    ],
    ids=" ".join,
)
def test_bad_arguments(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    output, error = capsys.readouterr()
    assert message in error
    assert not output
    assert [file.name for file in tmp_path.iterdir()] == ["folder.png"]  # nothing is left behind


def test_what_doubles_leave_open_says_which_option_decides_it(capsys):
    target = ["--mean", "50", "--weights", "unit-sum"]
    assert main(target) == 0
    words = "stability       not decided in double precision; try --digits 20\n"
    assert words in capsys.readouterr().out
    assert main([*target, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["attracting"], found["spectral_radius"]) == (None, None)


@pytest.mark.parametrize("digits", [[], ["--digits", "30"]], ids=str)
def test_a_picture(digits, capsys, tmp_path):
    file = tmp_path / "selu.svg"
    assert main(["--mean", "-0.1", "--weights", "iid", "--plot", str(file), *digits]) == 0
    assert "</svg>" in file.read_text(encoding="utf-8")
    assert "alpha" in capsys.readouterr().out


def test_without_matplotlib_a_picture_says_what_to_install():
    code = (
        "import sys; sys.modules['matplotlib'] = None; from selu_sym.__main__ import main;"
        "main(['--plot', 'selu.png'])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert "a picture needs matplotlib: pip install matplotlib" in result.stderr


def test_it_is_a_module():
    command = [sys.executable, "-m", "selu_sym", "--json"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(result.stdout)["alpha"] == selu_parameters().alpha
    assert not result.stderr


@pytest.mark.parametrize("digits", [[], ["--digits", "20"]], ids=str)
def test_weights_of_initializers(digits, capsys):
    """alpha and lamda of tau = 2 are those of the paper's fixed point (0, 2), lamda by sqrt(2)."""
    assert main(["--weights", "he_normal", *digits]) == 0
    assert "independent weights of mean 0 and variance 2/n" in capsys.readouterr().out
    assert main(["--weights", "Iid(1.5,1/2)", "--json", *digits]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["weights"] == {"tau": 1.5, "bias_variance": 0.5}
    assert float(found["alpha"]) == pytest.approx(1.97126, abs=1e-5)
    assert float(found["scale"]) == pytest.approx(1.06071 / 2**0.5, abs=1e-5)


@pytest.mark.skipif(sys.platform == "win32", reason="it has no signal for a closed pipe")
@pytest.mark.parametrize(
    "arguments",
    [
        *([], ["--json"], ["--help"], ["--version"], ["--digits", "20000"], ["--mean", "0.1"]),
        *(["gain", "gelu"], ["balance", "gelu"], ["shape", "relu", "48"]),
    ],
    ids=" ".join,
)
def test_a_reader_that_leaves_is_no_error(arguments):
    """``selu-sym | head -1`` ended in a traceback; others end by the signal SIGPIPE, number 13."""
    command = [sys.executable, "-m", "selu_sym", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        errors = process.stderr.read().decode()
    by_argparse = {"--help", "--version"} & {*arguments}  # it forgives a closed pipe by itself
    assert process.returncode in ([0, 128 + 13] if by_argparse else [128 + 13])
    assert "BrokenPipeError" not in errors
    assert errors.count("\n") == ("--mean" in arguments)  # the warning about weights


@pytest.mark.skipif(sys.platform == "win32", reason="it has no signal for a closed pipe")
def test_a_reader_of_both_streams_that_leaves_is_no_error():
    command = [sys.executable, "-m", "selu_sym", "--mean", "0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        process.stdout.close()
    assert process.returncode == 128 + 13
