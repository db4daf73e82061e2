"""Attacks on an installation: by another user of the machine, by the folder it is started in, by what is there before.

Everything that an attacker has planted appends a line to ``/tmp/ran``: nothing may.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.computer import Computer, computer

CLONE = Path(__file__).parents[2]
INSTALL = "sh /mnt/bundle/whence/install.sh --wheels /mnt/bundle/whence/wheels"
MALLORY = "mallory"
ENDPOINT = "http://127.0.0.1:9"


@pytest.fixture
def victim(tmp_path: Path, bundle: Path) -> Iterator[Computer]:
    """A machine with a bundle, root, and a second user."""
    with computer(tmp_path) as one:
        one.shell("mkdir /mnt/bundle && mount -t tmpfs -o mode=1777 tmpfs /var/tmp")
        # Through /proc, because the computer does not see the test's folder.
        one.shell(f"cp -r /proc/{os.getpid()}/root{bundle.parent}/. /mnt/bundle")
        one.shell(f"/usr/sbin/useradd --create-home {MALLORY}")
        one.shell("touch /tmp/ran && chmod 666 /tmp/ran")
        yield one


def ran(one: Computer) -> str:
    """The lines that planted programs have written, each with the user they ran as."""
    return one.shell("cat /tmp/ran")


def plant_python(one: Computer, prefix: str, owner: str = "root") -> None:
    """A "Python" that records that it ran, with a standard library in its prefix as an interpreter has."""
    one.shell(
        f"mkdir -p {prefix}/bin {prefix}/lib/python3.14 && touch {prefix}/lib/python3.14/os.py && "
        f"printf '#!/bin/sh\\nid -un >>/tmp/ran\\nexit 1\\n' >{prefix}/bin/python3.14 && "
        f"chmod 755 {prefix}/bin/python3.14 && chown -R {owner} {prefix}"
    )


def test_modules_in_the_current_folder_and_in_python_variables_are_not_run(victim: Computer) -> None:
    names = "pip venv ensurepip sitecustomize usercustomize encodings os whence_hook whence_installer hatchling"
    victim.shell(
        f"mkdir ~/trap && cd ~/trap && for name in {names}; do "
        "echo \"import posix; file = posix.open('/tmp/ran', 0o2001); posix.write(file, b'$name')\" >$name.py; done",
        MALLORY,
    )
    trap = f"/home/{MALLORY}/trap"
    victim.run("sh", "-c", f"cd {trap} && /usr/bin/python3 -c 'import sys' && /usr/bin/python3 -m pip")
    assert ran(victim) == "pip", "the trap catches nobody"
    victim.shell(": >/tmp/ran")
    variables = {"PYTHONPATH": trap, "PYTHONSTARTUP": f"{trap}/pip.py", "PYTHONUSERBASE": trap, "PYTHONHOME": trap}
    victim.shell(f"cd {trap} && {INSTALL} --system --endpoint {ENDPOINT}", **variables)
    victim.shell(f"cd {trap} && {INSTALL} --system --uninstall", **variables)
    victim.shell(f"cd {trap} && {INSTALL} --endpoint {ENDPOINT}", HOME="/root", **variables)
    assert ran(victim) == ""


def test_root_takes_no_configuration_from_the_home_of_whoever_called_sudo(victim: Computer) -> None:
    """With the index in mallory's ``pip.conf``, root would install from there."""
    home = f"/home/{MALLORY}"
    victim.shell(
        "mkdir -p ~/.config/pip && printf '[global]\\nno-such-option = 1\\nlog = /tmp/ran\\n' >~/.config/pip/pip.conf",
        MALLORY,
    )
    victim.shell(f"{INSTALL} --system --endpoint {ENDPOINT}", HOME=home, XDG_CONFIG_HOME=f"{home}/.config")
    assert ran(victim) == ""


PLACES = ["PATH", "/usr/local/bin", "/opt/homebrew/bin"]


def plant_programs(one: Computer, place: str, names: str) -> str:
    """Programs of mallory's that record that they ran; return their folder."""
    folder = f"/home/{MALLORY}/bin" if place == "PATH" else place
    one.shell(f"mkdir -p {folder} && chown {MALLORY} {folder}")
    program = "#!/bin/sh\\n/usr/bin/id -un >>/tmp/ran\\nexit 1\\n"
    one.shell(
        f"cd {folder} && for name in {names}; do printf '{program}' >$name; done && chmod 755 {folder}/*",
        MALLORY,
    )
    return folder


@pytest.mark.parametrize("place", PLACES)
def test_root_runs_no_program_of_another_user(victim: Computer, place: str) -> None:
    names = "python3.14 python3.13 python3 python uv id rm mktemp find readlink dirname grep cp"
    folder = plant_programs(victim, place, names)
    done = victim.run(*f"{INSTALL} --system --endpoint {ENDPOINT}".split(), PATH=f"{folder}:{os.defpath}")
    assert (done.returncode, ran(victim)) == (0, ""), done.stdout + done.stderr


@pytest.mark.parametrize("place", PLACES)
def test_root_runs_no_uv_of_another_user(victim: Computer, place: str) -> None:
    """uv creates the environment where Python cannot: without ``ensurepip``, and without pip among the wheels."""
    folder = plant_programs(victim, place, "uv")
    victim.shell(
        "pip=$(/usr/bin/python3 -c 'import ensurepip; print(*ensurepip.__path__)') && "
        'mount -t tmpfs -o mode=755 tmpfs "$pip" && echo "raise ImportError" >"$pip/__init__.py" && '
        "mkdir /mnt/few && cp /mnt/bundle/whence/wheels/whence* /mnt/few"
    )
    install = f"sh /mnt/bundle/whence/install.sh --wheels /mnt/few --endpoint {ENDPOINT}".split()
    victim.run_as(MALLORY, *install, PATH=f"{folder}:{os.defpath}")
    assert ran(victim) == f"{MALLORY}\n", "the trap catches nobody"
    victim.shell(": >/tmp/ran")
    done = victim.run(*install, "--system", PATH=f"{folder}:{os.defpath}")
    assert ran(victim) == ""
    assert (done.returncode, "or uv. Debian" in done.stderr) == (1, True), done.stdout + done.stderr


PYTHONS = {
    "the interpreter is another user's": f"chown {MALLORY} /opt/py/bin/python3.14",
    "others can write to the interpreter": "chmod o+w /opt/py/bin/python3.14",
    "its prefix is another user's": f"chown {MALLORY} /opt/py",
    "the group can write to its prefix": "chmod g+w /opt/py",
    "a module is another user's": f"chown {MALLORY} /opt/py/lib/python3.14/os.py",
    "others can write to the standard library": "chmod 777 /opt/py/lib/python3.14",
    "compiled modules are another user's": f"cd /opt/py/lib/python3.14 && mkdir __pycache__ && chown {MALLORY} *",
    "the interpreter is reached through another user's folder": (
        f"mkdir /home/{MALLORY}/x && ln -s /opt/py/bin/python3.14 /home/{MALLORY}/x/python && "
        f"ln -sf /home/{MALLORY}/x/python /usr/local/bin/python3.14 && chown {MALLORY} /home/{MALLORY}/x"
    ),
    "the standard library is a link to another user's": (
        f"mv /opt/py/lib/python3.14 /home/{MALLORY}/lib && ln -s /home/{MALLORY}/lib /opt/py/lib/python3.14"
    ),
    "a module is a link to another user's": (
        f"touch /home/{MALLORY}/re.py && ln -s /home/{MALLORY}/re.py /opt/py/lib/python3.14/re.py"
    ),
    "it is a virtual environment of another user's Python": (
        f"echo home = /home/{MALLORY} >/opt/py/pyvenv.cfg && cp /opt/py/bin/python3.14 /home/{MALLORY}/python3.14"
    ),
    "a folder above is another user's": (
        f"mkdir /opt/a && mv /opt/py /opt/a/py && ln -sf /opt/a/py/bin/python3.14 /usr/local/bin/python3.14 && "
        f"chown {MALLORY} /opt/a"
    ),
}


@pytest.mark.parametrize("attack", [None, *PYTHONS])
def test_root_runs_only_a_python_that_nobody_else_can_change(victim: Computer, attack: str | None) -> None:
    plant_python(victim, "/opt/py")
    victim.shell("ln -s /opt/py/bin/python3.14 /usr/local/bin/python3.14")
    victim.shell(PYTHONS[attack] if attack else "true")
    # A pip that does not run, so that it stops once the Python is chosen.
    victim.shell("cd /mnt && mkdir few && cp bundle/whence/wheels/whence* few && touch few/pip-0-py3-none-any.whl")
    done = victim.run(*f"sh /mnt/bundle/whence/install.sh --system --wheels /mnt/few --endpoint {ENDPOINT}".split())
    # Without an attack it is a Python like any other: it is tried, and rejected.
    assert ran(victim) == ("" if attack else "root\n")
    assert "a private environment in /opt/whence/environment, with /usr/bin/python3" in done.stdout
    assert victim.run("test", "-e", "/opt/whence").returncode == 1, "a failed installation left something"


@pytest.mark.parametrize("uninstall", ["", "--uninstall"])
@pytest.mark.parametrize(
    "theirs",
    [
        "mkdir -p D/environments/mine && echo precious >D/environments/mine/file",
        "mkdir -p D/python && echo precious >D/python/file",
        "mkdir -p D/environment && echo precious >D/environment/file",
        "mkdir -p D mine/a && echo precious >mine/a/file && ln -s ~/mine D/environments",
        "mkdir -p D mine && echo precious >mine/file && ln -s ~/mine D/python",
        "mkdir -p D mine && echo precious >mine/file && ln -s ~/mine D/environment",
    ],
)
def test_a_prefix_with_things_that_are_not_ours_is_refused(victim: Computer, theirs: str, uninstall: str) -> None:
    victim.shell(f"cd && {theirs}", MALLORY)
    before = victim.shell("cd && find D mine 2>/dev/null | sort", MALLORY) if "mine" in theirs else ""
    done = victim.run_as(MALLORY, *f"{INSTALL} --prefix /home/{MALLORY}/D {uninstall}".split())
    assert (done.returncode, "is not whence's" in done.stderr) == (1, True), done.stdout + done.stderr
    assert victim.shell("cd && cat $(find D mine -name file 2>/dev/null)", MALLORY).strip() == "precious"
    assert before in victim.shell("cd && find D mine 2>/dev/null | sort", MALLORY)


def test_what_others_put_beside_our_environments_stays(victim: Computer) -> None:
    victim.shell(f"{INSTALL} --prefix ~/D", MALLORY)
    victim.shell("mkdir ~/D/environments/mine ~/D/python && touch ~/D/environments/mine/file ~/D/python/file", MALLORY)
    victim.shell("touch -d '3 hours ago' ~/D/environments/mine && rm -r ~/D/python", MALLORY)
    victim.shell(f"{INSTALL} --prefix ~/D", MALLORY)
    victim.shell(f"{INSTALL} --prefix ~/D --uninstall", MALLORY)
    assert victim.shell("cd ~/D && find . -type f | sort", MALLORY).split() == [
        "./environments/.whence",
        "./environments/mine/file",
    ]


def test_root_refuses_a_prefix_that_another_user_can_change(victim: Computer) -> None:
    done = victim.run(*f"{INSTALL} --system --prefix /home/{MALLORY}/D".split())
    assert (done.returncode, "users other than root can change" in done.stderr) == (1, True)
    assert victim.run("test", "-e", f"/home/{MALLORY}/D/environments").returncode == 1


def test_another_program_named_whence_is_not_replaced(victim: Computer) -> None:
    victim.shell("mkdir -p ~/.local/bin && echo another >~/.local/bin/whence", MALLORY)
    done = victim.run_as(MALLORY, *INSTALL.split())
    assert (done.returncode, "is not ours" in done.stderr) == (1, True)
    assert victim.shell("cat ~/.local/bin/whence; find ~/.local -type f", MALLORY) == (
        f"another\n/home/{MALLORY}/.local/bin/whence\n"
    )


def test_a_local_user_cannot_put_a_bundle_of_their_own_under_ansible(victim: Computer) -> None:
    """The real ansible, while another user overwrites every copy of the bundle that they can reach."""
    victim.shell(
        "cd && mkdir -p evil/whence && printf 'id -un >>/tmp/ran\\n' >evil/whence/install.sh && "
        "tar -C evil -czf evil.tar.gz whence && cp evil.tar.gz /var/tmp/whence.tar.gz && "
        "chmod 666 /var/tmp/whence.tar.gz",
        MALLORY,
    )
    loop = (
        "while ! test -e /tmp/stop; do for file in /var/tmp/whence.tar.gz /tmp/*/whence.tar.gz /var/tmp/*/*.gz; do "
        "cat ~/evil.tar.gz >$file 2>/dev/null || true; done; sleep 0.02; done"
    )
    victim.shell("printf '[developers]\\nlocalhost ansible_connection=local ansible_become=false\\n' >/root/inventory")
    one = [
        "nsenter",
        f"--mount=/proc/{victim.process}/ns/mnt",
        "runuser",
        "-u",
        MALLORY,
        "--",
        "sh",
        "-c",
        loop.replace("~", f"/home/{MALLORY}"),
    ]
    with subprocess.Popen(one):
        try:
            first = ansible(victim)
            assert first.returncode == 0, first.stdout + first.stderr
        finally:
            victim.shell("touch /tmp/stop")
    assert ran(victim) == ""
    assert "whence, version" in victim.shell("/opt/whence/environment/bin/whence --version")
    assert victim.shell("ls -d /tmp/*whence* /tmp/ansible* 2>/dev/null || true") == ""
    again = ansible(victim)
    assert "changed=0" in again.stdout, again.stdout
    absent = ansible(victim, "-e", "whence_state=absent")
    assert absent.returncode == 0, absent.stdout + absent.stderr
    assert victim.run("test", "-e", "/opt/whence").returncode == 1
    assert "changed=0" in ansible(victim, "-e", "whence_state=absent").stdout


def ansible(one: Computer, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run our playbook with the test environment's ansible on the computer itself."""
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    return one.run(
        f"/proc/{os.getpid()}/root{os.path.realpath(sys.executable)}",
        "-m",
        "ansible",
        "playbook",
        *("-i", "/root/inventory", "/mnt/source/deploy/mdm/ansible.yml"),
        *("-e", "whence_bundle=/mnt/bundle/whence.tar.gz", "-e", f"whence_endpoint={ENDPOINT}"),
        *("-e", "ansible_python_interpreter=/usr/bin/python3", *arguments),
        PYTHONPATH=f"/proc/{os.getpid()}/root{packages}",
        HOME="/root",
        LANG="C.UTF-8",
    )
